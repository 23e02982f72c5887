"""The disk pool: encoding, saving, thumbnails and hashing outside the GUI thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

logger = logging.getLogger("background")

HURRIED_S = 3.0
"""For what is under way when somebody wants the end at once."""

Task = tuple[
    Callable[..., Any], tuple[Any, ...], Callable[[Any], None] | None, Callable[[Exception], None] | None
]


class Background(QObject):
    """Runs functions in a few threads and their callbacks in the thread that this object lives in."""

    failed = Signal(object)
    """The exception of a function that was run without a `failed` callback of its own."""
    _returned = Signal()

    def __init__(self, parent: QObject | None = None, threads: int = 2) -> None:
        super().__init__(parent)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(threads)
        self._tasks: deque[Task] = deque()
        """Not begun yet."""
        self._results: deque[Callable[[], None]] = deque()
        self._pending = 0
        self._ends_at: float | None = None
        """On the monotonic clock; nothing is waited for any more then."""
        self._counting = threading.Lock()
        self._is_closed = False
        self._returned.connect(self._call_back, Qt.ConnectionType.QueuedConnection)

    @property
    def pending(self) -> int:
        """Functions that wait or run, or whose callback is still to come."""
        return self._pending

    @property
    def leaves_work(self) -> bool:
        """After `close`: a function did not end in time; its thread goes on and holds up the process."""
        return self._is_closed and self._pending > 0

    def end_within(self, seconds: float) -> None:
        """From now on nobody waits longer than until then, all in all; see `wait`."""
        if self._ends_at is None or not seconds > self._ends_at - time.monotonic():
            self._ends_at = time.monotonic() + seconds

    def hurry(self) -> None:
        """The end is wanted at once."""
        self.end_within(HURRIED_S)

    def run(
        self,
        function: Callable[..., Any],
        *args: Any,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Call `function(*args)` in the pool, then `done(result)` or `failed(exception)` here.

        After `close` the function runs at once, here: what must be saved is saved.
        """
        with self._counting:
            self._pending += 1
        task: Task = (function, args, done, failed)
        if self._is_closed:
            self._work(task)
            self._call_back()
        else:
            self._tasks.append(task)
            self._pool.start(self._work_next)

    def wait(self) -> None:
        """Return when all that was asked for is done and its callbacks have run.

        Where the end is near (`end_within`) and a function does not end, it is left behind; what would come
        after it is done here: it may be a save.
        """
        while self._pending:
            if not self._wait_for_pool():
                self._work_here()
                return
            self._call_back()  # a callback may ask for more

    def close(self) -> None:
        """`wait`, and start no thread any more."""
        self.wait()
        self._is_closed = True

    def _wait_for_pool(self) -> bool:
        """False where that took too long."""
        if self._ends_at is None:
            return self._pool.waitForDone()
        return self._pool.waitForDone(max(0, round(1000 * (self._ends_at - time.monotonic()))))

    def _work_here(self) -> None:
        while self._tasks:
            self._work_next()
            self._call_back()
        self._call_back()

    def _work_next(self) -> None:
        try:
            task = self._tasks.popleft()
        except IndexError:
            return  # it was done in the thread that waited for it
        self._work(task)

    def _work(self, task: Task) -> None:
        function, args, done, failed = task
        try:
            result = function(*args)
        except Exception as error:  # the edge of the thread; said in the GUI thread
            self._results.append(_bound(failed or self._say_failed, error))
        else:
            self._results.append(_bound(done, result))
        self._returned.emit()

    @Slot()
    def _call_back(self) -> None:
        while self._results:
            callback = self._results.popleft()
            with self._counting:
                self._pending -= 1
            callback()

    def _say_failed(self, error: Exception) -> None:
        logger.error("%s: %s", type(error).__name__, error, exc_info=error)
        self.failed.emit(error)


def _bound(callback: Callable[[Any], None] | None, value: Any) -> Callable[[], None]:
    """`callback(value)` for later."""
    return lambda: callback(value) if callback is not None else None
