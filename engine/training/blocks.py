"""Training examples come in blocks, and block n is the same whenever and by whomever it is made.

So a run that goes on where it stopped sees what an unbroken one would have seen, with nothing saved but a
number; and several processes share the work by counting. Nothing here imports torch: the processes start in
a moment.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

AHEAD = 2
"""Blocks that each process may have finished before they are asked for."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some examples, field by field."""

    arrays: Mapping[str, NDArray[np.generic]]
    """Each with the examples along its first axis."""
    captions: tuple[tuple[str, ...], ...]
    """For each example, sentences that all say the same picture; one is drawn each time it is seen."""

    def __len__(self) -> int:
        return len(self.captions)


class Blocks(Protocol):
    """Where examples come from. Crosses to other processes: holds paths and numbers, nothing open."""

    @property
    def size(self) -> int:
        """Examples in each."""
        ...

    def open(self) -> OpenBlocks:
        """Itself, ready to work: heavy files are read here, once a process."""
        ...


class OpenBlocks(Protocol):
    """The same with its files in memory."""

    def block(self, index: int) -> Block:
        """Block `index`, 0 and up, the same each time."""
        ...


class Feed:
    """Blocks one after the other, made here (`workers` 0) or by processes of their own."""

    def __init__(self, blocks: Blocks, workers: int = 0, first: int = 0) -> None:
        self.index = first
        """Of the block that `next` gives."""
        self._here = blocks.open() if workers == 0 else None
        self._lines = [_Line(blocks, first + number, workers) for number in range(workers)]
        self._first = first

    def next(self) -> Block:
        """The next block; waits for it. Raises what its process raised."""
        block = self._here.block(self.index) if self._here is not None else self._line.get()
        self.index += 1
        return block

    @property
    def is_ready(self) -> bool:
        """True where `next` would not wait for another process."""
        return self._here is not None or self._line.is_ready

    def close(self) -> None:
        for line in self._lines:
            line.close()
        self._lines = []

    @property
    def _line(self) -> _Line:
        return self._lines[(self.index - self._first) % len(self._lines)]


class _Line:
    """One process and the thread that reads from it, so that the training loop never waits for a pipe."""

    def __init__(self, blocks: Blocks, first: int, stride: int) -> None:
        context = multiprocessing.get_context("spawn")  # a forked child of a process with CUDA hangs
        self._mine, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(theirs, blocks, first, stride), daemon=True)
        self._process.start()
        theirs.close()
        self._blocks: queue.Queue[Block | BaseException] = queue.Queue(AHEAD)
        self._is_closed = False
        self._reader = threading.Thread(target=self._read, name="training blocks", daemon=True)
        self._reader.start()

    @property
    def is_ready(self) -> bool:
        return not self._blocks.empty()

    def get(self) -> Block:
        got = self._blocks.get()
        if isinstance(got, BaseException):
            raise got
        return got

    def close(self) -> None:
        self._is_closed = True
        self._process.terminate()
        while self._reader.is_alive():
            try:
                self._blocks.get_nowait()  # it may wait for room
            except queue.Empty:
                self._reader.join(0.02)
        self._process.join()
        self._mine.close()

    def _read(self) -> None:
        while not self._is_closed:
            try:
                got = self._mine.recv()
            except (EOFError, OSError):
                got = RuntimeError("a process that makes training pictures ended before its time")
            self._blocks.put(got)
            if isinstance(got, BaseException):
                return


def _work(line: Connection, blocks: Blocks, first: int, stride: int) -> None:
    """A worker's life: it ends when nobody reads any more, also where the trainer was killed."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    index = first
    try:
        opened = blocks.open()
        while True:
            line.send(opened.block(index))
            index += stride
    except (BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return
    except Exception as error:  # said where it can be read: in the trainer
        line.send(error)
