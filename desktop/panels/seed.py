"""The seed: typed, rolled, or locked so that the next picture is the same."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.panels.icon_button import IconButton
from desktop.panels.typed_number import TypedNumber
from desktop.state.generation import GenerationState
from desktop.widgets.icons import icon
from desktop.widgets.label import Label
from engine.api.request import LIMITS


class SeedRow(QWidget):
    """Any whole number up to 2**64 - 1."""

    def __init__(self, generation: GenerationState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._generation = generation
        low, high = LIMITS["seed"]
        self.number = TypedNumber(generation, "seed", int(low), int(high))
        self.number.setAccessibleName(self.tr("Seed"))
        self.dice = IconButton("dices", self.tr("Roll a new seed"), "Ctrl+R")
        self.dice.clicked.connect(generation.roll_seed)
        self.lock = IconButton("lock", self.tr("Keep this seed"))
        self.lock.setCheckable(True)
        self.lock.toggled.connect(self._on_lock)
        label = Label(self.tr("Seed"), role="dim")
        label.setBuddy(self.number)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label)
        layout.addWidget(self.number, 1)
        layout.addWidget(self.dice)
        layout.addWidget(self.lock)
        generation.changed.connect(self._on_changed)
        self._show_lock()

    def _on_lock(self, is_locked: bool) -> None:
        self._generation.seed_locked = is_locked
        self._show_lock()

    def _on_changed(self, field: str) -> None:
        if field == "seed_locked":
            self._show_lock()

    def _show_lock(self) -> None:
        is_locked = self._generation.seed_locked
        self.lock.setChecked(is_locked)
        self.lock.setIcon(icon("lock" if is_locked else "lock-open"))
        self.lock.setToolTip(
            self.tr("The seed stays: the same settings give the same picture")
            if is_locked
            else self.tr("Each Generate rolls a new seed")
        )
