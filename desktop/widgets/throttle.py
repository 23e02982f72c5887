"""Many wishes for one thing, done once in a while: the first at once, the last one surely."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """Calls `work` from the event loop, at most every `interval_ms`."""

    def __init__(self, work: Callable[[], object], interval_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._interval_ms = interval_ms
        self._last = -float("inf")
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._run)

    def start(self) -> None:
        """Soon; wishes of the meantime are one."""
        if not self._timer.isActive():
            since_ms = (time.monotonic() - self._last) * 1000
            self._timer.start(round(max(0.0, self._interval_ms - since_ms)))

    def _run(self) -> None:
        self._last = time.monotonic()
        self._work()
