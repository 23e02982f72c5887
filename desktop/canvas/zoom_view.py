"""A view that one can pan and zoom by wheel, trackpad, mouse and keys, whatever it shows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from desktop.canvas.viewport import Viewport

ZOOM_STEP = 1.25
PAN_PX = 64


class ZoomView(QWidget):
    """The wheel zooms at the cursor, middle drag or Space and drag pan, a trackpad pans and pinches;
    Ctrl+0 or Home fits, Ctrl+1 shows actual pixels, + and - zoom, arrows pan.
    """

    zoom_changed = Signal(float)
    """1.0 is one picture pixel on one of the screen's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewport = Viewport()
        self._grabbed: QPointF | None = None
        self._space_is_down = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)

    def usual_cursor(self) -> QCursor | None:
        """The pointer while nothing is dragged; None is the arrow."""
        return None

    def picture_moved(self) -> None:
        """The picture lies elsewhere in the view; for what lies beside it."""

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
        self.picture_moved()
        self.update()
        if self.viewport.zoom != was_zoom:
            self.zoom_changed.emit(self.viewport.zoom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        was_zoom = self.viewport.zoom
        ratio = self.devicePixelRatioF()
        self.viewport.resize(round(self.width() * ratio), round(self.height() * ratio), ratio)
        self._after_move(was_zoom)

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

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            self.pan(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self._show_cursor()

    def _show_cursor(self) -> None:
        if self._grabbed is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_is_down:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif (cursor := self.usual_cursor()) is not None:
            self.setCursor(cursor)
        else:
            self.unsetCursor()

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

    @property
    def is_grabbed(self) -> bool:
        """Whether a drag pans just now."""
        return self._grabbed is not None

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space_is_down = False
        self._grabbed = None
        self._show_cursor()
        self.update()


PANS = {
    Qt.Key.Key_Left: (PAN_PX, 0),
    Qt.Key.Key_Right: (-PAN_PX, 0),
    Qt.Key.Key_Up: (0, PAN_PX),
    Qt.Key.Key_Down: (0, -PAN_PX),
}
