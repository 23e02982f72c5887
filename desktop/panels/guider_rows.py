"""How what the words add is added, and in which share of the steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.panels.guider_words import guider_name, what_it_does
from desktop.state.generation import GenerationState
from desktop.widgets.binding import bind
from desktop.widgets.choice import Choice
from desktop.widgets.label import Label
from desktop.widgets.labelled_row import LabelledRow
from desktop.widgets.number import NumberSlider
from engine.api.guiders import Guider
from engine.api.request import LIMITS

STEP = 0.05


class GuiderRows(QWidget):
    """Disabled, with the reason, where the model is guided in its own way."""

    def __init__(self, generation: GenerationState) -> None:
        super().__init__()
        self._generation = generation
        self.choice = Choice(name=self.tr("Guider"))
        self.note = Label(role="dim")
        self.note.setWordWrap(True)
        self.start = self._slider("guidance_start", self.tr("Guided from this share of the steps"))
        self.stop = self._slider("guidance_stop", self.tr("Guided up to this share of the steps"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        tip = self.tr("In this share of the steps the words pull; in the others the prompt is asked alone")
        for row in (
            LabelledRow(self.tr("Guider"), self.choice, self.tr("How what the words add is added")),
            self.note,
            LabelledRow(self.tr("From"), self.start, tip),
            LabelledRow(self.tr("Up to"), self.stop, tip),
        ):
            layout.addWidget(row)
        self.choice.activated.connect(self._choose)
        generation.changed.connect(self._on_changed)

    def offer(self, guiders: Sequence[Guider]) -> None:
        """Those of the present model; none: it is guided in its own way."""
        with QSignalBlocker(self.choice):
            self.choice.clear()
            for guider in guiders or (Guider.CFG,):
                self.choice.addItem(guider_name(guider), guider)
        for control in (self.choice, self.start, self.stop):
            control.setEnabled(bool(guiders))
            control.setToolTip("" if guiders else self.tr("This model is guided in its own way."))
        self._show()

    def _slider(self, field: str, name: str) -> NumberSlider:
        low, high = LIMITS[field]
        slider = NumberSlider(low, high, step=STEP, decimals=2, name=name)
        bind(self._generation, field, slider)
        return slider

    def _on_changed(self, field: str) -> None:
        if field == "guider":
            self._show()

    def _show(self) -> None:
        guider = self._generation.guider
        with QSignalBlocker(self.choice):
            self.choice.setCurrentIndex(self.choice.findData(guider))
        self.note.setText(what_it_does(guider) if self.choice.isEnabled() else "")
        self.note.setVisible(self.choice.isEnabled())

    def _choose(self, index: int) -> None:
        self._generation.guider = Guider(self.choice.itemData(index))
