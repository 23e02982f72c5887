"""What can be set about a tool: frozen dataclasses whose fields say how the bar shows them."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from typing import Any

from desktop.raster.region import Combine
from desktop.tools.marked import QT_TRANSLATE_NOOP, look_up

LARGEST_BRUSH_PX = 2000


class Show(enum.Enum):
    """Where an option is seen."""

    BAR = "bar"
    MORE = "more"
    """In the pop-up of the bar."""


@dataclass(frozen=True)
class Option:
    """How one field is shown."""

    label: str
    """English, marked with `QT_TRANSLATE_NOOP("ToolOptions", ...)`."""
    low: float = 0
    high: float = 1
    comfortable: float | None = None
    """Where the slider ends, though one may type more."""
    suffix: str = ""
    percent: bool = False
    """Kept as 0..1, shown as 0..100 %."""
    texts: tuple[str, ...] = ()
    """For a choice: the words of each, in the order of the enum."""
    names: str = ""
    """For a choice among what is at hand: under which the bench knows it."""
    show: Show = Show.BAR
    hint: str = ""

    @property
    def name(self) -> str:
        return look_up("ToolOptions", self.label)


def number(
    default: float,
    label: str,
    low: float,
    high: float,
    comfortable: float | None = None,
    suffix: str = "",
    show: Show = Show.BAR,
) -> Any:
    """A field for a whole number with a slider."""
    option = Option(label, low, high, comfortable, suffix, show=show)
    return dataclasses.field(default=default, metadata={"option": option})


def share(default: float, label: str, show: Show = Show.BAR) -> Any:
    """A field for 0..1 that is shown in percent."""
    option = Option(label, 0, 1, percent=True, suffix=" %", show=show)
    return dataclasses.field(default=default, metadata={"option": option})


def switch(default: bool, label: str, show: Show = Show.BAR, hint: str = "") -> Any:
    """A field for yes or no."""
    return dataclasses.field(default=default, metadata={"option": Option(label, show=show, hint=hint)})


def choice(default: enum.Enum, label: str, texts: tuple[str, ...], show: Show = Show.BAR) -> Any:
    """A field for one of an enum."""
    return dataclasses.field(default=default, metadata={"option": Option(label, texts=texts, show=show)})


def named(default: str, label: str, names: str, show: Show = Show.BAR) -> Any:
    """A field for the name of something that is at hand, as the bench lists it; empty: what suits."""
    return dataclasses.field(default=default, metadata={"option": Option(label, names=names, show=show)})


def option_of(field: dataclasses.Field[Any]) -> Option | None:
    """How a field is shown; None for one that is not."""
    return field.metadata.get("option")


SIZE = QT_TRANSLATE_NOOP("ToolOptions", "Size")
HARDNESS = QT_TRANSLATE_NOOP("ToolOptions", "Hardness")
OPACITY = QT_TRANSLATE_NOOP("ToolOptions", "Opacity")
FLOW = QT_TRANSLATE_NOOP("ToolOptions", "Flow")
STEADY = QT_TRANSLATE_NOOP("ToolOptions", "Steadier hand")
PRESS_SIZE = QT_TRANSLATE_NOOP("ToolOptions", "Pressure sets the size")
PRESS_OPACITY = QT_TRANSLATE_NOOP("ToolOptions", "Pressure sets the opacity")
PRESS_HARDNESS = QT_TRANSLATE_NOOP("ToolOptions", "Pressure sets the hardness")
TILT = QT_TRANSLATE_NOOP("ToolOptions", "Tilt flattens the tip")
TOLERANCE = QT_TRANSLATE_NOOP("ToolOptions", "Tolerance")
CONTIGUOUS = QT_TRANSLATE_NOOP("ToolOptions", "Only connected")
ALL_LAYERS = QT_TRANSLATE_NOOP("ToolOptions", "All layers")
FOUND_BY = QT_TRANSLATE_NOOP("ToolOptions", "Found by")
SEGMENTERS = "segmenters"
"""Key of `Option.names`: networks that select things."""
COMBINE = QT_TRANSLATE_NOOP("ToolOptions", "Selection")
COMBINE_TEXTS = (
    QT_TRANSLATE_NOOP("ToolOptions", "New"),
    QT_TRANSLATE_NOOP("ToolOptions", "Add"),
    QT_TRANSLATE_NOOP("ToolOptions", "Subtract"),
    QT_TRANSLATE_NOOP("ToolOptions", "Intersect"),
)
FEATHER = QT_TRANSLATE_NOOP("ToolOptions", "Soft edge of new ones")


@dataclass(frozen=True, kw_only=True)
class StrokeOptions:
    """What every tool with a tip has."""

    size: float = number(24, SIZE, 1, LARGEST_BRUSH_PX, 300, " px")
    hardness: float = share(0.8, HARDNESS)
    opacity: float = share(1.0, OPACITY)
    stabiliser: float = number(0, STEADY, 0, 100, suffix=" px", show=Show.MORE)
    pressure_size: bool = switch(True, PRESS_SIZE, Show.MORE)
    pressure_opacity: bool = switch(False, PRESS_OPACITY, Show.MORE)
    pressure_hardness: bool = switch(False, PRESS_HARDNESS, Show.MORE)
    tilt: bool = switch(False, TILT, Show.MORE)


@dataclass(frozen=True, kw_only=True)
class SelectOptions:
    """What every tool that selects has."""

    combine: Combine = choice(Combine.REPLACE, COMBINE, COMBINE_TEXTS)
    feather: float = number(0, FEATHER, 0, 500, 100, " px", Show.MORE)


@dataclass(frozen=True, kw_only=True)
class NoOptions:
    """For a tool with nothing to set."""
