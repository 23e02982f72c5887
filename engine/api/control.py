"""What one can say to a job besides its request: without previews, stop, and stop but keep."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Control:
    """Thread-safe flags that a running iterator looks at between network blocks.

    Closing the iterator means the same as `cancel`.
    """

    def __init__(self, wants_previews: bool = True, tiny_vaes: bool = True) -> None:
        self.wants_previews = wants_previews
        """False: the steps come without a picture, and none is made."""
        self.tiny_vaes = tiny_vaes
        """True: a tiny VAE of the artist's draws them where one serves; False: always the fitted map."""
        self._cancelled = threading.Event()
        self._kept = threading.Event()
        self._last_step: int | None = None
        self._listener: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Stop at the next network block and deliver nothing more."""
        self._cancelled.set()
        self._tell()

    def stop_and_keep(self) -> None:
        """Stop after the present step, decode what is there, deliver it, start no further picture."""
        self._kept.set()
        self._tell()

    def stop_after(self, step: int) -> None:
        """`stop_and_keep` at exactly `step` of the first picture: so a picture that was stopped is remade."""
        self._last_step = step

    @property
    def last_step(self) -> int | None:
        """What `stop_after` was told."""
        return self._last_step

    def ends_after(self, step: int) -> bool:
        """True where `step` is the last that is wanted."""
        return self.is_stopping or (self._last_step is not None and step >= self._last_step)

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def is_stopping(self) -> bool:
        """True after `stop_and_keep`."""
        return self._kept.is_set()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at each change, in the thread that makes it, and now if a flag is set already.

        For who passes the flags on (to another process) and cannot look at them between steps.
        """
        self._listener = listener
        if self.is_cancelled or self.is_stopping:
            listener()

    def later(self, steps: int) -> Control:
        """The same control for a run whose first step is counted as the one after `steps`."""
        return _Later(self, steps)

    def _tell(self) -> None:
        if self._listener is not None:
            self._listener()


class _Later(Control):
    def __init__(self, whole: Control, steps: int) -> None:
        super().__init__(whole.wants_previews, whole.tiny_vaes)
        self._whole, self._steps = whole, steps

    def cancel(self) -> None:
        self._whole.cancel()

    def stop_and_keep(self) -> None:
        self._whole.stop_and_keep()

    def stop_after(self, step: int) -> None:
        self._whole.stop_after(self._steps + step)

    def ends_after(self, step: int) -> bool:
        return self._whole.ends_after(self._steps + step)

    @property
    def is_cancelled(self) -> bool:
        return self._whole.is_cancelled

    @property
    def is_stopping(self) -> bool:
        return self._whole.is_stopping
