"""Keys over a grid: they walk, pick, open, and spread out stacks, as in a file manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from desktop.widgets.grid.moves import MOVES, target_of
from desktop.widgets.grid.painting import MARGIN_PX

if TYPE_CHECKING:
    from desktop.widgets.grid.view import ImageGrid


class GridKeys:
    """Ignores what is not for the grid: it may be a shortcut."""

    def __init__(self, grid: ImageGrid) -> None:
        self._grid = grid

    def press(self, event: QKeyEvent) -> None:
        grid, key = self._grid, Qt.Key(event.key())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in MOVES and len(grid.content) and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._walk(key, event.modifiers())
        elif key == Qt.Key.Key_A and control:
            grid.pick_all()
        elif key == Qt.Key.Key_Space and grid.picked.current >= 0:
            self._press_space(control)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and grid.current is not None and not control:
            grid.opened.emit(grid.current)
        elif key == Qt.Key.Key_Escape and len(grid.picked):
            grid.picked.none()
            grid.after_picking()
        else:
            event.ignore()

    def _walk(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        grid = self._grid
        page = grid.viewport().height() - 2 * MARGIN_PX
        index = target_of(key, grid.geometry_of_items, grid.picked.current, page, grid.isRightToLeft())
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            grid.picked.through(index, keep=control)
        elif control:
            grid.picked.go(index)
        else:
            grid.picked.only(index)
        grid.after_picking()
        grid.show_index(index)

    def _press_space(self, control: bool) -> None:
        grid = self._grid
        current = grid.picked.current
        if control or grid.cell_of(current).stack < 2:
            grid.picked.toggle(current)
            grid.after_picking()
        else:
            grid.stack_toggled.emit(grid.current)
