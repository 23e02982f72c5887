"""Many files read at once, in processes of their own: the window stays free, and what crashes is not it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence

from engine.library.index.reader_process import File, Outcome, ReaderLost, ReaderProcess
from engine.library.index.reading import Refusal, read_all, signed

BATCH = 200
FEWEST_FOR_PROCESSES = 2000
"""Fewer are read before a process has started."""
MOST_PROCESSES = 4
AHEAD = 2
"""Batches that a process has before it: more would fill the pipe, and both sides would wait for the other."""
Read = list[tuple[File, Outcome]]


class Readers:
    """Of one scan; close it at the end, or whenever the scan is stopped."""

    def __init__(self) -> None:
        self._pool: _Pool | None = None

    def prepare(self, count: int) -> None:
        """At least `count` files are to be read: where that is worth it, the processes start meanwhile."""
        if self._pool is None and count >= FEWEST_FOR_PROCESSES:
            self._pool = _Pool(max(1, min(MOST_PROCESSES, os.cpu_count() or 1)))

    def read(self, files: Sequence[File]) -> Iterator[Read]:
        """Each file with what it says, in batches, in order."""
        self.prepare(len(files))
        batches = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
        if self._pool is not None:
            yield from self._pool.read(batches)
            return
        for batch in batches:
            yield list(zip(batch, read_all(batch), strict=True))

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.close()


class _Pool:
    """Processes that are asked in turn."""

    def __init__(self, processes: int) -> None:
        self._idle = deque(ReaderProcess() for _ in range(processes))
        self._asked: deque[tuple[ReaderProcess, Sequence[File]]] = deque()

    def read(self, batches: Sequence[Sequence[File]]) -> Generator[Read, None, None]:
        left = deque(batches)
        most = len(self._idle) * AHEAD
        while left or self._asked:
            while left and len(self._asked) < most:
                self._ask(left.popleft())
            reader, batch = self._asked.popleft()
            try:
                yield list(zip(batch, reader.answer(), strict=True))
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
