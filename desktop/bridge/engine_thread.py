"""The one background thread of the window: it drives the engine and hands its events to the GUI thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from desktop.bridge.engine import Engine
from engine.api.control import Control
from engine.api.errors import EngineError, EngineLost
from engine.api.events import Finished, Ready, Step
from engine.api.task import Request
from engine.trace import trace
from engine.worker import Settings, as_engine_error

logger = logging.getLogger("engine")

WAITING_STEPS = 64
"""Steps that may wait for the GUI thread; beyond that the oldest is dropped. Nothing else ever is."""
WATCH_MS = 400

Command = Callable[[], None] | None


class EngineThread(QObject):
    """Jobs in, signals out; every signal is emitted in the thread that this object lives in."""

    engine_ready = Signal(object)
    """`Ready`, at each start of the engine."""
    engine_lost = Signal(object)
    """`EngineLost`, whether a job was running or not; a running job's `failed` comes after it."""
    event = Signal(str, object)  # pyright: ignore[reportAssignmentType]  (not an override of QObject.event: PySide overrides by functions only)
    """Job id, `Event`."""
    finished = Signal(str)
    cancelled = Signal(str)
    failed = Signal(str, object)
    """Job id, `EngineError`."""
    _mailed = Signal()

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._controls: dict[str, Control] = {}
        self._mail = _Mail(WAITING_STEPS)
        self._ready: Ready | None = None
        self._thread: threading.Thread | None = None
        self._is_stopping = False
        self._mailed.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._watch = QTimer(self, interval=WATCH_MS)
        self._watch.timeout.connect(self._look_after_engine)

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    @property
    def is_busy(self) -> bool:
        """True while something that was submitted has not ended."""
        return bool(self._controls)

    @Slot()
    def start(self) -> None:
        """Start the thread, and the engine in it; `engine_ready` or `engine_lost` follows."""
        if self._thread is not None:
            return
        self._is_stopping = False
        self._commands.put(self._start_engine)
        # a daemon: a crash of the window must not leave the process waiting for a picture
        self._thread = threading.Thread(target=self._loop, name="engine", daemon=True)
        self._thread.start()
        self._watch.start()

    @Slot(str, object)
    def submit(
        self,
        job_id: str,
        request: Request,
        previews: bool = True,
        stop_after: int | None = None,
        tiny_vaes: bool = True,
    ) -> None:
        """Run `request` after those submitted before; exactly one of finished, cancelled, failed follows.

        `previews` and `tiny_vaes` are as `Control` has them.
        `stop_after`: end and keep after that step of the first picture, as a recipe tells of one that was.
        """
        self._controls[job_id] = control = Control(previews, tiny_vaes)
        if stop_after is not None:
            control.stop_after(stop_after)
        self._commands.put(lambda: self._run(job_id, request, control))

    @Slot(str)
    def cancel(self, job_id: str) -> None:
        """Stop the job within one network block, or take it from the line."""
        if job_id in self._controls:
            self._controls[job_id].cancel()

    @Slot(str)
    def keep(self, job_id: str) -> None:
        """Stop the job after its present step and deliver what is there."""
        if job_id in self._controls:
            self._controls[job_id].stop_and_keep()

    @Slot(object)
    def configure(self, settings: Settings) -> None:
        """Use `settings` from the next job on."""
        self._engine.configure(settings)

    @Slot()
    def stop(self) -> None:
        """Cancel all and end the engine; returns when thread and process are gone.

        What came last (a finished picture) is delivered before it returns.
        """
        self._watch.stop()
        if self._thread is None:
            return
        self._is_stopping = True
        for control in list(self._controls.values()):
            control.cancel()
        self._commands.put(None)
        self._engine.close()
        self._thread.join()
        self._thread = None
        self._deliver()

    # in the background thread

    def _loop(self) -> None:
        while (command := self._commands.get()) is not None:
            command()

    def _start_engine(self) -> None:
        try:
            self._say_ready(self._engine.start())
        except Exception as error:
            self._say_lost(error)

    def _run(self, job_id: str, request: Request, control: Control) -> None:
        ending: tuple = (self.cancelled, job_id)
        try:
            if not control.is_cancelled:
                self._say_ready(self._engine.start())
                for event in self._engine.run(job_id, request, control):
                    self._post(self.event, job_id, event)
                    if isinstance(event, Finished):
                        ending = (self.finished, job_id)
        except EngineLost as error:
            if not self._is_stopping:
                self._say_lost(error)
                ending = (self.failed, job_id, _without_traceback(error))
        except Exception as caught:  # the edge of the thread: nothing may end it, and only words go on
            error = as_engine_error(caught)
            if error is not caught:
                logger.exception("job %s", job_id)
            ending = (self.failed, job_id, _without_traceback(error))
        self._controls.pop(job_id, None)
        self._post(*ending)

    def _say_ready(self, ready: Ready) -> None:
        if ready is not self._ready:
            self._ready = ready
            trace("engine_ready_in_window", device=ready.device)
            self._post(self.engine_ready, ready)

    def _say_lost(self, caught: Exception) -> None:
        if self._is_stopping:
            return
        error = as_engine_error(caught)
        if error is not caught:
            logger.exception("the engine does not start")
        self._post(self.engine_lost, _without_traceback(error))

    def _post(self, signal, *values: object) -> None:
        if self._mail.put((signal, values)):
            self._mailed.emit()

    # in the GUI thread

    @Slot()
    def _deliver(self) -> None:
        for signal, values in self._mail.take():
            signal.emit(*values)

    @Slot()
    def _look_after_engine(self) -> None:
        lost = self._engine.watch()
        if lost is not None:
            self.engine_lost.emit(lost)


class _Mail:
    """What waits for the GUI thread, in order; too many steps push out their oldest."""

    def __init__(self, most_steps: int) -> None:
        self._most_steps = most_steps
        self._items: deque[tuple] = deque()
        self._steps = 0
        self._lock = threading.Lock()

    def put(self, item: tuple) -> bool:
        """True where the box was empty before: somebody must be told."""
        with self._lock:
            self._items.append(item)
            if _is_step(item):
                self._steps += 1
                if self._steps > self._most_steps:
                    self._drop_oldest_step()
            return len(self._items) == 1

    def take(self) -> list[tuple]:
        with self._lock:
            items, self._items, self._steps = list(self._items), deque(), 0
            return items

    def _drop_oldest_step(self) -> None:
        oldest = next(index for index, item in enumerate(self._items) if _is_step(item))
        del self._items[oldest]
        self._steps -= 1


def _is_step(item: tuple) -> bool:
    return any(isinstance(value, Step) for value in item[1])


def _without_traceback(error: EngineError) -> EngineError:
    """Frames hold what they worked on; the words go on alone."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
