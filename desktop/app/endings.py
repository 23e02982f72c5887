"""Endings that come from outside, Ctrl+C and SIGTERM: they close as the window's button does."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

SIGNALS = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])


class Endings(QObject):
    """Calls `end` in the GUI thread when the process is asked to end.

    Python runs its signal handlers between its own instructions only, and Qt's loop has none while it
    waits; so the signal's byte on a pipe wakes the loop (no socket). Windows, which cannot watch
    pipes, looks five times a second.
    """

    def __init__(self, end: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = end
        self._before = {number: signal.signal(number, self._take) for number in SIGNALS}
        self._pipe: tuple[int, int] | None = None
        if sys.platform == "win32":
            self._look = QTimer(self, interval=200)
            self._look.timeout.connect(lambda: None)
            self._look.start()
        else:
            self._listen()

    def restore(self) -> None:
        """Put the handlers back that were there before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._pipe is not None:
            self._notifier.setEnabled(False)
            signal.set_wakeup_fd(-1)
            for descriptor in self._pipe:
                os.close(descriptor)
            self._pipe = None

    def _listen(self) -> None:
        self._pipe = os.pipe()
        for descriptor in self._pipe:
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._pipe[0], QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)

    def _drain(self) -> None:
        """Running this is what lets Python run `_take`."""
        assert self._pipe is not None
        os.read(self._pipe[0], 1024)

    def _take(self, number: int, frame: object) -> None:
        self._end()
