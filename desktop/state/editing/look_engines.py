"""Who looks at pictures: the engine while it rests, a second one beside it while it draws."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.engine import Engine
from desktop.bridge.engine_thread import EngineThread
from engine.api.look import LookRequest
from engine.diffusion.devices import free_bytes
from engine.worker import Settings

PROCESS_BYTES = 1_500_000_000
"""Of a second process with torch, and of what a network works with while it looks."""
BYTES_PER_PARAMETER = 8
"""While it is loaded there are two of each number."""
RESTS_MS = 60_000
"""The second engine ends after so long without a look."""

Make = Callable[[], Engine]


def beside(settings: Settings) -> Settings:
    """Of an engine beside the one with `settings`: the card and half of the processor are the picture's."""
    return replace(settings, device="cpu", threads=max(1, (os.cpu_count() or 1) // 2))


class LookEngines(QObject):
    """Looks that are asked for while a picture is drawn need not wait for it, where memory allows."""

    said = Signal(str, object)
    """Look, `Event`."""
    ended = Signal(str)
    """Look: it is answered, or was cancelled."""
    failed = Signal(str, object)
    """Look, `EngineError`."""

    def __init__(self, engine: EngineThread, make: Make | None, parent: QObject | None = None) -> None:
        """`make` gives the second engine; None: there is but one."""
        super().__init__(parent)
        self._engine, self._make = engine, make
        self.second: EngineThread | None = None
        self._numbers = itertools.count(1)
        self._asked: dict[str, EngineThread] = {}
        self.resting = QTimer(self, singleShot=True, interval=RESTS_MS)
        self.resting.timeout.connect(self.close)
        self._hear(engine)

    def ask(self, request: LookRequest, parameters: int) -> tuple[str, bool]:
        """The look's id, and whether it has to wait until the engine is done with what it does now.

        `parameters`: of the network that looks.
        """
        second = self._beside_for(parameters) if self._engine.is_busy else None
        waits = second is None and self._engine.is_busy
        engine = second or self._engine
        look = f"look-{next(self._numbers)}"
        self._asked[look] = engine
        self.resting.stop()
        engine.start()  # after crashes it was not started with the window
        engine.submit(look, request, False)
        return look, waits

    def cancel(self, look: str) -> None:
        """It ends within a layer of the network; nothing more is said of it."""
        if (engine := self._asked.pop(look, None)) is not None:
            engine.cancel(look)
            self._rest()

    def configure(self, settings: Settings) -> None:
        """From the next look on, the second engine goes by these."""
        if self.second is not None:
            self.second.configure(beside(settings))

    def close(self) -> None:
        """End the second engine."""
        self.resting.stop()
        if self.second is not None:
            resting, self.second = self.second, None
            resting.stop()
            resting.deleteLater()

    # inside

    def _beside_for(self, parameters: int) -> EngineThread | None:
        """A second engine, where there is memory for it."""
        if self.second is not None:
            return self.second
        free = free_bytes("cpu")
        if self._make is None or (free and free < PROCESS_BYTES + BYTES_PER_PARAMETER * parameters):
            return None
        self.second = EngineThread(self._make(), self)
        self._hear(self.second)
        return self.second

    def _hear(self, engine: EngineThread) -> None:
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.finished.connect(self._end)
        engine.cancelled.connect(self._end)
        engine.failed.connect(self._fail)

    def _take_event(self, look: str, event: object) -> None:
        if look in self._asked:
            self.said.emit(look, event)

    def _end(self, look: str) -> None:
        if self._asked.pop(look, None) is not None:
            self._rest()
            self.ended.emit(look)

    def _fail(self, look: str, error: object) -> None:
        if self._asked.pop(look, None) is not None:
            self._rest()
            self.failed.emit(look, error)

    def _rest(self) -> None:
        if self.second is not None and self.second not in self._asked.values():
            self.resting.start()
