"""The one main button, what it will do and how long that takes; Stop and Cancel while something runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.panels.durations import estimate, say_duration, say_progress
from desktop.panels.icon_button import LabelledButton
from desktop.state.editing.edit_settings import Intent
from desktop.state.jobs import Job
from desktop.state.studio import Studio
from desktop.widgets.label import Label

WIDTH_PX = 264


class GeneratePanel(QWidget):
    """Beside the prompt, of the same height."""

    generate_asked = Signal()
    stop_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.generate = LabelledButton("play", self.tr("Generate"), "accent_ink")
        self.generate.setObjectName("generate")
        self.generate.clicked.connect(self.generate_asked)
        self.facts = self._dim_label()
        self.progress = self._dim_label()
        self.stop = LabelledButton("square", self.tr("Stop and keep"))
        self.stop.setToolTip(self.tr("Finish the picture from what is there (Esc)"))
        self.stop.clicked.connect(self.stop_asked)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Stop and throw the unfinished picture away (Esc twice)"))
        self.cancel.clicked.connect(self.cancel_asked)
        self._lay_out()
        self._follow()

    def _dim_label(self) -> Label:
        label = Label(role="small")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return label

    def _lay_out(self) -> None:
        self.setFixedWidth(WIDTH_PX)
        self.running = QWidget()
        buttons = QHBoxLayout(self.running)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self.stop, 1)
        buttons.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.generate)
        layout.addWidget(self.facts)
        layout.addWidget(self.progress)
        layout.addStretch()
        layout.addWidget(self.running)
        for widget in (self.progress, self.running):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # the prompt must not move when a job starts
            widget.setSizePolicy(policy)

    def _follow(self) -> None:
        jobs = self._studio.jobs
        self._studio.generation.changed.connect(self._on_generation_changed)
        jobs.changed.connect(self._on_job_changed)
        jobs.step_arrived.connect(self._on_job_changed)
        jobs.removed.connect(self._on_job_changed)
        self._studio.editing.sight.changed.connect(self._show_facts)
        self._studio.edit.changed.connect(self._on_edit_changed)
        self._studio.speeds.changed.connect(self._show_facts)
        self._show_facts()
        self._show_running()

    def _on_generation_changed(self, field: str) -> None:
        if field in ("images", "steps", "model", "width", "height", "strength", "image", "speed"):
            self._show_facts()

    def _on_edit_changed(self, field: str) -> None:
        if field in ("intent", "strength"):
            self._show_facts()

    def _on_job_changed(self, job: Job, _step: object = None) -> None:
        self._show_facts()
        self._show_running()

    def _show_facts(self) -> None:
        images = self._studio.generation.images
        parts = [self.tr("Ctrl+Enter"), self.tr("%n picture(s)", "", images)]
        seconds = self._estimate()
        if seconds is not None:
            parts.append(self.tr("about {time}").format(time=say_duration(seconds)))
        self.facts.setText("  ·  ".join(parts))

    def _estimate(self) -> float | None:
        """Of an edit as many steps as it has places; None also where nothing says what would change."""
        jobs, generation, edit = self._studio.jobs, self._studio.generation, self._studio.edit
        pace = self._studio.speeds.pace(generation.model, generation.speed)
        if edit.intent is Intent.NEW:
            return estimate(jobs, generation, pace=pace)
        sight = self._studio.editing.sight.sight
        if sight is None or not sight.plan.places:
            return None
        return estimate(jobs, generation, [place.working for place in sight.plan.places], edit.strength, pace)

    def _show_running(self) -> None:
        job = self._studio.jobs.running
        self.running.setVisible(job is not None)
        self.progress.setVisible(job is not None)
        if job is not None:
            self.progress.setText(say_progress(job))
