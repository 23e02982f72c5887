"""Maps that networks of the artist's draw, seen before a picture is made: the engine looks, newest wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.state.editing.look_engines import LookEngines
from desktop.state.editing.map_views import MapView, MapViews
from desktop.state.learnt import LearntList
from desktop.state.long_work import Cancelling, LongWork, LongWorks
from engine.api.errors import EngineError
from engine.api.events import Event, Loading, MapReady
from engine.api.look import LookRequest

REST_MS = 400
"""The picture rests this long before a network looks at it: each look may take a second."""
MOST_KEPT = 12
"""Answers; a step back in the history needs no other look."""

Key = tuple[str, str, str, float]
"""The picture's hash, the kind, the network, the detail."""


@dataclass(eq=False)
class Look:
    """One that was asked for."""

    key: Key
    piece: LongWork
    waits: bool
    """True until the engine is done with what it did before."""


class MapLooking(QObject):
    """Asks for what `views` lacks. A look at what is no longer there is cancelled."""

    changed = Signal()
    """A look began, was stopped, or need not wait any more."""

    def __init__(
        self,
        engines: LookEngines,
        views: MapViews,
        working: LongWorks,
        learnt: LearntList,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.engines, self._views, self._working, self._learnt = engines, views, working, learnt
        self._asked: dict[str, Look] = {}
        self._answers: dict[Key, MapReady | EngineError] = {}
        self._stopped: set[Key] = set()
        """What the artist does not want to be looked at."""
        self.resting = QTimer(self, singleShot=True, interval=REST_MS)
        self.resting.timeout.connect(self._ask)
        views.changed.connect(self._follow)
        engines.said.connect(self._take_event)
        engines.ended.connect(self._end)
        engines.failed.connect(self._fail)

    @property
    def is_at_work(self) -> bool:
        return bool(self._asked)

    def waits(self, view: MapView) -> bool:
        """True while the engine is busy with something else."""
        return any(look.waits and look.key == _key(view) for look in self._asked.values())

    def is_stopped(self, view: MapView) -> bool:
        """True where the artist stopped it, and nothing has changed since."""
        return view.is_guess and _key(view) in self._stopped

    def stop(self) -> bool:
        """End what is being looked at; it is not looked at again unless it changes, or `look_again`. False
        where nothing is."""
        keys = {look.key for look in self._asked.values()}
        self._stopped |= keys
        self.cancel()
        self.changed.emit()
        return bool(keys)

    def look_again(self, view: MapView) -> None:
        """After it was stopped."""
        self._stopped.discard(_key(view))
        self._ask()

    def cancel(self) -> None:
        """Nothing more is looked at until something changes."""
        self.resting.stop()
        for look in list(self._asked):
            self.engines.cancel(look)
            self._end(look)

    def forget_errors(self) -> None:
        """Other networks may be here now."""
        self._answers = {key: made for key, made in self._answers.items() if isinstance(made, MapReady)}

    def _follow(self) -> None:
        """What is known already is shown at once."""
        wanted = {id: view for id, view in self._views.views.items() if view.is_guess}
        keys = {id: _key(view) for id, view in wanted.items()}
        for name, look in list(self._asked.items()):
            if look.key not in keys.values():
                self.engines.cancel(name)
                self._end(name)
        known = {id: self._answers[key] for id, key in keys.items() if key in self._answers}
        if known:
            self._views.answer(known)
        elif wanted:
            self.resting.start()

    def _ask(self) -> None:
        for view in self._views.views.values():
            if view.picture is None or not view.is_guess or self.is_stopped(view):
                continue
            key = _key(view)
            if any(look.key == key for look in self._asked.values()):
                continue
            given = view.given
            request = LookRequest(view.picture, given.kind, given.detail, given.drawer)
            sizes = [info.parameters for info in self._learnt.seeing if info.name == given.drawer]
            name, waits = self.engines.ask(request, sum(sizes))
            text = self.tr("{name} is looking").format(name=given.drawer)
            piece = LongWork(text, Cancelling(self.stop), None)
            self._asked[name] = Look(key, piece, waits)
            self._working.show(piece)
        self.changed.emit()

    def _take_event(self, name: str, event: Event) -> None:
        look = self._asked.get(name)
        match event:
            case Loading() if look is not None:
                look.piece.share = event.share
                self._working.show(look.piece)
                if look.waits:
                    look.waits = False
                    self.changed.emit()
            case MapReady() if look is not None:
                self._keep(look.key, event)
                self._end(name)
                self._follow()

    def _fail(self, name: str, error: Any) -> None:
        look = self._asked.get(name)
        if look is not None and isinstance(error, EngineError):
            self._keep(look.key, error)
            self._end(name)
            self._follow()

    def _keep(self, key: Key, answer: MapReady | EngineError) -> None:
        self._answers.pop(key, None)
        self._answers[key] = answer
        while len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]

    def _end(self, name: str) -> None:
        if (look := self._asked.pop(name, None)) is not None:
            self._working.hide(look.piece)
            self.changed.emit()


def _key(view: MapView) -> Key:
    assert view.picture is not None
    return view.picture.sha256, view.given.kind, view.given.drawer, view.given.detail
