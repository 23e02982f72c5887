"""Many files read at once, in processes of their own: the window stays free, and what crashes is not it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence

from engine.api.errors import UnreadableFile
from engine.library.disks import Disks, Told, is_no_answer
from engine.library.index.reader_process import (
    PATIENCE_S,
    File,
    Outcome,
    ReaderLate,
    ReaderLost,
    ReaderProcess,
)
from engine.library.index.reading import Refusal, read_all, signed

BATCH, BATCH_ALONE = 200, 50
"""Files read at a time, by a process and without one."""
FEWEST_FOR_PROCESSES = 2000
"""Fewer are read before a process has started."""
MOST_PROCESSES = 4
AHEAD = 2
"""Batches that a process has before it: more would fill the pipe, and both sides would wait for the other."""
Read = list[tuple[File, Outcome]]
Ask = Callable[[Callable[[], list[Outcome]]], list[Outcome]]
READING_S = PATIENCE_S + 5.0
"""A little longer than a process is waited for: it is ended then, unless the disk holds it."""


class Readers:
    """Of one scan; close it at the end, or whenever the scan is stopped.

    What a disk does not give in time is left unread (None), as is all else that lies in the same folder of
    the library: `top_of` says which that is.
    """

    def __init__(self, disks: Disks, top_of: Callable[[bytes], bytes]) -> None:
        self._disks = disks
        self._top_of = top_of
        self._pool: _Pool | None = None

    def prepare(self, count: int) -> None:
        """At least `count` files are to be read: where that is worth it, the processes start meanwhile."""
        if self._pool is None and count >= FEWEST_FOR_PROCESSES:
            self._pool = _Pool(max(1, min(MOST_PROCESSES, os.cpu_count() or 1)))

    def read(self, files: Sequence[File]) -> Iterator[Read]:
        """Each file with what it says, in batches: one folder of the library after the other, in order."""
        self.prepare(len(files))
        of_top: dict[bytes, list[File]] = {}
        tops = {directory: self._top_of(directory) for directory in {directory for directory, _ in files}}
        for file in files:
            of_top.setdefault(tops[file[0]], []).append(file)
        for top, some in of_top.items():
            yield from self._read_of(top, some)

    def _read_of(self, top: bytes, files: Sequence[File]) -> Iterator[Read]:
        size = BATCH if self._pool is not None else BATCH_ALONE
        batches = [files[at : at + size] for at in range(0, len(files), size)]
        if self._pool is not None:
            yield from self._pool.read(batches, lambda call: self._disks.ask(top, call, READING_S))
            return
        told = self._disks.each(top, map(read_all, batches))
        try:
            for batch in batches:
                yield list(zip(batch, _in_time(told, batch), strict=True))
        finally:
            told.close()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.close()


def _in_time(told: Told[list[Outcome]], batch: Sequence[File]) -> list[Outcome]:
    """Nothing, where the disk does not answer."""
    try:
        return next(told)
    except UnreadableFile as error:
        if not is_no_answer(error):
            raise
        return [None] * len(batch)


class _Pool:
    """Processes that are asked in turn."""

    def __init__(self, processes: int) -> None:
        self._idle = deque(ReaderProcess() for _ in range(processes))
        self._asked: deque[tuple[ReaderProcess, Sequence[File]]] = deque()

    def read(self, batches: Sequence[Sequence[File]], ask: Ask) -> Generator[Read, None, None]:
        """Of one disk, which `ask` is patient with: once it has not answered, nothing more of it is read."""
        left = deque(batches)
        most = len(self._idle) * AHEAD
        while left or self._asked:
            while left and len(self._asked) < most:
                self._ask(left.popleft())
            reader, batch = self._asked.popleft()
            try:
                yield list(zip(batch, ask(reader.answer), strict=True))
            except (ReaderLate, UnreadableFile):
                unread = [batch, *(other for _, other in self._asked), *left]
                self._start_anew()
                for some in unread:
                    yield [(file, None) for file in some]
                return
            except ReaderLost:
                yield _read_alone(batch)
                self._replace(reader)

    def _ask(self, batch: Sequence[File]) -> None:
        reader = self._idle[0]
        self._idle.rotate(-1)
        try:
            reader.ask(batch)
        except ReaderLost:
            pass  # its answer is missed in its turn
        self._asked.append((reader, batch))

    def _replace(self, lost: ReaderProcess) -> None:
        """Everything that the lost process was still asked goes to a new one."""
        lost.close()
        fresh = ReaderProcess()
        self._idle = deque(fresh if reader is lost else reader for reader in self._idle)
        asked, self._asked = self._asked, deque()
        for reader, batch in asked:
            if reader is lost:
                fresh.ask(batch)
            self._asked.append((fresh if reader is lost else reader, batch))

    def _start_anew(self) -> None:
        count = len(self._idle)
        self.close()
        self._idle = deque(ReaderProcess() for _ in range(count))
        self._asked.clear()

    def close(self) -> None:
        for reader in self._idle:
            reader.close()


def _read_alone(files: Sequence[File]) -> Read:
    """One file after the other, to tell which of them ends the process that reads it."""
    found: Read = []
    reader = ReaderProcess()
    for file in files:
        try:
            reader.ask([file])
            found.append((file, reader.answer()[0]))
        except ReaderLate:  # the next time, perhaps
            reader.close()
            reader = ReaderProcess()
            found.append((file, None))
        except ReaderLost:
            reader.close()
            reader = ReaderProcess()
            found.append((file, _deadly(*file)))
    reader.close()
    return found


def _deadly(directory: bytes, name: bytes) -> Refusal | None:
    try:
        facts = os.stat(os.path.join(directory, name))  # noqa: PTH116, PTH118  names need not be UTF-8
    except OSError:
        return None
    cause = "reading it ended the process that tried"
    return Refusal(name, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino), cause)
