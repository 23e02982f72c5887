"""Maps that networks of the artist's draw, seen before a picture is made: the engine looks, newest wins."""

from __future__ import annotations

import itertools
from typing import Any

from PySide6.QtCore import QObject, QTimer

from desktop.bridge.engine_thread import EngineThread
from desktop.state.editing.map_views import MapView, MapViews
from engine.api.errors import EngineError
from engine.api.events import Event, MapReady
from engine.api.look import LookRequest

REST_MS = 400
"""The picture rests this long before a network looks at it: each look may take a second."""
MOST_KEPT = 12
"""Answers; a step back in the history needs no other look."""

Key = tuple[str, str, str, float]
"""The picture's hash, the kind, the network, the detail."""


class MapLooking(QObject):
    """Asks for what `views` lacks. A look at what is no longer there is cancelled."""

    def __init__(self, engine: EngineThread, views: MapViews, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._views = engine, views
        self._numbers = itertools.count(1)
        self._asked: dict[str, Key] = {}
        self._answers: dict[Key, MapReady | EngineError] = {}
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._ask)
        views.changed.connect(self._follow)
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.finished.connect(self._end)
        engine.cancelled.connect(self._end)
        engine.failed.connect(self._fail)

    def cancel(self) -> None:
        """Nothing more is looked at until something changes."""
        self._resting.stop()
        for job_id in list(self._asked):
            self._engine.cancel(job_id)
            self._end(job_id)

    def forget_errors(self) -> None:
        """Other networks may be here now."""
        self._answers = {key: made for key, made in self._answers.items() if isinstance(made, MapReady)}

    def _follow(self) -> None:
        """What is known already is shown at once."""
        wanted = {id: view for id, view in self._views.views.items() if view.is_guess}
        keys = {id: _key(view) for id, view in wanted.items()}
        for job_id, key in list(self._asked.items()):
            if key not in keys.values():
                self._engine.cancel(job_id)
                self._end(job_id)
        known = {id: self._answers[key] for id, key in keys.items() if key in self._answers}
        if known:
            self._views.answer(known)
        elif wanted:
            self._resting.start()

    def _ask(self) -> None:
        for view in self._views.views.values():
            key = _key(view) if view.is_guess else None
            if key is None or view.picture is None or key in self._asked.values():
                continue
            given = view.given
            job_id = f"look-{next(self._numbers)}"
            self._asked[job_id] = key
            self._engine.start()  # after crashes it was not started with the window
            self._engine.submit(
                job_id, LookRequest(view.picture, given.kind, given.detail, given.drawer), False
            )

    def _take_event(self, job_id: str, event: Event) -> None:
        if job_id in self._asked and isinstance(event, MapReady):
            self._keep(self._asked[job_id], event)
            self._end(job_id)
            self._follow()

    def _fail(self, job_id: str, error: Any) -> None:
        if job_id in self._asked and isinstance(error, EngineError):
            self._keep(self._asked[job_id], error)
            self._end(job_id)
            self._follow()

    def _keep(self, key: Key, answer: MapReady | EngineError) -> None:
        self._answers.pop(key, None)
        self._answers[key] = answer
        while len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]

    def _end(self, job_id: str) -> None:
        self._asked.pop(job_id, None)


def _key(view: MapView) -> Key:
    assert view.picture is not None
    return view.picture.sha256, view.given.kind, view.given.drawer, view.given.detail
