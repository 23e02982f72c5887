"""One picture, or two in the same place with a line between them: zoomed, panned, dragged out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QCursor, QDrag, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from desktop.canvas.picture import CanvasPicture
from desktop.canvas.zoom_view import PANS, ZoomView
from desktop.widgets.theme import SMALL_PX, tokens

SPLIT_STEP = 0.02
HANDLE_PX = 16
PILL_PX = 22
DRAG_PX = 128
NOTHING_TO_FIT = 1


class PicturePane(ZoomView):
    """Left drag pans what is zoomed in and takes out what is seen whole; a double click goes to and fro.

    With `other` the two lie on each other, divided by a line that the mouse or Alt+arrows move.
    """

    moved = Signal()
    """The picture lies elsewhere, by the artist's hand."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.picture: CanvasPicture | None = None
        self.other: CanvasPicture | None = None
        """Seen to the right of the line, as large as `picture`."""
        self.words = ""
        """Instead of a picture: that it is being read, or why it cannot be."""
        self.names: tuple[str, str] = ("", "")
        """Of the picture, and of the one to the right of the line; shown where they are not empty."""
        self.note = ""
        """At the foot, e.g. how much two pictures differ."""
        self.path = ""
        """The file that a drag takes out."""
        self.split = 0.5
        """0 to 1 of the picture's width."""
        self.shows_focus = True
        """By a frame; where nothing but the picture is seen there is no need of one."""
        self._moves_split = False
        self._pressed: QPointF | None = None
        self._is_following = False

    def show_picture(self, picture: CanvasPicture | None, words: str = "") -> None:
        """Another one at the same zoom and place; a picture that is seen whole is followed by a whole one."""
        point = self._middle()
        self.picture, self.words = picture, words
        if picture is not None:
            self.viewport.set_extent(picture.extent)
            if not self.viewport.is_fitted:
                self._go_to(point)
        self.setAccessibleDescription(words)
        self._after_move(0.0)

    def show_beside(self, other: CanvasPicture | None) -> None:
        self.other = other
        self.update()

    # two panes at the same place

    def follow(self, leader: PicturePane) -> None:
        """Look at the same part at the same size as `leader`, whatever the sizes of the two pictures."""
        if leader.picture is None or self.picture is None:
            return
        self._is_following = True
        if leader.viewport.is_fitted:
            self.viewport.fit()
        else:
            larger = leader.viewport.extent[0] / self.viewport.extent[0]
            self.viewport.zoom_at(leader.viewport.zoom * larger, 0, 0)
            self._go_to(leader._middle())
        self._after_move(0.0)
        self._is_following = False

    def picture_moved(self) -> None:
        if not self._is_following:
            self.moved.emit()

    def _middle(self) -> QPointF:
        """What is in the middle of the view, 0 to 1 of the picture's sides."""
        x, y = self.viewport.to_picture(self.viewport.width / 2, self.viewport.height / 2)
        return QPointF(x / self.viewport.extent[0], y / self.viewport.extent[1])

    def _go_to(self, point: QPointF) -> None:
        now = self._middle()
        wide, high = (side * self.viewport.zoom for side in self.viewport.extent)
        self.viewport.pan((now.x() - point.x()) * wide, (now.y() - point.y()) * high)

    # paint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tokens().color("desk"))
        if self.picture is not None:
            ratio = self.devicePixelRatioF()
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            self._paint_pictures(painter)
            painter.restore()
        if self.words:
            painter.setPen(tokens().color("desk_text"))
            place = self.rect().adjusted(24, 24, -24, -24)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.words)
        if self.other is not None and self.picture is not None:
            self._paint_line(painter)
        self._paint_names(painter)
        if self.hasFocus() and self.shows_focus:
            painter.setPen(QPen(tokens().color("desk_text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_pictures(self, painter: QPainter) -> None:
        assert self.picture is not None
        if self.other is None:
            self.picture.paint(painter, self.viewport, tokens())
            return
        at = self._split_x()
        painter.setClipRect(QRectF(0, 0, at, self.viewport.height))
        self.picture.paint(painter, self.viewport, tokens())
        painter.setClipRect(QRectF(at, 0, self.viewport.width - at, self.viewport.height))
        self.other.paint(painter, self.viewport, tokens())

    def _split_x(self) -> float:
        """In device pixels of the view."""
        left, _, width, _ = self.viewport.rect()
        return min(max(left + self.split * width, 0.0), float(self.viewport.width))

    def _paint_line(self, painter: QPainter) -> None:
        x = self._split_x() / self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens().color("shadow"), 4))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(Qt.GlobalColor.white, 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setBrush(tokens().color("pill"))
        middle = QPointF(x, self.height() / 2)
        painter.drawEllipse(middle, HANDLE_PX, HANDLE_PX)
        for side in (-1, 1):
            tip = QPointF(x + side * 9, middle.y())
            painter.drawPolyline([tip + QPointF(-side * 4, -4), tip, tip + QPointF(-side * 4, 4)])

    def _paint_names(self, painter: QPainter) -> None:
        font = painter.font()
        font.setPixelSize(SMALL_PX)
        painter.setFont(font)
        self._paint_pill(painter, self.names[0], self.width() // 2 - 40, 0.0, 12)
        self._paint_pill(painter, self.names[1], self.width() // 2 - 40, 1.0, 12)
        self._paint_pill(painter, self.note, self.width() - 60, 0.5, self.height() - PILL_PX - 12)

    def _paint_pill(self, painter: QPainter, text: str, most_px: int, across: float, top: int) -> None:
        """`across` 0 is the left edge, 1 the right one."""
        if not text:
            return
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, most_px)
        width = painter.fontMetrics().horizontalAdvance(shown) + 20
        place = QRectF(12 + across * (self.width() - width - 24), top, width, PILL_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().color("pill"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(place, PILL_PX / 2, PILL_PX / 2)
        painter.setPen(tokens().color("pill_text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, shown)

    # hand

    def usual_cursor(self) -> QCursor | None:
        if self.other is not None:
            return QCursor(Qt.CursorShape.SplitHCursor)
        return None if self.viewport.is_fitted else QCursor(Qt.CursorShape.OpenHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._space_is_down:
            if self.other is not None:
                self._moves_split = True
                self._put_split(event.position().x())
            elif self.viewport.is_fitted:
                self._pressed = event.position()
            else:
                self._grabbed = event.position()
            self._show_cursor()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._moves_split:
            self._put_split(event.position().x())
        elif self._pressed is not None:
            far = (event.position() - self._pressed).manhattanLength() >= QApplication.startDragDistance()
            if far and self.path:
                self._pressed = None
                self._drag_out()
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._moves_split, self._pressed = False, None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Between the whole picture and its pixels, at the point that was clicked."""
        if event.button() != Qt.MouseButton.LeftButton or self.other is not None:
            super().mouseDoubleClickEvent(event)
        elif self.viewport.is_fitted:
            self.zoom_to(1.0, event.position())
        else:
            self.zoom_to_fit()
        self._show_cursor()

    def _put_split(self, x: float) -> None:
        left, _, width, _ = self.viewport.rect()
        self.move_split((x * self.devicePixelRatioF() - left) / max(width, NOTHING_TO_FIT))

    def move_split(self, to: float) -> None:
        self.split = min(max(to, 0.0), 1.0)
        self.update()

    def _drag_out(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.drag_data())
        if self.picture is not None:
            drag.setPixmap(
                QPixmap.fromImage(
                    self.picture.image.scaled(DRAG_PX, DRAG_PX, Qt.AspectRatioMode.KeepAspectRatio)
                )
            )
        drag.exec(Qt.DropAction.CopyAction)

    def drag_data(self) -> QMimeData:
        """The file itself, so that any program takes it with its recipe."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self.path)])
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        steps = {Qt.Key.Key_Left: -SPLIT_STEP, Qt.Key.Key_Right: SPLIT_STEP}
        if self.other is not None and alt and event.key() in steps:
            self.move_split(self.split + steps[Qt.Key(event.key())])
        elif event.key() in PANS and (self.viewport.is_fitted or alt):
            event.ignore()  # the viewer's: the picture before or after
        elif event.key() == Qt.Key.Key_Home and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the viewer's: the first one
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Alt+Left and Alt+Right are ours before any button's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if self.other is not None and alt and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
                event.accept()
                return True
        return super().event(event)
