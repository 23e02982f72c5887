"""Work on a large document that takes a while: away from the window, and still one thing after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

QUICK_PIXELS = 1 << 21
"""Work over fewer pixels is done at once: it takes less than two frames."""


class Errand:
    """One piece of work, done once, by whoever comes first: the pool, or who cannot wait for the pool."""

    def __init__(
        self, title: str, work: Callable[[], Any], take: Callable[[Any], None], is_inside: bool = False
    ) -> None:
        self.title = title
        """Of the history, as `Document.begin` has it."""
        self.take = take
        self.is_inside = is_inside
        """The end of a change that has begun already."""
        self.error: Exception | None = None
        self._work = work
        self._result: Any = None
        self._claim = threading.Lock()
        self._is_done = threading.Event()

    def run(self) -> None:
        """Do it, unless somebody does already. For any thread; never raises."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._result = self._work()
        except Exception as error:  # said in the window's thread
            self.error = error
        finally:
            self._is_done.set()

    def result(self) -> Any:
        """What came of it, as soon as it is done. Raises what the work raised."""
        self.run()
        self._is_done.wait()
        if self.error is not None:
            raise self.error
        return self._result
