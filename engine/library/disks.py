"""Disks that may never answer: asked in a thread, which is left behind where one is silent.

A call to a share that hangs cannot be ended from outside; only who waits for it can go on.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from engine.api.errors import UnreadableFile

T = TypeVar("T")
PATIENCE_S, WRITING_S = 10.0, 120.0
"""For one thing: a folder's list, some heads of files (a disk that sleeps needs seven or so to wake); and for
one file that is written or moved, perhaps a large one over a slow line."""
HURRIED_S = 2.0
"""At the end, when somebody waits for the window to close."""
LOOKED_EVERY_S = 0.25
NO_ANSWER = "its disk does not answer"
"""The cause in the data of the error."""


class Disks:
    """Of one catalogue, or of the gate; any thread.

    A folder that owes an answer still is asked nothing before that came.
    """

    def __init__(self) -> None:
        self._is_hurried = False
        self._changing = threading.Lock()
        self._silent: dict[bytes, threading.Thread] = {}
        """Folders and who waits there."""

    def hurry(self) -> None:
        """From now on nobody waits long, not even for what was asked before."""
        self._is_hurried = True

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """The same for as long as this lasts."""
        self._is_hurried = True
        try:
            yield
        finally:
            self._is_hurried = False

    def patience(self, seconds: float) -> float:
        """What is left of it when everything is to end."""
        return min(seconds, HURRIED_S) if self._is_hurried else seconds

    def is_silent(self, folder: bytes) -> bool:
        """Whether it owes an answer."""
        with self._changing:
            thread = self._silent.get(folder)
            if thread is not None and not thread.is_alive():
                del self._silent[folder]
                return False
            return thread is not None

    def ask(self, folder: bytes, call: Callable[[], T], seconds: float = PATIENCE_S) -> T:
        """What `call` returns or raises, which asks the disk of `folder`. Raises `UnreadableFile` where that
        does not answer in time; then the call may still be done, unseen."""
        (answer,) = self.each(folder, (call() for _ in range(1)), seconds)
        return answer

    def each(self, folder: bytes, things: Iterable[T], seconds: float = PATIENCE_S) -> Told[T]:
        """`things` as the disk of `folder` tells them, each in time; raises as `ask`. Begins at once."""
        return Told(self, folder, things, seconds)

    def left_behind(self, folder: bytes, thread: threading.Thread) -> None:
        with self._changing:
            self._silent[folder] = thread


class Told(Iterator[T], Generic[T]):
    """What one folder tells. Close it where it is not read to the end."""

    def __init__(self, disks: Disks, folder: bytes, things: Iterable[T], seconds: float) -> None:
        self._disks = disks
        self._folder = folder
        self._seconds = seconds
        self._things = things
        self._queue: SimpleQueue[tuple[bool, T | BaseException | None]] = SimpleQueue()
        """Whether it goes on, and with what."""
        self._next: tuple[bool, T | BaseException | None] | None = None
        self._is_wanted = True
        self._turns = threading.Semaphore(1)
        """One thing is made when one is asked for: two threads at once would only wait for one another."""
        self._is_asked = True
        """The thing that comes next; the first one is, from the beginning."""
        self._thread: threading.Thread | None = None
        if not disks.is_silent(folder):
            self._thread = threading.Thread(target=self._run, name="disk", daemon=True)
            self._thread.start()

    def is_late(self, seconds: float) -> bool:
        """Whether nothing was told yet after so long."""
        if self._thread is not None and self._next is None:
            try:
                self._next = self._queue.get(timeout=seconds)
            except Empty:
                return True
        return False

    def close(self) -> None:
        self._is_wanted = False
        self._turns.release()

    def __next__(self) -> T:
        if self._thread is None:
            raise no_answer(self._folder)
        goes_on, thing = self._taken()
        if goes_on:
            self._is_asked = False
            return thing  # type: ignore[return-value]
        self._next = (False, None)
        if isinstance(thing, BaseException):
            raise thing
        raise StopIteration

    def _taken(self) -> tuple[bool, T | BaseException | None]:
        if not self._is_asked:
            self._is_asked = True
            self._turns.release()
        taken, self._next = self._next, None
        since = time.monotonic()
        while taken is None:
            try:
                taken = self._queue.get(timeout=LOOKED_EVERY_S)
            except Empty:
                if time.monotonic() - since >= self._disks.patience(self._seconds):
                    self.close()
                    assert self._thread is not None
                    self._disks.left_behind(self._folder, self._thread)
                    raise no_answer(self._folder) from None
        return taken

    def _run(self) -> None:
        end: BaseException | None = None
        try:
            things = iter(self._things)
            while self._turns.acquire() and self._is_wanted:
                self._queue.put((True, next(things)))
        except StopIteration:
            pass
        except BaseException as error:  # raised where it is waited for
            end = error
        self._queue.put((False, end))


FILES, FILE_S = Disks(), 60.0
"""Through which the gate reads whole files, by the folders that they are in; and how long one may take."""


def no_answer(folder: bytes) -> UnreadableFile:
    shown = os.fsdecode(folder).encode("utf-8", "replace").decode()
    return UnreadableFile(
        f"{shown} cannot be reached: {NO_ANSWER}. Look whether it is connected; it is tried again.",
        path=shown,
        cause=NO_ANSWER,
    )


def is_no_answer(error: Exception) -> bool:
    return isinstance(error, UnreadableFile) and error.data.get("cause") == NO_ANSWER
