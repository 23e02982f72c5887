"""How far the teaching is: the curve, the words, and what one can do about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.panels.durations import say_progress
from desktop.panels.icon_button import LabelledButton
from desktop.panels.learn.samples import Samples
from desktop.state.jobs import JobState
from desktop.state.learning import Learning
from desktop.state.words import say
from desktop.widgets.label import Label
from desktop.widgets.loss_curve import LossCurve
from desktop.widgets.progress import ProgressLine

MOST_NOTICES = 4


class LearnProgress(QWidget):
    """Empty until something is taught."""

    use_asked = Signal()
    """The artist wants what is learnt on the canvas."""

    def __init__(self, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self.samples = Samples(learning)
        self.curve = LossCurve()
        self.curve.setAccessibleName(self.tr("How wrong it still is"))
        self.curve.setToolTip(self.tr("How wrong the model still is on the lessons; lower is better"))
        self.line = ProgressLine()
        self.state = Label(role="title")
        self.notices = Label(role="small")
        self.notices.setWordWrap(True)
        self.stop = LabelledButton("square", self.tr("Stop and keep"))
        self.stop.setToolTip(self.tr("End now and keep what is learnt so far"))
        self.stop.clicked.connect(learning.stop)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.cancel.text())
        self.cancel.setToolTip(self.tr("End and keep nothing"))
        self.cancel.clicked.connect(learning.cancel)
        self.use = LabelledButton("brush", self.tr("Use on the canvas"), "accent_ink")
        self.use.setProperty("role", "main")
        self.use.clicked.connect(self.use_asked)
        self._lay_out()
        learning.progress_changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.state, 1)
        for button in (self.stop, self.cancel, self.use):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.samples, 1)
        layout.addWidget(self.line)
        layout.addLayout(buttons)
        layout.addWidget(self.curve)
        layout.addWidget(self.notices)

    def take_focus(self) -> None:
        """What one can do about it next, for whoever has just begun it with the keyboard."""
        for button in (self.use, self.stop, self.cancel):
            if not button.isHidden():
                button.setFocus()
                return

    def _show(self) -> None:
        job = self._learning.job
        is_running = job is not None and job.state is JobState.RUNNING
        had_focus = self.stop.hasFocus() or self.cancel.hasFocus()
        self.use.setVisible(job is not None and job.state is JobState.DONE)
        self.stop.setVisible(self._learning.is_at_work)
        self.cancel.setVisible(job is not None and not job.is_over)
        if had_focus:
            self.take_focus()
        self.state.setText(self._state_text())
        self.curve.show_values(self._learning.losses, job.share if is_running and job is not None else 1.0)
        self.notices.setText("\n".join(say(notice) for notice in self._learning.notices[-MOST_NOTICES:]))
        self.notices.setVisible(bool(self._learning.notices))
        if job is None or job.is_over:
            self.line.clear()
        elif job.loading is not None or not job.step:
            self.line.set_busy()
        else:
            self.line.set_progress(round(1000 * job.share), 1000)

    def _state_text(self) -> str:
        job = self._learning.job
        if job is None:
            return self.tr("Here you will see how it comes along.")
        match job.state:
            case JobState.QUEUED:
                return self.tr("Waits in the queue")
            case JobState.RUNNING:
                return say_progress(job)
            case JobState.DONE:
                return self.tr("Learnt")
            case JobState.CANCELLED:
                return self.tr("Cancelled")
            case JobState.FAILED:
                return say(job.error) if job.error is not None else self.tr("Failed")
