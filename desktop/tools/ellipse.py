"""The ellipse marquee."""

from __future__ import annotations

import math

from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.marquee import drag_shape
from desktop.tools.options import SelectOptions
from desktop.tools.tool import Hand, Stroke, Tool

CORNERS = 96


def stroke(hand: Hand, options: SelectOptions) -> Stroke:
    yield from drag_shape(hand, options, lambda place: region.ellipse(*place), around)


def around(place: Rect) -> tuple[tuple[float, float], ...]:
    """The outline as a line of many corners."""
    x, y = place.left + place.width / 2, place.top + place.height / 2
    angles = (2 * math.pi * index / CORNERS for index in range(CORNERS))
    return tuple((x + math.cos(a) * place.width / 2, y + math.sin(a) * place.height / 2) for a in angles)


TOOL = Tool(
    id="ellipse",
    name=QT_TRANSLATE_NOOP("Tools", "Ellipse marquee"),
    icon="circle-dashed",
    stroke=stroke,
    options=SelectOptions,
    place=25,
    key="Shift+M",
    hint=QT_TRANSLATE_NOOP(
        "Tools", "Shift adds, Alt subtracts, Shift+Alt intersects; Space moves it while dragging"
    ),
)
