"""How the picture came out of the noise: its kept steps under a slider."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from desktop.state.job import Job, KeptStep
from desktop.widgets.label import Label


class StepScrubber(QWidget):
    """The last place is the finished picture. Hidden where no step is kept."""

    step_chosen = Signal(object)
    """`KeptStep`, or None for the finished picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self._steps: list[KeptStep] = []
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step"))
        self.slider.setPageStep(5)
        self.words = Label(role="small")
        self.words.setMinimumWidth(140)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 4)
        layout.setSpacing(12)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.words)
        self.slider.valueChanged.connect(self._on_value)
        self.hide()

    def offer(self, job: Job | None, steps: list[KeptStep]) -> None:
        """The steps of the picture that is looked at, oldest first; none hides the slider."""
        self.job, self._steps = job, [step for step in steps if step.preview is not None]
        self.setVisible(bool(self._steps))
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(self._steps))
        self.slider.setValue(len(self._steps))
        self.slider.blockSignals(False)
        self._say()

    @property
    def step(self) -> KeptStep | None:
        """None where the finished picture is looked at."""
        value = self.slider.value()
        return self._steps[value] if value < len(self._steps) else None

    def _on_value(self) -> None:
        self._say()
        self.step_chosen.emit(self.step)

    def _say(self) -> None:
        step = self.step
        if step is None:
            self.words.setText(self.tr("finished"))
        else:
            text = self.tr("step {number} of {total}")
            self.words.setText(text.format(number=step.index, total=step.total))
        self.slider.setAccessibleDescription(self.words.text())
