"""The pointer over a grid: clicks, a rubber band, files dragged out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.widgets.grid.drawing import stack_badge
from desktop.widgets.grid.picked import NOWHERE

if TYPE_CHECKING:
    from desktop.widgets.grid.view import ImageGrid

EDGE_PX = 24
"""Nearer than this to the upper or lower edge a band scrolls."""
TICK_MS = 16
DRAG_PX = 96
"""Longer side of the picture that hangs on the pointer."""
HANGS_BELOW = QPoint(-12, -12)
"""So that one sees what it is held over."""


class Gestures:
    """What one press of the left button becomes, until it is let go."""

    def __init__(self, grid: ImageGrid) -> None:
        self._grid = grid
        self._pressed = NOWHERE
        """The picture that was pressed, for a drag."""
        self._start: QPoint | None = None
        """Where the button went down, in the layout's pixels (it scrolls along)."""
        self._at = QPoint()
        self._only_on_release = False
        """Pressed on one of several that are picked: perhaps they are to be dragged."""
        self._before: NDArray[np.bool_] | None = None
        self._toggles = False
        self._scrolling = QTimer(grid, interval=TICK_MS)
        self._scrolling.timeout.connect(self._scroll_along)

    @property
    def band(self) -> QRect | None:
        """The rubber band in the viewport, while one is drawn."""
        if self._before is None or self._start is None:
            return None
        corner = self._grid.to_content(QPoint(0, 0))
        return QRect(self._start - corner, self._at).normalized()

    def press(self, event: QMouseEvent) -> None:
        grid = self._grid
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._at = event.position().toPoint()
        self._start = grid.to_content(self._at)
        self._pressed = grid.index_under(self._at)
        if self._pressed >= 0:
            self._press_picture(event.modifiers())
        elif (group := grid.group_under(self._at)) >= 0 and self._at.y() >= 0:
            keep = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            grid.picked.these(grid.geometry_of_items.group_range(group), keep)
            self._start = None
            grid.after_picking()
        else:
            self._begin_band(event.modifiers())

    def _press_picture(self, modifiers: Qt.KeyboardModifier) -> None:
        grid, index = self._grid, self._pressed
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        cell = grid.cell_of(index)
        if cell.stack > 1 and not modifiers and stack_badge(grid.box_of(index), cell).contains(self._at):
            self._start, self._pressed = None, NOWHERE
            grid.stack_toggled.emit(int(grid.content.keys[index]))
            return
        self._only_on_release = index in grid.picked and not modifiers
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            grid.picked.through(index, keep=control)
        elif control:
            grid.picked.toggle(index)
        elif not self._only_on_release:
            grid.picked.only(index)
        grid.after_picking()

    def _begin_band(self, modifiers: Qt.KeyboardModifier) -> None:
        keeps = modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        self._toggles = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if not keeps:
            self._grid.picked.none()
        self._before = self._grid.picked.mask.copy()
        self._grid.after_picking()

    def move(self, event: QMouseEvent) -> None:
        if self._start is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        self._at = event.position().toPoint()
        if self._before is not None:
            self._stretch_band()
            near = self._speed() != 0
            if near != self._scrolling.isActive():
                (self._scrolling.start if near else self._scrolling.stop)()
        elif self._pressed >= 0:
            way = (self._grid.to_content(self._at) - self._start).manhattanLength()
            if way >= QApplication.startDragDistance():
                self._drag()

    def release(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        had_band = self._before is not None
        if self._only_on_release and self._pressed >= 0:
            self._grid.picked.only(self._pressed)
            self._grid.after_picking()
        self._end()
        if had_band:
            self._grid.viewport().update()

    def _end(self) -> None:
        self._start, self._before, self._pressed, self._only_on_release = None, None, NOWHERE, False
        self._scrolling.stop()

    def scrolled(self, _by: int) -> None:
        """The contents moved below the pointer; the band grows with them."""
        if self._before is not None:
            self._stretch_band()

    def _stretch_band(self) -> None:
        grid, band = self._grid, self.band
        assert band is not None and self._before is not None
        if len(self._before) != len(grid.content):
            self._end()  # other pictures are shown now
            return
        corner = grid.to_content(band.topLeft())
        touched = grid.geometry_of_items.inside(
            corner.x(), corner.y(), corner.x() + band.width(), corner.y() + band.height()
        )
        grid.picked.band(self._before, touched, self._toggles)
        grid.after_picking()

    def _speed(self) -> int:
        """Pixels a tick, the more the further out the pointer is; 0 away from the edges."""
        height = self._grid.viewport().height()
        over, under = EDGE_PX - self._at.y(), self._at.y() - (height - EDGE_PX)
        return -over if over > 0 else max(0, under)

    def _scroll_along(self) -> None:
        bar = self._grid.verticalScrollBar()
        bar.setValue(bar.value() + self._speed())

    def _drag(self) -> None:
        """The files of all that are picked, for any program."""
        grid, index = self._grid, self._pressed
        self._end()
        data = grid.files_of_picked()
        if not data.hasUrls():
            return
        drag = QDrag(grid)
        drag.setMimeData(data)
        image = grid.small_image(index, DRAG_PX)
        if image is not None:
            drag.setPixmap(image)
            drag.setHotSpot(HANGS_BELOW)
        drag.exec(Qt.DropAction.CopyAction)
