"""Small pictures as they are wanted: first what is seen, from the store or a decoder, the rest forgotten."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.api.errors import EngineError, UnreadableFile
from engine.library.disks import NO_ANSWER, is_no_answer
from engine.library.thumbnails.decoder_process import DecoderProcess
from engine.library.thumbnails.store import ThumbnailStore
from engine.library.thumbnails.thumbnail import FileStamp, Thumbnail

IDLE_SECONDS = 20.0
"""Then decoder processes end, and their memory is free."""
LEFT_SECONDS = 10.0
"""Longer no thread is waited for at the end: a disk holds it."""
SILENT_SECONDS = 30.0
"""For so long nothing is asked of a folder whose disk did not answer."""


def usual_makers() -> int:
    """Decoder processes: two at least, so that one file that hangs stops nothing."""
    return min(4, max(2, (os.cpu_count() or 2) - 1))


@dataclass(frozen=True)
class Wanted:
    """A small picture that somebody waits for."""

    id: int
    """The caller's number for it."""
    path: str
    level: int
    """Its longer side, one of `LEVELS`."""
    stamp: FileStamp | None = None
    """Where it is known, the file need not be asked: the store answers for a share that sleeps."""


@dataclass(frozen=True, eq=False)
class Supplied:
    wanted: Wanted
    thumbnail: Thumbnail | None
    """None where the file cannot be shown, for the reason `refusal`."""
    refusal: str = ""


class ThumbnailSupply:
    """One thread reads the store, a few ask their decoder process. Threads and processes start when needed.

    `deliver` is called in one of these threads, once for each picture that is still wanted when it is done.
    """

    def __init__(
        self, store: ThumbnailStore, deliver: Callable[[Supplied], None], makers: int | None = None
    ) -> None:
        self._store = store
        self._deliver = deliver
        self._makers = makers or usual_makers()
        self._changed = threading.Condition()
        self._to_read: deque[Wanted] = deque()
        self._to_make: deque[Wanted] = deque()
        self._missing: set[Wanted] = set()
        """Not in the store; of those that are wanted now."""
        self._at_work: set[Wanted] = set()
        self._silent: dict[str, float] = {}
        """Folders whose disk did not answer, and until when they are left alone."""
        self._is_closed = False
        self._threads: list[threading.Thread] = []
        self._decoders = [DecoderProcess() for _ in range(self._makers)]

    def want(self, wanted: Sequence[Wanted]) -> None:
        """These, in this order, and nothing else any more. Takes microseconds; any thread."""
        with self._changed:
            if self._is_closed:
                return
            self._missing &= set(wanted)
            here = [one for one in wanted if one not in self._at_work]
            self._to_make = deque(one for one in here if one in self._missing)
            self._to_read = deque(one for one in here if one not in self._missing)
            if here and not self._threads:
                self._start()
            self._changed.notify_all()

    def close(self) -> None:
        """End every thread and process; what was wanted is forgotten."""
        with self._changed:
            self._is_closed = True
            self._to_read.clear()
            self._to_make.clear()
            self._changed.notify_all()
        for decoder in self._decoders:
            decoder.kill()
        for thread in self._threads:
            thread.join(LEFT_SECONDS)
        self._store.close()

    def _start(self) -> None:
        jobs = [("thumbnails: store", self._read, ())]
        jobs += [(f"thumbnails: {n}", self._make, (d,)) for n, d in enumerate(self._decoders)]
        self._threads = [
            threading.Thread(target=run, args=args, name=name, daemon=True) for name, run, args in jobs
        ]
        for thread in self._threads:
            thread.start()

    def _next(self, queue: Callable[[], deque[Wanted]], patience: float | None) -> Wanted | None:
        """The most wanted of a queue; None after `patience` seconds without one, or at the end."""
        with self._changed:
            while not queue() and not self._is_closed:
                if not self._changed.wait(patience) and not queue():
                    return None
            if self._is_closed:
                return None
            one = queue().popleft()
            self._at_work.add(one)
            return one

    # the thread that reads

    def _read(self) -> None:
        while not self._is_closed:
            one = self._next(lambda: self._to_read, None)
            if one is not None:
                self._look_up(one)

    def _look_up(self, one: Wanted) -> None:
        found = self._store.get(one.stamp, one.level) if one.stamp is not None else None
        with self._changed:
            self._at_work.discard(one)
            if found is None:
                self._missing.add(one)
                self._to_make.append(one)
                self._changed.notify_all()
        if found is not None:
            self._deliver(Supplied(one, found))

    # the threads that ask a decoder

    def _make(self, decoder: DecoderProcess) -> None:
        while not self._is_closed:
            one = self._next(lambda: self._to_make, IDLE_SECONDS)
            if one is None:
                decoder.end()
                continue
            try:
                supplied = self._made(one, decoder)
            except (EngineError, OSError) as error:
                supplied = Supplied(one, None, str(error))
            with self._changed:
                self._at_work.discard(one)
                self._missing.discard(one)
            if not self._is_closed:
                self._deliver(supplied)
        decoder.end()

    def _made(self, one: Wanted, decoder: DecoderProcess) -> Supplied:
        """From the file, which only the decoder's process asks for. Raises `EngineError`, `OSError`."""
        folder = os.path.dirname(one.path)  # noqa: PTH120  a string already
        if self._silent.get(folder, 0.0) > time.monotonic():
            return Supplied(one, None, NO_ANSWER)
        try:
            found = decoder.thumbnail(one.path, one.level)
        except UnreadableFile as error:
            if is_no_answer(error):  # the others there need not be tried one after the other
                self._silent[folder] = time.monotonic() + SILENT_SECONDS
            raise
        if decoder.stamp is not None:
            self._store.put(decoder.stamp, one.level, found)
        return Supplied(one, found)
