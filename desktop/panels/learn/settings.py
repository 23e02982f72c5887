"""What is taught: the word that will call it, what it is, how long it may take."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.panels.icon_button import LabelledButton
from desktop.state.studio import Studio
from desktop.state.words import say
from desktop.widgets.binding import bind
from desktop.widgets.label import Label
from desktop.widgets.number import NumberSlider
from desktop.widgets.segmented import Segmented
from engine.api.errors import BadRequest
from engine.api.learnt import LearntKind
from engine.api.model_info import ModelInfo
from engine.api.training import TRAINING_LIMITS, Teaches

USUAL_MINUTES = 60
"""Where the slider ends; more can be typed."""


class LearnSettings(QWidget):
    """A form; what is wrong is said below its button, and nothing is lost."""

    started = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._learning = studio, studio.learning
        self.trigger = self._line("trigger", self.tr("e.g. zorbi"))
        self.teaches = Segmented(
            [(Teaches.SUBJECT, self.tr("Subject")), (Teaches.STYLE, self.tr("Style"))],
            name=self.tr("What the pictures share"),
        )
        self.class_words = self._line("class_words", self.tr("e.g. toy"))
        self.method = Segmented(
            [(LearntKind.LORA, self.tr("LoRA")), (LearntKind.EMBEDDING, self.tr("Word only"))],
            name=self.tr("How it is learnt"),
        )
        low, high = TRAINING_LIMITS["minutes"]
        self.minutes = NumberSlider(
            max(low, 0.5), high, step=0.5, decimals=1, slider_maximum=USUAL_MINUTES, name=self.tr("Minutes")
        )
        self.sample_prompt = self._line("sample_prompt", self.tr("the trigger alone"))
        self.licence = self._line("licence", self.tr("e.g. my own drawings"))
        for field in ("teaches", "method", "minutes"):
            bind(self._learning, field, getattr(self, field))
        self.start = LabelledButton("graduation-cap", self.tr("Start learning"), "accent_ink")
        self.start.setProperty("role", "main")
        self.start.clicked.connect(self._start)
        self.problem = Label(role="warning")
        self.problem.setWordWrap(True)
        self.model = Label(role="small")
        self.model.setWordWrap(True)
        self._lay_out()
        self._learning.changed.connect(self._on_changed)
        self._learning.lessons_changed.connect(self._show)
        self._learning.progress_changed.connect(self._show)
        studio.generation.changed.connect(self._on_model)
        studio.models.changed.connect(self._show)
        self._show()

    def _line(self, field: str, example: str) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(example)
        bind(self._learning, field, line)
        return line

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(4)
        self._labels: dict[QWidget, Label] = {}
        for words, widget in (
            (self.tr("The word that will call it"), self.trigger),
            (self.tr("What the pictures share"), self.teaches),
            (self.tr("What it is one of"), self.class_words),
            (self.tr("Time, in minutes"), self.minutes),
            (self.tr("Prompt to watch it by"), self.sample_prompt),
            (self.tr("How it is learnt"), self.method),
            (self.tr("Licence of the pictures"), self.licence),
        ):
            label = Label(words, role="dim")
            label.setBuddy(widget)
            widget.setAccessibleName(words)
            self._labels[widget] = label
            layout.addWidget(label)
            layout.addWidget(widget)
            layout.addSpacing(8)
        layout.addStretch()
        layout.addWidget(self.model)
        layout.addWidget(self.problem)
        layout.addWidget(self.start)

    def _start(self) -> None:
        try:
            job = self._learning.start()
        except BadRequest as error:
            self.problem.setText(say(error))
            self._show()
            return
        self.problem.setText("")
        self._show()
        if job is not None:
            self.started.emit()

    def _on_changed(self, _field: str) -> None:
        self.problem.setText("")
        self._show()

    def _on_model(self, field: str) -> None:
        if field == "model":
            self._show()

    def _show(self) -> None:
        is_subject = self._learning.teaches is Teaches.SUBJECT
        self.class_words.setVisible(is_subject)
        self._labels[self.class_words].setVisible(is_subject)
        self.problem.setVisible(bool(self.problem.text()))
        info = self._studio.models.get(self._studio.generation.model)
        title = info.title if info is not None else self._studio.generation.model
        why_not = self._why_not(info)
        words = why_not or self.tr("Teaches {model}, which itself stays as it is.")
        self.model.setText(words.format(model=title))
        self.model.set_role("warning" if why_not else "small")
        is_busy = self._learning.job is not None and not self._learning.job.is_over
        self.start.setEnabled(bool(self._learning.lessons) and not is_busy and not why_not)

    def _why_not(self, info: ModelInfo | None) -> str:
        """Why the chosen model cannot be taught this; empty where it can, or is not known yet."""
        if info is None or self._learning.method in info.capabilities.learns:
            return ""
        if info.capabilities.learns:
            return self.tr("{model} cannot learn a word only. Choose LoRA.")
        if info.capabilities.inpainting or info.capabilities.needs_picture:
            return self.tr("{model} changes pictures and cannot be taught. Choose the plain model.")
        return self.tr("{model} cannot be taught. Choose another model.")
