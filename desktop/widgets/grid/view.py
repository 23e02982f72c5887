"""The grid of pictures: scrolls over a hundred thousand, and costs what is seen.

Layout, painting, keys and picking are its own (`layout`, `drawing`, `gestures`, `keys`, `picked`), for Qt's
ask every item for its size and keep what is selected as ranges, and both take seconds at this number.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from desktop.widgets.grid.content import Cell, GridContent, GridItemModel, GridSource
from desktop.widgets.grid.drawing import draw_band
from desktop.widgets.grid.gestures import Gestures
from desktop.widgets.grid.keys import GridKeys
from desktop.widgets.grid.layout import GridLayout, justified, squares
from desktop.widgets.grid.own_view import OwnListView
from desktop.widgets.grid.painting import MARGIN_PX, GridPainting
from desktop.widgets.grid.picked import NOWHERE, Picked
from desktop.widgets.grid.scrolling import GridScrolling, Place
from desktop.widgets.grid.spoken import say_current
from desktop.widgets.throttle import Throttle

SMALLEST_PX, USUAL_PX, LARGEST_PX = 48, 168, 640
GAP_PX = 6
ZOOM_STEP = 1.15
WIDE = 16 / 9
"""The shape up to which a picture in a row has all the pixels of the screen."""
AHEAD = 1.0
"""Screens that are asked for in the direction of scrolling."""
WANT_MS = 40
"""While one scrolls, not with every frame."""


class Shape(enum.StrEnum):
    ROWS = "rows"
    """Each picture in its own shape, rows that fill the width."""
    SQUARES = "squares"


class ImageGrid(OwnListView):
    """Pictures in rows or squares, in groups, in stacks; picked as in a file manager.

    Arrows, Home, End and the page keys walk; with Shift they pick a range, with Ctrl they only walk, and
    Ctrl+Space picks; Ctrl+A picks all and Escape none; Enter opens; Space opens or gathers a stack.
    Ctrl+wheel changes the size. A drag from a picture takes the files out, one from elsewhere draws a band.
    """

    current_changed = Signal()
    picked_changed = Signal()
    opened = Signal(object)
    """Key of the picture on which Enter or a double click fell."""
    stack_toggled = Signal(object)
    """Key of the picture whose stack is to be opened or gathered."""
    menu_asked = Signal(QPoint)
    """On the screen; what it is for is picked already."""
    size_changed = Signal(int)
    """The artist made the pictures larger or smaller."""

    def __init__(self, source: GridSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.items = GridItemModel(source, self)
        self.content = self.items.content
        self.setModel(self.items)
        self.picked = Picked()
        self.geometry_of_items: GridLayout = squares(0, np.zeros(0, np.int64), 100, 100, GAP_PX)
        self.shape_of_items = Shape.ROWS
        self.item_px = USUAL_PX
        self._painting = GridPainting(self, source)
        self._gestures = Gestures(self)
        self._keys = GridKeys(self)
        self._scrolling = GridScrolling(self)
        self._hovered = NOWHERE
        self._down = 1
        """Which way one scrolled last: 1 down, -1 up."""
        self._wanting = Throttle(self._want, WANT_MS, self)
        self.setObjectName("grid")
        self.take_over()

    # what is shown

    def set_content(self, content: GridContent) -> None:
        """Other pictures, or others among them: what is still there stays picked and where it is seen."""
        place = self._scrolling.place()
        before = self.content.keys
        self.content = content
        self.picked.carry(before, content.keys)
        self.items.set_content(content)
        self._lay_out(place)
        self._stand_somewhere()
        self._show_current()
        self.picked_changed.emit()

    def set_shape(self, shape: Shape) -> None:
        if shape is not self.shape_of_items:
            place = self._scrolling.place()
            self.shape_of_items = shape
            self._lay_out(place)

    def set_size(self, pixels: int) -> None:
        """How high a row is, or how wide a square, in logical pixels."""
        pixels = min(max(pixels, SMALLEST_PX), LARGEST_PX)
        if pixels != self.item_px:
            place = self._scrolling.place()
            self.item_px = pixels
            self._lay_out(place)
            self.size_changed.emit(pixels)

    def zoom_by(self, factor: float) -> None:
        pixels = self.item_px * factor
        self.set_size(int(pixels) if factor < 1 else int(np.ceil(pixels)))

    def refresh(self, keys: Sequence[int] | None = None) -> None:
        """What is known of these pictures changed, or their pixels came; None for all that are seen."""
        if keys is None:
            self.viewport().update()
            return
        wanted, top = set(keys), self.verticalScrollBar().value()
        for index in self.geometry_of_items.seen(top, top + self.viewport().height()):
            if int(self.content.keys[index]) in wanted:
                self.viewport().update(self.box_of(index))

    # what is picked

    @property
    def current(self) -> int | None:
        """Key of the picture where the keyboard stands."""
        index = self.picked.current
        return int(self.content.keys[index]) if 0 <= index < len(self.content) else None

    def picked_keys(self) -> list[int]:
        """In the order they are shown."""
        return self.content.keys[self.picked.mask].tolist()

    def pick(self, keys: Sequence[int]) -> None:
        """These and no others; the first is brought into view."""
        self.picked.these(np.flatnonzero(np.isin(self.content.keys, np.asarray(keys, np.int64))))
        self.after_picking()
        self.show_index(self.picked.current)

    def pick_all(self) -> None:
        self.picked.all()
        self.after_picking()

    def go_to(self, key: int) -> None:
        """The keyboard to this picture, which alone is picked, and into view."""
        self.pick([key])

    def walk_to(self, key: int) -> None:
        """The keyboard to this picture and into view; what is picked stays so."""
        for index in np.flatnonzero(self.content.keys == key).tolist():
            self.picked.go(index)
            self.after_picking()
            self.show_index(index)

    def after_picking(self) -> None:
        """Said by whoever changed `picked`."""
        self._show_current()
        self.viewport().update()
        self.picked_changed.emit()

    def _show_current(self) -> None:
        if say_current(self):
            self.current_changed.emit()

    # where things are

    def box_of(self, index: int) -> QRect:
        """Where a picture lies in the viewport."""
        layout = self.geometry_of_items
        return QRect(
            int(layout.left[index]) + MARGIN_PX,
            int(layout.top[index]) + MARGIN_PX - self.verticalScrollBar().value(),
            int(layout.width[index]),
            int(layout.height[index]),
        )

    def to_content(self, point: QPoint) -> QPoint:
        """From the viewport to the layout's pixels."""
        return QPoint(point.x() - MARGIN_PX, point.y() - MARGIN_PX + self.verticalScrollBar().value())

    def index_under(self, point: QPoint) -> int:
        """The picture at a point of the viewport, or -1."""
        place = self.to_content(point)
        return self.geometry_of_items.index_at(place.x(), place.y())

    def group_under(self, point: QPoint) -> int:
        """The group whose header is at a point of the viewport, or -1."""
        return self.geometry_of_items.header_at(self.to_content(point).y())

    def cell_of(self, index: int) -> Cell:
        return self._source.cell(int(self.content.keys[index]))

    def show_index(self, index: int) -> None:
        """Scroll as little as brings the whole of it into view."""
        self._scrolling.show(index)

    def _lay_out(self, place: Place | None = None) -> None:
        """`place` stays where it is."""
        width = max(SMALLEST_PX, self.viewport().width() - 2 * MARGIN_PX)
        content = self.content
        if self.shape_of_items is Shape.SQUARES:
            layout = squares(len(content), content.group_starts, width, self.item_px, GAP_PX)
        else:
            layout = justified(content.aspects, content.group_starts, width, self.item_px, GAP_PX)
        self.geometry_of_items = layout
        self._scrolling.fit()
        self._scrolling.return_to(place)
        self._hovered = NOWHERE
        self.viewport().update()
        self._wanting.start()

    # Qt's questions to an item view

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        return self.box_of(index.row()) if index.isValid() and index.row() < len(self.content) else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        index = self.index_under(point)
        return self.items.index(index) if index >= 0 else QModelIndex()

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        self.show_index(index.row())

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._painting.paint(painter, event)
        if self._gestures.band is not None:
            draw_band(painter, self._gestures.band)

    @property
    def pixels(self) -> int:
        """What is asked for, in device pixels: the longer side of a wide picture at this size."""
        return round(self.item_px * self.devicePixelRatioF() * WIDE)

    @property
    def hovered(self) -> int:
        """The picture below the pointer, or -1."""
        return self._hovered

    def small_image(self, index: int, pixels: int) -> QPixmap | None:
        """The picture at most this large, e.g. to hang on the pointer."""
        source = self._source.image(int(self.content.keys[index]), pixels)
        if source is None or source.isNull():
            return None
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        return QPixmap.fromImage(source.scaled(pixels, pixels, keep, smooth))

    def files_of_picked(self) -> QMimeData:
        return self._source.files(self.picked_keys())

    # what is asked for

    def _want(self) -> None:
        """What is seen, then what one scrolls towards, then what one comes from."""
        if not self.isVisible():
            return
        top, height = self.verticalScrollBar().value() - MARGIN_PX, self.viewport().height()
        layout, step = self.geometry_of_items, int(height * AHEAD)
        seen = layout.seen(top, top + height)
        below = layout.seen(top + height, top + height + step)
        over = layout.seen(top - step, top)
        towards, away = (below, over[::-1]) if self._down > 0 else (over[::-1], below)
        order = dict.fromkeys([*seen, *towards, *away])
        keys = self.content.keys[list(order)].tolist() if order else []
        self._source.want(keys, self.pixels)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._down = 1 if dy < 0 else -1
        self._gestures.scrolled(dy)
        if abs(dy) < self.viewport().height():
            self.viewport().scroll(0, dy)
        else:
            self.viewport().update()
        self._wanting.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        place = self._scrolling.place()
        super().resizeEvent(event)
        self._lay_out(place)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wanting.start()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._stand_somewhere()
        self._show_current()
        self.viewport().update()

    def _stand_somewhere(self) -> None:
        """With the focus the keyboard stands at a picture, which is seen."""
        if self.hasFocus() and self.picked.current == NOWHERE and len(self.content):
            top = self.verticalScrollBar().value()
            self.picked.go(self.geometry_of_items.seen(top, top + self.viewport().height()).start)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._gestures.move(event)
        self._hover(self.index_under(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.index_under(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and index >= 0:
            self.opened.emit(int(self.content.keys[index]))

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self._hover(NOWHERE)

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            before, self._hovered = self._hovered, index
            for changed in (before, index):
                if 0 <= changed < len(self.content):
                    self.viewport().update(self.box_of(changed))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            turn = event.angleDelta().y() or event.pixelDelta().y()
            if turn:
                self.zoom_by(ZOOM_STEP ** (turn / 120))
            event.accept()
        else:
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.picked.current if by_key else self.index_under(event.pos())
        if index < 0:
            return
        if index not in self.picked:
            self.picked.only(index)
            self.after_picking()
        place = self.box_of(index).center() if by_key else event.pos()
        self.menu_asked.emit(self.viewport().mapToGlobal(place))

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._keys.press(event)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)
