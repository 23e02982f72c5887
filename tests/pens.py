"""A pen for tests: strokes as lists of events, and tools used without a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from desktop.state.document.document import Document
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Hand, Performance
from desktop.tools.toolbox import tools

SHIFT, ALT, CONTROL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
Point = tuple[float, float]


def drag(*points: Point, pressures: Sequence[float] | None = None, **held: Any) -> list[PenEvent]:
    """Press at the first point, move over the others, release at the last; 5 ms apart."""
    pressures = pressures or [1.0] * len(points)
    events = [
        PenEvent(x, y, Moment.MOVE, pressure, time_s=index / 200, view_x=x, view_y=y, **held)
        for index, ((x, y), pressure) in enumerate(zip(points, pressures, strict=True))
    ]
    events[0] = replace(events[0], moment=Moment.PRESS)
    return [*events, replace(events[-1], moment=Moment.RELEASE, pressure=0.0)]


def click(x: float, y: float, **held: Any) -> list[PenEvent]:
    return drag((x, y), **held)


ACCEPT = PenEvent(0, 0, Moment.ACCEPT)
STEP_BACK = PenEvent(0, 0, Moment.STEP_BACK)


def use(
    hand: Hand, tool_id: str, events: Iterable[PenEvent], batches: Sequence[int] = (), **options: Any
) -> Performance:
    """Send `events` to a tool; `batches` says how many come in one frame (the rest one by one)."""
    tool = tools()[tool_id]
    performance = Performance(tool, hand, tool.options(**options))
    waiting = list(events)
    for size in batches:
        performance.send_all(waiting[:size])
        del waiting[:size]
    for event in waiting:
        if not performance.is_over:
            performance.send(event)
    return performance


def picture(document: Document) -> NDArray[np.uint8]:
    """What one sees of the canvas, H x W x 4."""
    return document.composite.flattened(document.canvas)


def mask(document: Document) -> NDArray[np.uint8]:
    return document.mask.read(document.canvas)


def selection(document: Document) -> NDArray[np.uint8]:
    """H x W; all 0 where nothing is selected."""
    if document.selection is None:
        return np.zeros((document.size.height, document.size.width), np.uint8)
    return document.selection.read(document.canvas)
