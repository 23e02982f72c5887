"""Where a key leads from one picture of a grid to another."""

from __future__ import annotations

from PySide6.QtCore import Qt

from desktop.widgets.grid.layout import GridLayout

MOVES = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip


def target_of(key: Qt.Key, layout: GridLayout, current: int, page_px: int, is_mirrored: bool = False) -> int:
    """The index that `key` leads to; the first picture where the keyboard stood nowhere yet."""
    last = len(layout) - 1
    if current < 0:
        return last if key == Qt.Key.Key_End else 0
    forward = -1 if is_mirrored else 1
    match key:
        case Qt.Key.Key_Left:
            return min(max(current - forward, 0), last)
        case Qt.Key.Key_Right:
            return min(max(current + forward, 0), last)
        case Qt.Key.Key_Up:
            return layout.vertical_neighbour(current, -1)
        case Qt.Key.Key_Down:
            return layout.vertical_neighbour(current, 1)
        case Qt.Key.Key_Home:
            return 0
        case Qt.Key.Key_End:
            return last
        case Qt.Key.Key_PageUp:
            return layout.vertical_neighbour(current, min(-1, -_rows_in(layout, current, -page_px)))
        case Qt.Key.Key_PageDown:
            return layout.vertical_neighbour(current, max(1, _rows_in(layout, current, page_px)))
    return current


def _rows_in(layout: GridLayout, current: int, page_px: int) -> int:
    """How many rows lie within a page from the current one."""
    row = layout.row_of(current)
    top = int(layout.row_tops[row]) + page_px
    first, _ = layout.rows_between(max(0, top), max(1, top + 1))
    return abs(first - row)
