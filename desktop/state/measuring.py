"""Measuring what the speeds cost and change, while the artist does something else; a picture comes first."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.state.long_work import Cancelling, LongWork
from engine.api.errors import EngineError
from engine.api.events import Event, Loading
from engine.api.measuring import MeasureRequest
from engine.api.model_info import ModelInfo

if TYPE_CHECKING:
    from desktop.state.studio import Studio

REST_MS = 1_000
"""The engine rests this long before it measures again: the next picture may follow at once."""
TOPIC = "not-measured"
"""Of what is said where it failed."""


class Measuring(QObject):
    """One model at a time. Whatever the artist asks of the engine meanwhile is done first; then it is begun
    anew, since times that were taken beside something else would be wrong."""

    changed = Signal()
    """It began, went on, waits or is over."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self.info: ModelInfo | None = None
        """What is measured; None while nothing is."""
        self.share: float | None = None
        """0 to 1; None while it waits for the engine."""
        self._asked = ""
        """Its id in the engine; empty while it waits for its turn."""
        self._piece: LongWork | None = None
        self._numbers = itertools.count(1)
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._ask)
        engine = studio.engine
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.finished.connect(self._take_finished)
        engine.cancelled.connect(self._take_cancelled)
        engine.failed.connect(self._take_failed)
        studio.jobs.work.changed.connect(lambda job: self._give_way())

    def begin(self, info: ModelInfo) -> None:
        """Draw a few pictures of `info` at each speed as soon as the engine has nothing else to do."""
        if self.info is not None or info.path is None:
            return
        self.info = info
        self._studio.messages.withdraw(TOPIC)
        text = self.tr("Measuring {model}").format(model=info.title)
        self._piece = LongWork(text, Cancelling(self.cancel), None)
        self._ask()

    def cancel(self) -> None:
        """Within one block of the network; nothing is kept of it."""
        self._leave_engine()
        self._end()

    # inside

    def _ask(self) -> None:
        """Now, if the engine is free, else a little later."""
        if self.info is None or self._asked:
            return
        engine, jobs = self._studio.engine, self._studio.jobs
        if engine.is_busy or jobs.running is not None or (jobs.queued and not jobs.is_paused):
            self._say(None)
            self._resting.start()
            return
        self._asked = f"measure-{next(self._numbers)}"
        self._say(0.0)
        engine.start()  # after crashes it was not started with the window
        engine.submit(self._asked, MeasureRequest(self.info.name), False)

    def _give_way(self) -> None:
        if self._studio.jobs.running is not None and self._asked:
            self._leave_engine()
            self._say(None)
            self._resting.start()

    def _leave_engine(self) -> None:
        asked, self._asked = self._asked, ""  # nothing more of it is heard
        if asked:
            self._studio.engine.cancel(asked)

    def _take_event(self, id: str, event: Event) -> None:
        if id == self._asked and isinstance(event, Loading) and event.stage == "measuring":
            self._say(event.share)

    def _take_finished(self, id: str) -> None:
        if id != self._asked or self.info is None:
            return
        self._studio.speeds.look(self.info)
        self._asked = ""
        self._end()

    def _take_cancelled(self, id: str) -> None:
        if id == self._asked:
            self._asked = ""
            self._end()

    def _take_failed(self, id: str, error: EngineError) -> None:
        if id == self._asked:
            self._asked = ""
            self._end()
            self._studio.say_failed(error, TOPIC)

    def _say(self, share: float | None) -> None:
        self.share = share
        if self._piece is not None:
            self._piece.share = share
            self._studio.working.show(self._piece)
        self.changed.emit()

    def _end(self) -> None:
        self._resting.stop()
        piece, self._piece, self.info, self.share = self._piece, None, None, None
        if piece is not None:
            self._studio.working.hide(piece)
            self.changed.emit()
