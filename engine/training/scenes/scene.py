"""One scene as plain data: what stands where, in which place, weather and light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Item:
    """One object of a scene. Positions and sizes are fractions of the picture's side."""

    concept: str
    style: str
    x: float
    """Middle."""
    y: float
    """Where it stands: its lowest point when it neither jumps nor flies."""
    scale: float
    """Its longer side."""
    variant: int = 0
    look: str = ""
    """`smiling` where there is such a sprite."""
    colour: str = ""
    """A colour of `colours.COLOURS` that it is painted in, and that captions name."""
    size: str = ""
    """`big`, `small` or `tiny`: what captions say; `scale` is what is drawn."""
    pose: str = ""
    """`jumping`, `flying`, `sleeping`, `upside down`, `running` or `swimming`; empty for standing."""
    lift: float = 0.0
    """How far above `y` it is in the air."""
    tilt: float = 0.0
    """Degrees, against the clock."""
    mirrored: bool = False
    layer: int = 0
    """Higher is painted later, over the others."""


@dataclass(frozen=True)
class Scene:
    """Everything that decides a picture; the same scene is the same pixels at any time."""

    seed: int
    """Of all that is painted by chance: clouds, windows, flakes."""
    place: str
    """A place of `places.PLACES`."""
    horizon: float = 0.0
    """Where the ground begins, from the top; 0 where there is none."""
    backdrop: str = ""
    """Colour of a plain backdrop."""
    time: str = "day"
    """`day`, `sunset` or `night`."""
    weather: str = ""
    """`sunny`, `cloudy`, `rain`, `snow`, `fog` or `storm`; empty when there is nothing to say of it."""
    covered: bool = False
    """In snow: roofs, trees, ground and things."""
    items: tuple[Item, ...] = ()
    """In the order of the caption; the first is what it is about."""
    relation: str = ""
    """What the first item is to the second: a relation of `english.RELATIONS`."""
    count: int = 0
    """How many of the same thing there are, where the caption says so."""

    def to_data(self) -> dict[str, object]:
        """As JSON keeps it."""
        return asdict(self)

    @staticmethod
    def from_data(form: Mapping[str, object]) -> Scene:
        """The scene that `to_data` described."""
        items = tuple(Item(**item) for item in form.get("items", ()))  # type: ignore[attr-defined]
        return Scene(**{**form, "items": items})  # type: ignore[arg-type]
