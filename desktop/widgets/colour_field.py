"""A colour chosen by eye: hue along a bar, saturation and lightness in a field."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.theme import tokens

BAR_PX, GAP_PX = 16, 10
STEP, LARGE_STEP = 0.01, 0.1


class ColourField(QWidget):
    """Arrows move in the field, Page Up and Down along the hue, with Shift in larger steps."""

    value_changed = Signal(object)
    """A QColor, when the artist chose it."""

    def __init__(self, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(parent)
        self._hue, self._saturation, self._value = 0.0, 0.0, 0.0
        self._drags_hue = False
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def sizeHint(self) -> QSize:
        return QSize(220, 150 + GAP_PX + BAR_PX)

    def value(self) -> QColor:
        return QColor.fromHsvF(self._hue, self._saturation, self._value)

    def set_value(self, color: QColor) -> None:
        """Grey and black keep the hue that is shown."""
        if color.rgb() == self.value().rgb():
            return
        hue, saturation, value = color.hsvHueF(), color.hsvSaturationF(), color.valueF()
        if hue >= 0 and saturation > 0 and value > 0:
            self._hue = float(min(hue, 0.9999))
        if value > 0:
            self._saturation = float(saturation)
        self._value = float(value)
        self._show()

    def _show(self) -> None:
        self.setAccessibleDescription(self.value().name())
        self.update()

    def _choose(self) -> None:
        self._show()
        self.value_changed.emit(self.value())

    @property
    def _field(self) -> QRectF:
        return QRectF(1, 1, self.width() - 2, self.height() - GAP_PX - BAR_PX - 2)

    @property
    def _bar(self) -> QRectF:
        return QRectF(1, self.height() - BAR_PX - 1, self.width() - 2, BAR_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field, bar = self._field, self._bar
        painter.setPen(Qt.PenStyle.NoPen)
        across = QLinearGradient(field.topLeft(), field.topRight())
        across.setColorAt(0, QColor("#ffffff"))
        across.setColorAt(1, QColor.fromHsvF(self._hue, 1, 1))
        down = QLinearGradient(field.topLeft(), field.bottomLeft())
        down.setColorAt(0, QColor(0, 0, 0, 0))
        down.setColorAt(1, QColor("#000000"))
        rainbow = QLinearGradient(bar.topLeft(), bar.topRight())
        for sixth in range(7):
            rainbow.setColorAt(sixth / 6, QColor.fromHsvF(min(sixth / 6, 0.9999), 1, 1))
        for brush, place in ((across, field), (down, field), (rainbow, bar)):
            painter.setBrush(brush)
            painter.drawRoundedRect(place, 4, 4)
        self._paint_mark(painter, self._place(), 6)
        self._paint_mark(
            painter, QPointF(bar.left() + self._hue * bar.width(), bar.center().y()), BAR_PX / 2 - 1
        )
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens().color("text"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, 0, 0, 0), 5, 5)
        painter.end()

    def _place(self) -> QPointF:
        field = self._field
        return QPointF(
            field.left() + self._saturation * field.width(), field.top() + (1 - self._value) * field.height()
        )

    def _paint_mark(self, painter: QPainter, at: QPointF, radius: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 160), 3.5), (QColor("#ffffff"), 1.75)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(at, radius, radius)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drags_hue = event.position().y() > self._field.bottom() + GAP_PX / 2
        self._take(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._take(event.position())

    def _take(self, at: QPointF) -> None:
        field, bar = self._field, self._bar
        if self._drags_hue:
            self._hue = min(max((at.x() - bar.left()) / bar.width(), 0.0), 0.9999)
        else:
            self._saturation = min(max((at.x() - field.left()) / field.width(), 0.0), 1.0)
            self._value = 1 - min(max((at.y() - field.top()) / field.height(), 0.0), 1.0)
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left | Qt.Key.Key_Right as key:
                by = step if key == Qt.Key.Key_Right else -step
                self._saturation = min(max(self._saturation + by, 0.0), 1.0)
            case Qt.Key.Key_Up | Qt.Key.Key_Down as key:
                by = step if key == Qt.Key.Key_Up else -step
                self._value = min(max(self._value + by, 0.0), 1.0)
            case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown as key:
                by = step if key == Qt.Key.Key_PageUp else -step
                self._hue = min((self._hue + by) % 1.0, 0.9999)
            case _:
                super().keyPressEvent(event)
                return
        self._choose()
