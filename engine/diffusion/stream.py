"""A blocking call, run on one helper thread and read as an iterator."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from engine.api.control import Control
from engine.diffusion.tap import Cancelled

T = TypeVar("T")

Emit = Callable[[T], None]
"""Hands one item to the reader; never waits."""


def stream(call: Callable[[Emit[T], Callable[[], bool]], None], control: Control) -> Generator[T, None, None]:
    """What `call(emit, is_cancelled)` emits, as it comes; ends when the call ends.

    An exception of the call is raised here. Closing the iterator, or cancelling `control`, makes
    `is_cancelled()` true; the call answers by raising `Cancelled`, which ends the iteration without an
    error. When `close` returns, the helper thread has ended.
    """
    items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    closed = threading.Event()

    def work() -> None:
        error: BaseException | None = None
        try:
            call(items.put, lambda: control.is_cancelled or closed.is_set())
        except Cancelled:
            pass
        except BaseException as caught:  # carried to the reader's thread, where it is raised
            error = caught
        items.put(_End(error))
        del error  # its traceback holds this frame, so this name would keep both for the collector

    helper = threading.Thread(target=work, name="denoise")
    helper.start()
    try:
        while not isinstance(item := items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        item = None  # for the same reason
        closed.set()
        helper.join()


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error
