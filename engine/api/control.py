"""The two things one can say to a running job: stop, and stop but keep."""

from __future__ import annotations

import threading


class Control:
    """Thread-safe flags that a running iterator looks at between network blocks.

    Closing the iterator means the same as `cancel`.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._kept = threading.Event()

    def cancel(self) -> None:
        """Stop at the next network block and deliver nothing more."""
        self._cancelled.set()

    def stop_and_keep(self) -> None:
        """Stop after the present step, decode what is there, deliver it, start no further picture."""
        self._kept.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def is_stopping(self) -> bool:
        """True after `stop_and_keep`."""
        return self._kept.is_set()
