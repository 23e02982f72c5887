"""Python's garbage collector, kept in the GUI thread.

A collection starts in whichever thread allocates, so the engine thread could destroy a dialog or a timer
that nobody holds any more, and Qt crashes when its objects die in a foreign thread. (pyqtgraph guards
against the same: `pyqtgraph/util/garbage_collector.py`.)
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class GarbageCollector(QObject):
    """Collects a generation when its threshold is passed, as Python would, but here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._runs = 0
        gc.disable()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def settle(self) -> None:
        """What exists now stays: collections need not look at the modules and the window again."""
        gc.freeze()

    def restore(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _collect(self) -> None:
        if gc.get_count()[0] < self._thresholds[0]:
            return
        self._runs += 1
        gc.collect(0 if self._runs % 10 else 2)
