"""A mouse and a pen on a real canvas, and what is seen there."""

from __future__ import annotations

from pens import picture
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.canvas.view import CanvasView
from desktop.state.document.document import Document

LEFT, RIGHT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
NO_KEYS, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


def document_of(canvas: CanvasView) -> Document:
    assert canvas.item is not None
    return canvas.item.document


def at(canvas: CanvasView, x: float, y: float) -> QPoint:
    """Where a point of the document is seen (logical pixels)."""
    return QPointF(*canvas.viewport.to_view(x, y)).toPoint()


def drag(canvas: CanvasView, *points: tuple[float, float], keys=NO_KEYS) -> None:
    QTest.mousePress(canvas, LEFT, keys, at(canvas, *points[0]))
    for point in points[1:]:
        move(canvas, *point, keys=keys)
    QTest.mouseRelease(canvas, LEFT, keys, at(canvas, *points[-1]))


def move(canvas: CanvasView, x: float, y: float, buttons=LEFT, keys=NO_KEYS) -> None:
    place = QPointF(at(canvas, x, y))
    event = QMouseEvent(QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), NO_BUTTON, buttons, keys)
    QApplication.sendEvent(canvas, event)


PENS: dict[bool, QPointingDevice] = {}


def pen_device(is_eraser: bool) -> QPointingDevice:
    if is_eraser not in PENS:
        end = QPointingDevice.PointerType.Eraser if is_eraser else QPointingDevice.PointerType.Pen
        able = QInputDevice.Capability.Pressure | QInputDevice.Capability.XTilt
        PENS[is_eraser] = QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus, end, able, 1, 3)
    return PENS[is_eraser]


def pen(
    canvas: CanvasView, kind: QEvent.Type, x: float, y: float, pressure: float = 1.0,
    is_eraser: bool = False, button=LEFT, tilt: float = 0, keys=NO_KEYS,
) -> bool:  # fmt: skip
    """One tablet event at a point of the document; whether it was taken."""
    place = QPointF(*canvas.viewport.to_view(x, y))
    held = NO_BUTTON if kind == QEvent.Type.TabletRelease else button
    event = QTabletEvent(
        kind, pen_device(is_eraser), place, canvas.mapToGlobal(place), pressure, tilt, 0, 0, 0, 0, keys,
        NO_BUTTON if kind == QEvent.Type.TabletMove else button, held,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def pen_stroke(canvas: CanvasView, points: list[tuple[float, float]], pressures: list[float], **held) -> None:
    pen(canvas, QEvent.Type.TabletPress, *points[0], pressures[0], **held)
    for point, pressure in zip(points[1:], pressures[1:], strict=True):
        pen(canvas, QEvent.Type.TabletMove, *point, pressure, **held)
    pen(canvas, QEvent.Type.TabletRelease, *points[-1], 0.0, **held)


def width_at(canvas: CanvasView, x: int) -> int:
    """Rows that are red in a column of the document."""
    column = picture(document_of(canvas))[:, x].astype(int)
    return int(((column[:, 2] > 200) & (column[:, 1] < 100)).sum())


def seen(canvas: CanvasView, x: float, y: float) -> QColor:
    return shown(canvas).pixelColor(at(canvas, x, y))


def shown(canvas: CanvasView) -> QImage:
    """The view, when everything is there that one frame had no time for."""
    canvas.grab()
    while canvas.item is not None and canvas.item.is_late:
        QApplication.processEvents()
        canvas.grab()
    return canvas.grab().toImage()
