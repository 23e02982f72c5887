"""Looking at a picture with a network: a picture goes in, a map of it comes out, before any is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.images import ImageInput
from engine.api.limits import check_within
from engine.api.maps import MapKind

TASK = "look"


@dataclass(frozen=True)
class LookRequest:
    """The map of `kind` that `by` draws of `image`, as it would for a picture."""

    image: ImageInput
    kind: MapKind
    detail: float = 0.5
    by: str = ""
    """Name or path of the network; empty: the first that is here, `none`: none."""
    task: str = TASK
    """Tells it from a request for pictures wherever both travel."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def validated(self) -> LookRequest:
        """This request, or `BadRequest` naming what is wrong."""
        if self.image.pixels is None:
            raise BadRequest("image", "the pixels of the picture are missing; choose it again")
        check_within("detail", self.detail, (0, 1))
        return self

    @property
    def images(self) -> int:
        """A queue counts it as one thing to be made."""
        return 1

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> LookRequest:
        """Raises `BadRequest` naming the field; the pixels are put back by who reads it."""
        return from_json(LookRequest, data)
