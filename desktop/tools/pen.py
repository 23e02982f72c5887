"""What the pen, the mouse and the keys say to a tool, one event at a time."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from PySide6.QtCore import Qt

from desktop.raster.dynamics import PenPoint


class Moment(enum.Enum):
    """What happened."""

    PRESS = "press"
    MOVE = "move"
    """Also without motion, a few times a second while pressed: time passes for an airbrush."""
    RELEASE = "release"
    HOVER = "hover"
    """Moved without being pressed, between the clicks of a tool that takes several."""
    ACCEPT = "accept"
    """Enter, a double click, or another tool being taken up."""
    STEP_BACK = "step back"
    """Backspace or Ctrl+Z while a tool takes several clicks."""


@dataclass(frozen=True, slots=True)
class PenEvent:
    """One event; `x` and `y` are document pixels, whatever the view's zoom and rotation."""

    x: float
    y: float
    moment: Moment = Moment.MOVE
    pressure: float = 1.0
    """0..1; a mouse presses wholly."""
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    """Degrees from upright."""
    rotation: float = 0.0
    """Of the pen around its own axis, degrees."""
    buttons: Qt.MouseButton = Qt.MouseButton.LeftButton
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    time_s: float = 0.0
    is_eraser: bool = False
    """The pen's other end."""
    has_space: bool = False
    """The space bar is held."""
    view_x: float = 0.0
    view_y: float = 0.0
    """The same place in the view's logical pixels, for tools that move the view."""
    has_more: bool = False
    """More events of this frame follow: nothing needs to be shown yet."""

    @property
    def point(self) -> PenPoint:
        return PenPoint(self.x, self.y, self.pressure, self.tilt_x, self.tilt_y, self.time_s)

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def alt(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)

    @property
    def control(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)
