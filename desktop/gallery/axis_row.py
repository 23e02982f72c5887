"""One axis of a sheet as one sets it: what varies, and its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop.widgets.choice import Choice
from desktop.widgets.icons import icon
from desktop.widgets.label import Label
from engine.sheets.axis import Axis, AxisKind, read_values

Kind = tuple[AxisKind, str]
"""A kind, and the LoRA's name where it is one."""


class AxisRow(QWidget):
    """A choice of settings, a line of values, and a menu of values there are."""

    changed = Signal()

    def __init__(
        self,
        name: str,
        kinds: Sequence[tuple[Kind | None, str]],
        known: Callable[[Kind], Sequence[tuple[str, str]]],
        parent: QWidget | None = None,
    ) -> None:
        """`kinds` are (kind, text), None for no axis; `known` gives (value, text) of what can be chosen."""
        super().__init__(parent)
        self._kinds = [kind for kind, _ in kinds]
        self._known = known
        self.kind = Choice(name=name)
        self.kind.addItems([text for _, text in kinds])
        self.values = QLineEdit()
        self.values.setAccessibleName(self.tr("Values of {axis}").format(axis=name))
        self.more = QToolButton()
        self.more.setIcon(icon("plus"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setAccessibleName(self.tr("Add a value to {axis}").format(axis=name))
        self.more.setToolTip(self.tr("Add a value"))
        self.menu = QMenu(self.more)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self.menu)
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.values.textChanged.connect(lambda _: self.changed.emit())
        self._lay_out()
        self._on_kind()

    def axis(self) -> Axis | None:
        """None where none is chosen. Raises `BadRequest` where its values cannot be."""
        kind = self.chosen()
        if kind is None:
            return None
        return Axis(kind[0], read_values(kind[0], self.values.text()), kind[1]).checked()

    def chosen(self) -> Kind | None:
        return self._kinds[self.kind.currentIndex()]

    def set_axis(self, kind: Kind, values: str) -> None:
        if kind in self._kinds:
            self.kind.setCurrentIndex(self._kinds.index(kind))
            self.values.setText(values)

    def say(self, problem: str) -> None:
        """What is wrong with it, else what it wants."""
        self.note.setText(problem or self._advice())

    def _advice(self) -> str:
        match self.chosen():
            case (AxisKind.PROMPTS, _):
                return self.tr("The first words stand in the prompt; the others take their place.")
            case (AxisKind.SEEDS | AxisKind.STEPS, _):
                return self.tr("Numbers with commas, or a range such as 1..4 or 10..30:10.")
            case (AxisKind.GUIDANCE | AxisKind.STRENGTH | AxisKind.LORA, _):
                return self.tr("Numbers with commas, or a range such as 3..9:1.5.")
            case None:
                return ""
        return self.tr("Choose them with +, or write them with commas.")

    def _on_kind(self) -> None:
        kind = self.chosen()
        self.values.setEnabled(kind is not None)
        self.more.setEnabled(kind is not None and bool(self._known(kind)))
        self.values.setPlaceholderText(EXAMPLES.get(kind[0], "") if kind is not None else "")
        self.say("")
        self.changed.emit()

    def _fill_menu(self) -> None:
        self.menu.clear()
        kind = self.chosen()
        for value, text in self._known(kind) if kind is not None else ():
            self.menu.addAction(text.replace("&", "&&"), lambda value=value: self._add(value))

    def _add(self, value: str) -> None:
        written = f'"{value}"' if "," in value else value
        before = self.values.text().strip().rstrip(",")
        self.values.setText(f"{before}, {written}" if before else written)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.kind, 3)
        row.addWidget(self.values, 5)
        row.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.note)


EXAMPLES = {
    AxisKind.SEEDS: "1..4",
    AxisKind.GUIDANCE: "3, 5, 7",
    AxisKind.STEPS: "10..30:10",
    AxisKind.STRENGTH: "0.4, 0.6, 0.8",
    AxisKind.LORA: "0, 0.5, 1",
}
