"""A long piece of file work: how far it is, and whether it is still wanted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

MOST_THREADS = 8
AHEAD = 2
"""Pieces a thread may be ahead of the one that writes: more would only fill memory."""


class Cancelled(Exception):
    """The artist does not want it any more; nothing was changed."""


class Work:
    """Shared by the thread that works and the window. `report` (0 to 1) is called in the former."""

    def __init__(self, report: Callable[[float], None] = lambda share: None) -> None:
        self._report = report
        self._done = 0
        self._total = 1
        self._counting = threading.Lock()
        self._is_cancelled = threading.Event()

    def expect(self, pieces: int) -> None:
        """So many `step`s will come."""
        self._total, self._done = max(1, pieces), 0

    def step(self, pieces: int = 1) -> None:
        """So many are done. Raises `Cancelled` where nobody wants the rest."""
        if self._is_cancelled.is_set():
            raise Cancelled
        with self._counting:
            self._done += pieces
            share = self._done / self._total
        self._report(min(1.0, share))

    def cancel(self) -> None:
        """From any thread: the next `step` raises."""
        self._is_cancelled.set()


@contextmanager
def all_cores() -> Iterator[ThreadPoolExecutor]:
    """Threads for packing and unpacking, gone when the `with` ends; what was not begun by then is dropped."""
    threads = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), "file work")
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def in_order(
    threads: ThreadPoolExecutor, function: Callable[[In], Out], items: Iterable[In]
) -> Iterator[Out]:
    """`function` of each of `items`, worked on by all threads, given in order, a few ahead at most."""
    waiting: list[Future[Out]] = []
    most = AHEAD * min(MOST_THREADS, os.cpu_count() or 1)
    for item in items:
        waiting.append(threads.submit(function, item))
        if len(waiting) > most:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()
