"""Selecting a thing by a network: what the engine is shown, how far it is, and what becomes of its answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.bridge.engine_thread import EngineThread
from desktop.state.long_work import Cancelling, LongWork, LongWorks
from desktop.state.messages import Messages
from desktop.state.words import say
from engine.api.errors import EngineError
from engine.api.events import Event, Loading, MaskReady
from engine.api.segment import SegmentRequest

Make = Callable[[], SegmentRequest]
Take = Callable[[MaskReady], None]


@dataclass(eq=False)
class Asked:
    """One thing that is looked for."""

    job_id: str
    take: Take
    piece: LongWork
    is_cancelled: bool = False


class Segmenting(QObject):
    """After what is at work in the engine; the artist goes on meanwhile, and answers come in their order."""

    def __init__(
        self,
        engine: EngineThread,
        working: LongWorks,
        background: Background,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine, self._working = engine, working
        self._background, self._messages = background, messages
        self._numbers = itertools.count(1)
        self._asked: dict[str, Asked] = {}
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.finished.connect(self._end)
        engine.cancelled.connect(self._end)
        engine.failed.connect(self._fail)

    @property
    def is_at_work(self) -> bool:
        return bool(self._asked)

    def ask(self, make: Make, take: Take) -> None:
        """`take` gets the answer to the request that `make` gives; `make` is called in the disk pool. Not
        where it is cancelled or fails, which is said."""
        job_id = f"segment-{next(self._numbers)}"
        work = Cancelling(lambda: self._cancel(job_id))
        asked = Asked(job_id, take, LongWork(self.tr("Looking for the thing"), work, None))
        self._asked[job_id] = asked
        self._working.show(asked.piece)
        self._background.run(
            make,
            done=lambda request: self._submit(asked, request),
            failed=lambda error: self._fail(job_id, error),
        )

    def cancel(self) -> bool:
        """All that is looked for. False where nothing is."""
        if not self._asked:
            return False
        for job_id in list(self._asked):
            self._cancel(job_id)
        return True

    # inside

    def _submit(self, asked: Asked, request: SegmentRequest) -> None:
        if asked.is_cancelled:
            return
        self._engine.start()  # after crashes it was not started with the window
        self._engine.submit(asked.job_id, request, False)

    def _cancel(self, job_id: str) -> None:
        if (asked := self._asked.get(job_id)) is not None:
            asked.is_cancelled = True
            self._engine.cancel(job_id)
            self._end(job_id)

    def _take_event(self, job_id: str, event: Event) -> None:
        asked = self._asked.get(job_id)
        if asked is None:
            return
        match event:
            case Loading():
                asked.piece.share = event.share
                self._working.show(asked.piece)
            case MaskReady():
                self._end(job_id)
                asked.take(event)

    def _end(self, job_id: str) -> None:
        if (asked := self._asked.pop(job_id, None)) is not None:
            self._working.hide(asked.piece)

    def _fail(self, job_id: str, error: Any) -> None:
        if job_id in self._asked:
            self._end(job_id)
            if not isinstance(error, EngineError):
                raise error
            self._messages.error(say(error))
