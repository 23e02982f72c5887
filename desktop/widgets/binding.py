"""A widget shows a field of some state and writes to it: `bind(generation, "steps", slider)`."""

from __future__ import annotations

from typing import Any, Protocol, cast, runtime_checkable

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget


@runtime_checkable
class ValueWidget(Protocol):
    """What `bind` asks of our own widgets."""

    value_changed: SignalInstance

    def value(self) -> Any: ...
    def set_value(self, value: Any) -> None: ...


class Binding(QObject):
    """The two-way connection; belongs to the widget and ends with it."""

    refused = Signal(str)
    """The state did not take what was entered; the widget shows the old value again."""

    def __init__(self, observable: QObject, field: str, widget: QWidget) -> None:
        super().__init__(widget)
        self.observable = observable
        self.field = field
        self.widget = widget
        edited = changed_signal(widget)
        self.show_value()
        edited.connect(self._on_widget_changed)
        cast(Any, observable).changed.connect(self._on_state_changed)

    def show_value(self) -> None:
        """Show the state's value; a widget that already shows it is left alone (the cursor stays)."""
        value = getattr(self.observable, self.field)
        if read(self.widget) != value:
            write(self.widget, value)

    def _on_state_changed(self, field: str) -> None:
        if field == self.field:
            self.show_value()

    def _on_widget_changed(self) -> None:
        try:
            setattr(self.observable, self.field, read(self.widget))
        except ValueError as error:
            self.refused.emit(str(error))
        self.show_value()  # the state may have rounded, or refused


def bind(observable: QObject, field: str, widget: QWidget) -> Binding:
    """Keep `widget` and `observable.field` the same until one of them is gone.

    `observable` is any QObject with `changed = Signal(str)` and plain attributes. A combo box is bound by
    its items' data. Raises TypeError for a widget that holds no value.
    """
    return Binding(observable, field, widget)


def changed_signal(widget: QWidget) -> SignalInstance:
    """The signal that says the artist changed the value."""
    match widget:
        case QLineEdit():
            return widget.textEdited
        case QAbstractButton():
            return widget.toggled
        case QComboBox():
            return widget.currentIndexChanged
        case QSpinBox() | QDoubleSpinBox():
            return widget.valueChanged
        case ValueWidget():
            return widget.value_changed
    raise TypeError(f"{type(widget).__name__} holds no value to bind")


def read(widget: QWidget) -> Any:
    """The widget's present value."""
    match widget:
        case QLineEdit():
            return widget.text()
        case QAbstractButton():
            return widget.isChecked()
        case QComboBox():
            return widget.currentData()
        case QSpinBox() | QDoubleSpinBox():
            return widget.value()
    return cast(ValueWidget, widget).value()


def write(widget: QWidget, value: Any) -> None:
    """Show `value`; a combo box that has no such item shows none."""
    match widget:
        case QLineEdit():
            widget.setText(value)
        case QAbstractButton():
            widget.setChecked(bool(value))
        case QComboBox():
            blocked = widget.blockSignals(True)  # showing the state's value is not the artist choosing
            widget.setCurrentIndex(widget.findData(value))
            widget.blockSignals(blocked)
        case QSpinBox() | QDoubleSpinBox():
            widget.setValue(value)
        case _:
            cast(ValueWidget, widget).set_value(value)
