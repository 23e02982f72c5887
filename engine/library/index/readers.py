"""Many files read at once, in processes of their own: the window stays free, and what crashes is not it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from engine.library.index.reading import Reading, Refusal, read_all, signed

BATCH = 250
FEWEST_FOR_PROCESSES = 1500
"""Fewer are read before a process has started."""
AHEAD = 3
"""Batches a process that wait for their turn."""
File = tuple[bytes, bytes]
"""Directory and name."""
Outcome = Reading | Refusal | None


def read_many(files: Sequence[File], processes: int | None = None) -> Iterator[list[tuple[File, Outcome]]]:
    """Each file with what it says, in batches, in order. Closing the iterator ends the processes."""
    batches = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    if processes is None:
        processes = 0 if len(files) < FEWEST_FOR_PROCESSES else max(1, min(4, (os.cpu_count() or 2) - 1))
    if processes == 0:
        for batch in batches:
            yield list(zip(batch, read_all(batch), strict=True))
        return
    yield from _read_apart(batches, processes)


def _read_apart(batches: Sequence[Sequence[File]], processes: int) -> Iterator[list[tuple[File, Outcome]]]:
    pool = _pool(processes)
    waiting: deque[tuple[Sequence[File], Future[list[Outcome]]]] = deque()
    left = iter(batches)
    try:
        while True:
            for batch in itertools.islice(left, max(0, processes * AHEAD - len(waiting))):
                waiting.append((batch, pool.submit(read_all, batch)))
            if not waiting:
                return
            batch, future = waiting.popleft()
            try:
                yield list(zip(batch, future.result(), strict=True))
            except BrokenProcessPool:
                yield _read_alone(batch)
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(processes)
                waiting = deque((batch, pool.submit(read_all, batch)) for batch, _ in waiting)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))


def _read_alone(files: Sequence[File]) -> list[tuple[File, Outcome]]:
    """One file after the other, to tell which of them ends the process that reads it."""
    found: list[tuple[File, Outcome]] = []
    pool = _pool(1)
    try:
        for file in files:
            try:
                found.append((file, pool.submit(read_all, [file]).result()[0]))
            except BrokenProcessPool:
                found.append((file, _deadly(*file)))
                pool.shutdown(wait=False)
                pool = _pool(1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return found


def _deadly(directory: bytes, name: bytes) -> Refusal | None:
    try:
        facts = os.stat(os.path.join(directory, name))  # noqa: PTH116, PTH118  names need not be UTF-8
    except OSError:
        return None
    cause = "reading it ended the process that tried"
    return Refusal(name, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino), cause)
