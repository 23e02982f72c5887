"""Settings for generating are part of the document's history: what was changed is undone in its turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, QTimer

from desktop.state.document.document import Document
from desktop.state.documents import Documents
from desktop.state.generation import GenerationState
from engine.api.form import to_json

REST_MS = 700
"""Typing and sliding rest so long before they are a step."""
FIELDS = (
    "model", "prompt", "negative_prompt", "width", "height", "steps", "guidance", "guidance_rescale",
    "guider", "guidance_start", "guidance_stop", "image_guidance", "box_share", "layers", "scheduler",
    "strength", "images", "vae", "styles",
)  # fmt: skip
"""Not the seed: it rolls by itself."""
LORAS, REFERENCES = "loras", "references"


class SettingsSteps(QObject):
    """Between the settings and the open document, once that was begun."""

    def __init__(
        self,
        generation: GenerationState,
        documents: Documents,
        choose_model: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation, self._documents, self._choose_model = generation, documents, choose_model
        self._followed: Document | None = None
        self._is_restoring = False
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self.take)
        generation.changed.connect(self._on_changed)
        documents.changed.connect(self._follow)
        self._follow()

    def take(self) -> None:
        """Make what was changed a step of the history now."""
        self._timer.stop()
        document, settings = self._documents.current, self._settings()
        if self._documents.is_pristine or document.is_closed or settings == document.state.settings:
            return
        if document.is_busy:
            self._timer.start()
            return
        before = json.loads(document.state.settings or "{}")
        now = json.loads(settings)
        changed = [name for name in now if before.get(name) != now[name]]
        is_prompt = changed == ["prompt"]
        prompt, other = QT_TRANSLATE_NOOP("History", "Prompt"), QT_TRANSLATE_NOOP("History", "Settings")
        with document.begin(prompt if is_prompt else other, merge=_merge(changed, now)):
            document.set_state(replace(document.state, settings=settings))

    def _settings(self) -> str:
        plain = {name: getattr(self._generation, name) for name in FIELDS}
        lists = {LORAS: self._generation.loras, REFERENCES: self._generation.references}
        return json.dumps({**plain, **to_json(lists)})

    def _on_changed(self, name: str) -> None:
        if name not in (*FIELDS, LORAS, REFERENCES) or self._is_restoring:
            return
        if self._documents.is_pristine:  # what one steps back to is how it was when painting began
            self._documents.current.begin_with_settings(self._settings())
        else:
            self._timer.start()

    def _follow(self) -> None:
        document = self._documents.current
        if document is not self._followed:
            self._followed = document
            document.settings_restored.connect(self._restore)
        if not document.state.settings:
            document.begin_with_settings(self._settings())

    def _restore(self, settings: str) -> None:
        """What the step before (or the one after) had."""
        self._timer.stop()
        form: dict[str, Any] = json.loads(settings or "{}")
        self._is_restoring = True
        try:
            if form.get("model", self._generation.model) != self._generation.model:
                self._choose_model(form["model"])
            for name in FIELDS[1:]:
                if name in form:
                    setattr(self._generation, name, form[name])
            self._generation.restore_loras(form.get(LORAS))
            self._generation.restore_references(form.get(REFERENCES))
        finally:
            self._is_restoring = False


def _merge(changed: list[str], now: dict[str, Any]) -> str:
    """Steps in a row that tell the same are one: of a slider that moves, of what is typed. What goes away or
    is emptied after it came is a step of its own."""
    worn = [lora["name"] for lora in now[LORAS]]
    has_words = (bool(now["prompt"]), bool(now["negative_prompt"]))
    return json.dumps(["settings", changed, worn, len(now[REFERENCES]), now["styles"], has_words])
