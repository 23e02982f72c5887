"""A number that can be dragged, typed and stepped."""

from __future__ import annotations

import math

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QLineEdit, QSlider, QWidget

CLAMPED_MS = 900
"""How long a number that was out of range shows that it was moved."""
SCROLL_GRACE_MS = 400
"""After the panel scrolled, the wheel keeps scrolling it, whatever slides under the pointer."""
FIELD_PX, AROUND_PX = 58, 22
"""Of the field where its numbers are short, and of padding and frame around longer ones."""
SLIDER_PX = 48
"""A slider is not narrower, but beside a long number."""
LARGEST_SLIDER = 1_000_000


class NumberSlider(QWidget):
    """A slider and beside it the number, typed with a comma or a dot.

    Enter or Tab takes what is typed, Esc brings the old number back, a number out of range goes to the
    nearest end and shows it. Arrows step by `step`, with Shift or Ctrl by a tenth; Page Up/Down by ten.
    The wheel acts only where the focus is, and never while the panel around scrolls.
    """

    value_changed = Signal(object)
    """The new int or float, when the artist or `set_value` changed it."""

    def __init__(
        self,
        minimum: float = 0,
        maximum: float = 100,
        parent: QWidget | None = None,
        *,
        step: float = 1,
        decimals: int = 0,
        suffix: str = "",
        name: str = "",
        slider_maximum: float | None = None,
    ) -> None:
        """`decimals` 0 makes an int. `slider_maximum`: where the slider ends though one may type more."""
        super().__init__(parent)
        self._minimum, self._maximum = minimum, maximum
        self._step, self._decimals, self._suffix = step, decimals, suffix
        self._slider_maximum = slider_maximum
        self._value: float = minimum
        self.slider = StepSlider(self)
        self.field = NumberField(self)
        self._clamped = QTimer(self, singleShot=True, interval=CLAMPED_MS)
        self._clamped.timeout.connect(lambda: self.field.mark_clamped(False))
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.stepped.connect(self._on_stepped)
        self.field.committed.connect(self._on_typed)
        self.field.stepped.connect(self._on_stepped)
        self.set_name(name)
        self.set_range(minimum, maximum)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.field)
        self.setFocusProxy(self.field)

    def set_name(self, name: str) -> None:
        """What a screen reader calls it."""
        self.setAccessibleName(name)
        self.slider.setAccessibleName(name)
        self.field.setAccessibleName(name)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.slider.setAccessibleName(name)
        self.field.setAccessibleName(name)

    def value(self) -> int | float:
        """An int where there are no decimals."""
        return round(self._value) if self._decimals == 0 else self._value

    def set_value(self, value: float) -> None:
        """Show `value`, moved into the range; NaN is refused with ValueError."""
        if math.isnan(value):
            raise ValueError("not a number")
        value = self._rounded(min(max(value, self._minimum), self._maximum))
        changed = value != self._value
        self._value = value
        self._show()
        if changed:
            self.value_changed.emit(self.value())

    def set_range(self, minimum: float, maximum: float) -> None:
        """Both ends included; the value moves inside."""
        self._minimum, self._maximum = minimum, maximum
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, min(round((self._slider_end() - minimum) / self._step), LARGEST_SLIDER))
        self.field.setToolTip(f"{self.text_of(minimum)} – {self.text_of(maximum)}")
        more = self.field.make_room_for(self.text_of(minimum), self.text_of(maximum))
        self.slider.setMinimumWidth(max(SLIDER_PX - more, SLIDER_PX // 2))  # together they need no more room
        self.set_value(self._value)

    def range(self) -> tuple[float, float]:
        return self._minimum, self._maximum

    def text_of(self, value: float) -> str:
        """`value` as the field writes it."""
        number = self.locale().toString(float(value), "f", self._decimals)
        number = number.replace(self.locale().groupSeparator(), "")
        return f"{number}{self._suffix}"

    def _slider_end(self) -> float:
        return self._maximum if self._slider_maximum is None else min(self._slider_maximum, self._maximum)

    def _rounded(self, value: float) -> float:
        return round(value, self._decimals)

    def _show(self) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round((self._value - self._minimum) / self._step))
        self.field.show_text(self.text_of(self._value))
        self.slider.setAccessibleDescription(self.text_of(self._value))

    def _on_slider(self, position: int) -> None:
        self.set_value(self._minimum + position * self._step)

    def _on_stepped(self, steps: float) -> None:
        smallest = 10.0**-self._decimals
        by = math.copysign(max(abs(steps) * self._step, smallest), steps)
        self.set_value(self._value + by)

    def _on_typed(self, typed: str) -> None:
        wanted = read_number(typed, self._suffix)
        if wanted is None:
            self._show()
            return
        self.set_value(wanted)
        if not self._minimum <= wanted <= self._maximum:
            self.field.mark_clamped(True)
            self._clamped.start()


def read_number(typed: str, suffix: str = "") -> float | None:
    """The number in `typed`, with a comma or a dot before the decimals; None if it is none."""
    text = typed.strip().removesuffix(suffix.strip()).strip().replace("\u2212", "-").replace(" ", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        number = float(text.replace("_", "x"))  # float("1_0") is Python's, not an artist's
    except ValueError:
        return None
    return number if math.isfinite(number) else None


STEPS = {
    Qt.Key.Key_Up: 1.0,
    Qt.Key.Key_Right: 1.0,
    Qt.Key.Key_Down: -1.0,
    Qt.Key.Key_Left: -1.0,
    Qt.Key.Key_PageUp: 10.0,
    Qt.Key.Key_PageDown: -10.0,
}
FINE = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


def steps_of(event: QKeyEvent | QWheelEvent, steps: float) -> float:
    """`steps`, a tenth of them with Shift or Ctrl held."""
    return steps / 10 if event.modifiers() & FINE else steps


class StepSlider(QSlider):
    """The slider of a `NumberSlider`: reports steps instead of taking them, so that they may be fine."""

    stepped = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(SLIDER_PX)
        self._scrolled = QElapsedTimer()
        self._panel: QAbstractScrollArea | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = STEPS.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        if mirrored and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            steps = -steps
        self.stepped.emit(steps_of(event, steps))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus() or self._panel_scrolls():
            event.ignore()
            return
        turn = event.angleDelta().y() or event.angleDelta().x()
        if turn:
            self.stepped.emit(steps_of(event, turn / 120))
        event.accept()

    def _panel_scrolls(self) -> bool:
        return self._scrolled.isValid() and self._scrolled.elapsed() < SCROLL_GRACE_MS

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        panel: QObject | None = self.parent()
        while panel is not None and not isinstance(panel, QAbstractScrollArea):
            panel = panel.parent()
        if panel is not self._panel and isinstance(panel, QAbstractScrollArea):
            panel.verticalScrollBar().valueChanged.connect(self._on_panel_scrolled)
            self._panel = panel

    def _on_panel_scrolled(self) -> None:
        self._scrolled.start()


class NumberField(QLineEdit):
    """The typed number of a `NumberSlider`."""

    committed = Signal(str)
    stepped = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "number")
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(FIELD_PX)
        self.setMaxLength(32)
        self._shown = ""
        self.editingFinished.connect(self._commit)

    def show_text(self, text: str) -> None:
        self._shown = text
        self.setText(text)

    def make_room_for(self, *texts: str) -> int:
        """None of these is cut. Returns how much wider than others the field is now."""
        self.ensurePolished()
        widest = max(self.fontMetrics().horizontalAdvance(text) for text in texts)
        width = max(FIELD_PX, widest + AROUND_PX)
        self.setFixedWidth(width)
        return width - FIELD_PX

    def mark_clamped(self, clamped: bool) -> None:
        """A heavy frame for a moment: the number typed was out of range."""
        self.setProperty("clamped", clamped)
        self.style().unpolish(self)
        self.style().polish(self)

    def _commit(self) -> None:
        if self.text() != self._shown:
            self.committed.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
            self.selectAll()
        elif key in STEPS and key not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._commit()
            self.stepped.emit(steps_of(event, STEPS[key]))
        else:
            super().keyPressEvent(event)
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.selectAll()

    def event(self, event: QEvent) -> bool:
        """While something is typed, Esc is the field's and not a shortcut of the window's."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self.text() != self._shown
        ):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.MouseFocusReason:
            QTimer.singleShot(0, self, self.selectAll)  # after the click has placed its cursor

    def hideEvent(self, event: QHideEvent) -> None:
        self._commit()
        super().hideEvent(event)
