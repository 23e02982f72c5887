"""Where the picture is seen: pan, zoom, drop a picture on it, drag the picture out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from desktop.canvas.empty_place import EmptyPlace
from desktop.canvas.picture import CanvasPicture
from desktop.canvas.viewport import Viewport
from desktop.widgets.dropped import has_picture, take_pictures
from desktop.widgets.label import Label
from desktop.widgets.theme import theme, tokens

ZOOM_STEP = 1.25
PAN_PX = 64
DRAG_THUMBNAIL_PX = 128
PILL_GAP_PX = 12


class CanvasView(QWidget):
    """Shows one picture at its true extent on the desk.

    The wheel zooms at the cursor, middle drag or Space and drag pan, a trackpad pans and pinches;
    Ctrl+0 or Home fits, Ctrl+1 shows actual pixels, + and - zoom, arrows pan.
    A left drag takes the picture out.
    """

    zoom_changed = Signal(float)
    """1.0 is one picture pixel on one of the screen's."""
    picture_dropped = Signal(object)
    """A path (str) or pixels (QImage)."""
    remote_refused = Signal(str)
    """A dropped network address: nothing is fetched."""
    paste_asked = Signal()
    """Ctrl+V with the focus here."""
    copied = Signal()
    """The picture went to the clipboard."""
    painted = Signal()
    """A frame is on the screen: the first one, or the one a preview caused."""
    empty_clicked = Signal()
    """The button of the empty place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewport = Viewport()
        self._picture: CanvasPicture | None = None
        self._path = ""
        self._grabbed: QPointF | None = None
        self._pressed: QPoint | None = None
        self._space_is_down = False
        self._welcomes_drop = False
        self.empty = EmptyPlace(self)
        self.empty.clicked.connect(self.empty_clicked)
        self.facts = Label("", self, role="pill")
        self.facts.hide()
        self.setAccessibleName(self.tr("Canvas"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.grabGesture(Qt.GestureType.PinchGesture)
        theme.changed.connect(self.update)

    # what is shown

    def show_pixels(
        self, image: QImage, extent: QSize | tuple[int, int] | None = None, path: str = ""
    ) -> None:
        """Show `image` as a picture of `extent` (its own size if None), scaled smoothly to it.

        `path` is the file that a drag takes out; without one the pixels go. The image is kept, not copied.
        """
        if image.isNull():
            self.show_nothing()
            return
        size = extent if extent is not None else image.size()
        width, height = size.toTuple() if isinstance(size, QSize) else size  # pyright: ignore
        was_zoom = self.viewport.zoom
        self._picture = CanvasPicture(image, (width, height))
        self._path = path
        self.empty.hide()
        self.viewport.set_extent((width, height))
        self._after_move(was_zoom)

    def show_nothing(self) -> None:
        """The empty place again."""
        self._picture, self._path = None, ""
        self.set_facts("")
        self.empty.show()
        self.update()

    def set_empty(self, icon_name: str, text: str, button: str = "") -> None:
        """What the empty place says, and what its button says."""
        self.empty.say(icon_name, text, button)
        self._place_children()

    def set_facts(self, text: str) -> None:
        """One line in a pill under the picture; empty takes it away."""
        self.facts.setText(text)
        self.facts.setVisible(bool(text))
        self.setAccessibleDescription(text)
        self._place_children()

    @property
    def has_picture(self) -> bool:
        return self._picture is not None

    def image(self) -> QImage | None:
        """The pixels that are shown, or None."""
        return self._picture.image if self._picture is not None else None

    # zoom and pan

    @property
    def zoom(self) -> float:
        return self.viewport.zoom

    def zoom_to_fit(self) -> None:
        """The whole picture, and follow the size of the view from now on."""
        was_zoom = self.viewport.zoom
        self.viewport.fit()
        self._after_move(was_zoom)

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom to 0.1..32 around `at` (logical pixels), else around the middle."""
        was_zoom = self.viewport.zoom
        center = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        ratio = self.devicePixelRatioF()
        self.viewport.zoom_at(zoom, center.x() * ratio, center.y() * ratio)
        self._after_move(was_zoom)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom in (above 1) or out (below 1)."""
        self.zoom_to(self.viewport.zoom * factor, at)

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture by logical pixels."""
        ratio = self.devicePixelRatioF()
        self.viewport.pan(dx * ratio, dy * ratio)
        self._after_move(self.viewport.zoom)

    def _after_move(self, was_zoom: float) -> None:
        self._place_children()
        self.update()
        if self.viewport.zoom != was_zoom:
            self.zoom_changed.emit(self.viewport.zoom)

    def _place_children(self) -> None:
        self.empty.setGeometry(self.rect())
        self.facts.adjustSize()
        ratio = self.devicePixelRatioF()
        left, top, wide, high = (length / ratio for length in self.viewport.rect())
        x = left + (wide - self.facts.width()) / 2
        y = min(top + high + PILL_GAP_PX, self.height() - self.facts.height() - 4)
        x = min(max(x, 4), max(self.width() - self.facts.width() - 4, 4))
        self.facts.move(round(x), round(y))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), tokens().color("desk"))
        if self._picture is not None:
            ratio = self.devicePixelRatioF()
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            self._picture.paint(painter, self.viewport, tokens())
            painter.restore()
        if self._welcomes_drop or self.hasFocus():
            token = "accent" if self._welcomes_drop else "desk_text"
            painter.setPen(QPen(tokens().color(token), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
        self.painted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        was_zoom = self.viewport.zoom
        ratio = self.devicePixelRatioF()
        self.viewport.resize(round(self.width() * ratio), round(self.height() * ratio), ratio)
        self._after_move(was_zoom)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    # mouse, wheel, trackpad

    def wheelEvent(self, event: QWheelEvent) -> None:
        is_trackpad = (
            event.device().type() == QInputDevice.DeviceType.TouchPad and not event.pixelDelta().isNull()
        )
        if is_trackpad and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan(event.pixelDelta().x(), event.pixelDelta().y())
        elif event.angleDelta().y():
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint())))
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resizeEvent(QResizeEvent(self.size(), self.size()))
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        middle = event.button() == Qt.MouseButton.MiddleButton
        left = event.button() == Qt.MouseButton.LeftButton
        if middle or (left and self._space_is_down):
            self._grabbed = event.position()
            self._show_cursor()
        elif left and self._picture_rect().contains(event.position().toPoint()):
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            self.pan(moved.x(), moved.y())
        elif self._pressed is not None:
            distance = (event.position().toPoint() - self._pressed).manhattanLength()
            if distance >= QApplication.startDragDistance():
                self._pressed = None
                self._drag_out()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = self._pressed = None
        self._show_cursor()

    def _show_cursor(self) -> None:
        if self._grabbed is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_is_down:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def _picture_rect(self) -> QRect:
        if self._picture is None:
            return QRect()
        ratio = self.devicePixelRatioF()
        return QRect(*(round(length / ratio) for length in self.viewport.rect()))

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match Qt.Key(event.key()):
            case Qt.Key.Key_Space:
                self._space_is_down = True
                self._show_cursor()
            case Qt.Key.Key_Home:
                self.zoom_to_fit()
            case Qt.Key.Key_0 if control:
                self.zoom_to_fit()
            case Qt.Key.Key_1 if control:
                self.zoom_to(1.0)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(ZOOM_STEP)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / ZOOM_STEP)
            case Qt.Key.Key_C if control:
                self.copy()
            case Qt.Key.Key_V if control:
                self.paste_asked.emit()
            case key if key in PANS and not control:
                self.pan(*PANS[key])
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space_is_down = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space_is_down = False
        self._grabbed = None
        self._show_cursor()
        self.update()

    # in and out

    def mime_data(self) -> QMimeData:
        """The picture as a file, if it is one, and as pixels."""
        mime = QMimeData()
        if self._path:
            mime.setUrls([QUrl.fromLocalFile(self._path)])
        if self._picture is not None:
            mime.setImageData(self._picture.image)
        return mime

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        if self._picture is not None:
            QGuiApplication.clipboard().setMimeData(self.mime_data())
            self.copied.emit()

    def _drag_out(self) -> None:
        if self._picture is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mime_data())
        side = QSize(DRAG_THUMBNAIL_PX, DRAG_THUMBNAIL_PX)
        drag.setPixmap(
            QPixmap.fromImage(self._picture.image.scaled(side, Qt.AspectRatioMode.KeepAspectRatio))
        )
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is not self and has_picture(event.mimeData()):
            self._welcome_drop(True)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._welcomes_drop:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QEvent) -> None:
        self._welcome_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._welcome_drop(False)
        dropped = take_pictures(event.mimeData())
        for picture in dropped.pictures:
            self.picture_dropped.emit(picture)
        if dropped.remote and not dropped.pictures:
            self.remote_refused.emit(dropped.remote[0])
        event.acceptProposedAction()

    def _welcome_drop(self, welcome: bool) -> None:
        self._welcomes_drop = welcome
        self.update()


PANS = {
    Qt.Key.Key_Left: (PAN_PX, 0),
    Qt.Key.Key_Right: (-PAN_PX, 0),
    Qt.Key.Key_Up: (0, PAN_PX),
    Qt.Key.Key_Down: (0, -PAN_PX),
}
