"""Model, device, speed and health of the engine in one small line."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from desktop.panels.durations import say_rate
from desktop.panels.state_dot import Health, StateDot
from desktop.state.jobs import Job
from desktop.state.studio import Studio
from desktop.widgets.label import ElidedLabel, plain_tooltip
from engine.api.events import Ready

HEIGHT_PX = 34
SHORT = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}
"""Precisions as artists see them written."""


class EnginePill(QFrame):
    """`Starter 128 · CPU bf16 · 0.07 s/step` with a dot that says whether it rests, works or is away."""

    def __init__(self, studio: Studio, ready: Ready | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("engine_pill")
        self._studio = studio
        self.dot = StateDot()
        self.text = ElidedLabel(role="dim")
        self.text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        self.setFixedHeight(HEIGHT_PX)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(8)
        layout.addWidget(self.dot)
        layout.addWidget(self.text)
        self._ready = ready
        self._rate: float | None = None
        studio.generation.changed.connect(self._on_setting)
        studio.models.changed.connect(self._show)
        studio.engine.engine_ready.connect(self._on_ready)
        studio.engine.engine_lost.connect(self._on_lost)
        studio.jobs.changed.connect(self._on_job)
        self._show()

    def _on_setting(self, field: str) -> None:
        if field in ("model", "speed"):
            self._show()

    def _on_job(self, job: Job) -> None:
        self._rate = job.seconds_per_step or self._rate
        self._show()

    def _on_ready(self, ready: Ready) -> None:
        self._ready = ready
        self._show()

    def _on_lost(self, _error: object) -> None:
        self._ready = None
        self._show()

    def _show(self) -> None:
        generation = self._studio.generation
        info = self._studio.models.get(generation.model)
        parts = [info.title if info is not None else generation.model]
        if self._ready is None:
            parts.append(self.tr("the engine is starting"))
        else:
            device, dtype = self._ready.device.split(":")[0].upper(), self._ready.environment.dtype
            parts.append(f"{device} {SHORT.get(dtype, dtype)}".strip())
        if self._rate is not None:
            parts.append(say_rate(self._rate))
        self.text.setText("  ·  ".join(parts))
        self._show_dot()

    def _show_dot(self) -> None:
        is_working = self._studio.jobs.running is not None
        if self._ready is None:
            self.dot.show_health(Health.AWAY)
        else:
            self.dot.show_health(Health.WORKS if is_working else Health.RESTS)
        if self._ready is None:
            said = self.tr("The engine is starting")
        else:
            said = self.tr("The engine works") if is_working else self.tr("The engine rests")
        hardware = self._ready.device_title if self._ready is not None else ""
        self.setToolTip(plain_tooltip(f"{said}\n{hardware}".strip()))
        self.setAccessibleName(f"{said}. {self.text.text()}")
