"""Selecting a thing by pointing at it: a picture and a prompt go in, coverage comes out."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.images import ImageInput
from engine.api.rect import Rect

TASK = "segment"
MOST_POINTS = 64


class SegmenterType(enum.StrEnum):
    """Which network it is."""

    SAM = "SAM"
    """https://arxiv.org/abs/2304.02643"""
    SAM_HQ = "SAM-HQ"
    """https://arxiv.org/abs/2306.01567"""
    SAM_2 = "SAM 2"
    """https://arxiv.org/abs/2408.00714"""


@dataclass(frozen=True)
class SegmenterInfo:
    """A network that selects things, known from its header before a number is read."""

    name: str
    """Unique among them; what `SegmentRequest.model` holds."""
    type: SegmenterType
    path: Path
    side: int = 0
    """Pixels: the longer side of what it sees; a larger picture is scaled down to it."""
    parameters: int = 0
    bytes: int = 0
    needs_bytes: int = 0
    """Forecast of the memory that it takes while it looks at a picture."""
    licence: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class PromptPoint:
    """A pixel of the picture that is part of the thing, or is not."""

    x: float
    y: float
    is_inside: bool = True


@dataclass(frozen=True)
class SegmentRequest:
    """Which pixels of `image` belong to the thing that box and points show."""

    image: ImageInput
    box: Rect | None = None
    """Around the thing, in the picture's pixels."""
    points: tuple[PromptPoint, ...] = ()
    model: str = ""
    """Name or path of a segmenter; empty: the only one here, or the first by name."""
    task: str = TASK
    """Tells it from a request for pictures wherever both travel."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def validated(self) -> SegmentRequest:
        """This request with its box inside the picture, or `BadRequest` naming what is wrong."""
        if self.image.pixels is None:
            raise BadRequest("image", "the pixels of the picture are missing; choose it again")
        whole = Rect(0, 0, self.image.width, self.image.height)
        if self.box is None and not any(point.is_inside for point in self.points):
            raise BadRequest("box", "is missing: say where the thing is, by a box or by a point in it")
        box = self.box & whole if self.box is not None else None
        if box is not None and not box:
            raise BadRequest("box", f"lies outside the picture of {self.image.width}x{self.image.height}")
        if len(self.points) > MOST_POINTS:
            raise BadRequest("points", f"are {len(self.points)}; at most {MOST_POINTS} are looked at")
        for point in self.points:
            if not (0 <= point.x <= whole.width and 0 <= point.y <= whole.height):
                raise BadRequest(
                    "points", f"({point.x:g}, {point.y:g}) lies outside the picture of {whole.extent}"
                )
        return replace(self, box=box)

    @property
    def images(self) -> int:
        """A queue counts it as one thing to be made."""
        return 1

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> SegmentRequest:
        """Raises `BadRequest` naming the field; the pixels are put back by who reads it."""
        return from_json(SegmentRequest, data)
