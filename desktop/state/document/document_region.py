"""A region of a document as a value: a layer that says where, a sentence that says what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from desktop.state.document.layers import new_id
from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json


@dataclass(frozen=True)
class DocumentRegion:
    """What is painted on its layer, in whatever colour, is the place; how opaque, how much it counts."""

    layer: str
    """Its id."""
    colour: str
    """`#rrggbb`: what it is painted with."""
    prompt: str = ""
    id: str = field(default_factory=new_id)
    weight: float = 1.0
    is_on: bool = True

    @property
    def counts(self) -> bool:
        return self.is_on and self.weight > 0 and bool(self.prompt.strip())


def find_region(regions: Sequence[DocumentRegion], id: str) -> DocumentRegion | None:
    return next((region for region in regions if region.id == id), None)


def regions_form(regions: Sequence[DocumentRegion]) -> list[dict[str, Json]]:
    return [to_json(region) for region in regions]


def read_regions(form: object) -> tuple[DocumentRegion, ...]:
    """From `regions_form`; what cannot be read is left out, and the document goes on."""
    found = []
    for item in form if isinstance(form, (list, tuple)) else ():
        try:
            found.append(from_json(DocumentRegion, item))
        except BadRequest:
            continue
    return tuple(found)
