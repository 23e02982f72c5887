"""A map of a document as a value: what kind it is, where it comes from, how closely it is followed."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from desktop.state.document.layers import new_id
from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.images import Extent
from engine.api.maps import MapKind
from engine.api.pose import Figure


class MapSource(enum.StrEnum):
    """Where a map comes from."""

    DOCUMENT = "document"
    """Drawn from what one sees."""
    LAYER = "layer"
    """Drawn from one layer."""
    READY = "ready"
    """A layer that is the map itself: painted by hand, or a file that was a map already."""
    FIGURES = "figures"
    """Stick figures."""
    MASK = "mask"
    """The picture without what is painted over; the engine makes it."""


@dataclass(frozen=True)
class DocumentMap:
    """One map, with where it comes from instead of its pixels."""

    kind: MapKind
    source: MapSource
    id: str = field(default_factory=new_id)
    layer: str = ""
    """Id of the layer that it is, or is drawn from."""
    network: str = ""
    """Empty: the first that fits."""
    drawer: str = ""
    """The network that draws it from a picture; empty: it is drawn without one."""
    weight: float = 1.0
    start: float = 0.0
    end: float = 1.0
    detail: float = 0.5
    is_on: bool = True
    figures: tuple[Figure, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """True where it is drawn from a picture."""
        return self.source in (MapSource.DOCUMENT, MapSource.LAYER)


def find(maps: Sequence[DocumentMap], id: str) -> DocumentMap | None:
    return next((given for given in maps if given.id == id), None)


def cropped(
    maps: Sequence[DocumentMap], before: Extent, after: Extent, dx: int, dy: int
) -> tuple[DocumentMap, ...]:
    """On a canvas of another size, on which everything moved by (dx, dy): figures stay where they stand."""

    def moved(figure: Figure) -> Figure:
        return Figure(
            tuple(
                ((point[0] * before.width + dx) / after.width, (point[1] * before.height + dy) / after.height)
                if point is not None
                else None
                for point in figure.points
            )
        )

    return tuple(replace(given, figures=tuple(map(moved, given.figures))) for given in maps)


def maps_form(maps: Sequence[DocumentMap]) -> list[dict[str, Json]]:
    return [to_json(given) for given in maps]


def read_maps(form: object) -> tuple[DocumentMap, ...]:
    """From `maps_form`; what cannot be read is left out, and the document goes on."""
    found = []
    for item in form if isinstance(form, (list, tuple)) else ():
        try:
            found.append(from_json(DocumentMap, item))
        except BadRequest:
            continue
    return tuple(found)
