"""Looking at pictures and reading prompts, so that their like and their meaning can be found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.state.messages import Messages
from desktop.state.words import say
from engine.api.errors import EngineError
from engine.library.index.learning_progress import LearningProgress

log = logging.getLogger("library")
SAID_EVERY = 0.5
"""Seconds."""
PATIENCE_MS = 400
"""Then it is said that something is on its way, though nothing is learnt yet: networks take time to load."""


class Learning(QObject):
    """One thing after the other in a thread of its own, begun when it is first asked for."""

    progressed = Signal(object)
    """`LearningProgress` (of 0 while what learns gets ready), or None when nothing is learnt any more."""
    learnt = Signal()
    """More is known: search again."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = Background(self, threads=1)
        self._messages = messages
        self._under_way: set[str] = set()
        self._is_stopped = False
        self._awaiting = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._awaiting.timeout.connect(lambda: self.progressed.emit(LearningProgress(0, 0)))

    @property
    def is_learning(self) -> bool:
        return bool(self._under_way)

    def begin(self, name: str, lessons: Callable[[], Iterator[LearningProgress]]) -> None:
        """Go through `lessons`, unless that of this name is under way."""
        if name in self._under_way:
            return
        self._is_stopped = False
        if not self._under_way:
            self._awaiting.start()
        self._under_way.add(name)
        self._go_on(name, lessons())

    def stop(self) -> None:
        """What is learnt stays; the next time it goes on from there."""
        self._is_stopped = True

    def close(self) -> None:
        self.stop()
        self._awaiting.stop()
        self._thread.close()

    def _go_on(self, name: str, lessons: Iterator[LearningProgress]) -> None:
        def some() -> LearningProgress | None:
            until, told = time.monotonic() + SAID_EVERY, None
            while time.monotonic() < until and not self._is_stopped:
                following = next(lessons, None)
                if following is None:
                    return None
                told = following
            if self._is_stopped:
                lessons.close()  # type: ignore[attr-defined]  # it is a generator
                return None
            return told

        self._thread.run(
            some,
            done=lambda told: self._take(name, lessons, told),
            failed=lambda error: self._take_failure(name, error),
        )

    def _take(self, name: str, lessons: Iterator[LearningProgress], told: LearningProgress | None) -> None:
        self.learnt.emit()
        self._awaiting.stop()
        if told is None:
            self._end(name)
            return
        self.progressed.emit(told)
        self._go_on(name, lessons)

    def _take_failure(self, name: str, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("pictures could not be looked at", exc_info=error)
        self._messages.error(say(error))
        self._end(name)

    def _end(self, name: str) -> None:
        self._under_way.discard(name)
        self._awaiting.stop()
        if not self._under_way:
            self.progressed.emit(None)
