"""What the pointer looks like with each tool."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

from desktop.tools.tool import Cursor, Tool
from desktop.widgets.icons import icon_pixmap, svg_source

SIDE_PX = 24


def cursor_for(tool: Tool, is_small: bool) -> QCursor:
    """`is_small`: the outline of its tip alone could not be found."""
    match tool.cursor:
        case Cursor.TIP if not is_small:
            return QCursor(Qt.CursorShape.BlankCursor)
        case Cursor.TIP | Cursor.CROSS:
            return cross()
        case Cursor.HAND:
            return QCursor(Qt.CursorShape.OpenHandCursor)
        case Cursor.PICKER:
            return picker()
        case Cursor.ARROW:
            return QCursor(Qt.CursorShape.ArrowCursor)


@lru_cache(maxsize=1)
def cross() -> QCursor:
    """A thin cross, dark and light, open in its middle."""
    pixmap = QPixmap(SIDE_PX, SIDE_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    middle = SIDE_PX // 2
    for color, width in ((QColor(0, 0, 0, 170), 3), (QColor("#ffffff"), 1)):
        painter.setPen(QPen(color, width))
        for begin, end in ((2, middle - 3), (middle + 3, SIDE_PX - 2)):
            painter.drawLine(begin, middle, end, middle)
            painter.drawLine(middle, begin, middle, end)
    painter.end()
    return QCursor(pixmap, middle, middle)


@lru_cache(maxsize=1)
def picker() -> QCursor:
    """The pipette; its tip is the point."""
    pixmap = QPixmap(SIDE_PX, SIDE_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawPixmap(dx, dy, icon_pixmap(svg_source("pipette"), "#000000", SIDE_PX, SIDE_PX))
    painter.drawPixmap(0, 0, icon_pixmap(svg_source("pipette"), "#ffffff", SIDE_PX, SIDE_PX))
    painter.end()
    return QCursor(pixmap, 2, SIDE_PX - 3)
