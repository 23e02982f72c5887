"""Numbered scenes, drawn by processes in the background and read in their order.

Scene 17 of a seed is the same scene whoever draws it and whenever, so a resumed run reads what an unbroken
one would have read.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.errors import EngineLost

SLOTS = 4
"""Chunks that a process may be ahead."""
PATIENCE_S = 2.0
"""After which a waiting process looks whether the other side still lives."""


class SceneSource(Protocol):
    """Where scenes come from."""

    @property
    def side(self) -> int:
        """Of the pictures, in pixels."""
        ...

    @property
    def captions(self) -> int:
        """Of each scene."""
        ...

    @property
    def tokens(self) -> int:
        """Length of each caption, in token ids."""
        ...

    def draw(self, number: int, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]) -> None:
        """Fill `pixels` (side x side x 3) and `tokens` (captions x tokens) with scene `number`."""
        ...


@dataclass(frozen=True, eq=False)
class Chunk:
    """Scenes that follow each other."""

    pixels: NDArray[np.uint8]
    """n x side x side x 3."""
    tokens: NDArray[np.int16]
    """n x captions x tokens."""


class Flow:
    """An endless row of chunks from `source`. With `workers` they are drawn ahead in other processes."""

    def __init__(
        self, source: SceneSource, chunk: int, workers: int = 0, first: int = 0, stride: int = 1
    ) -> None:
        """`first` and `stride` are in chunks: ranks that share the scenes read every `stride`-th."""
        self._source, self._size = source, chunk
        self._first, self._stride, self._read = first, stride, 0
        can_fork = "fork" in multiprocessing.get_all_start_methods()
        self._workers = _Workers(source, chunk, workers, first, stride) if workers and can_fork else None

    @property
    def is_ready(self) -> bool:
        """Whether the next chunk costs no waiting."""
        return self._workers is not None and self._workers.is_ready(self._read)

    @contextmanager
    def next(self) -> Iterator[Chunk]:
        """The next chunk; its arrays are drawn over once the block is left."""
        if self._workers is not None:
            with self._workers.chunk(self._read) as chunk:
                yield chunk
        else:
            yield _drawn(self._source, self._size, self._first + self._read * self._stride)
        self._read += 1

    def close(self) -> None:
        if self._workers is not None:
            self._workers.close()


def empty_chunk(source: SceneSource, size: int) -> Chunk:
    return Chunk(
        np.zeros((size, source.side, source.side, 3), np.uint8),
        np.zeros((size, source.captions, source.tokens), np.int16),
    )


def _drawn(source: SceneSource, size: int, index: int) -> Chunk:
    chunk = empty_chunk(source, size)
    _draw_chunk(source, index * size, chunk)
    return chunk


def _draw_chunk(source: SceneSource, first: int, chunk: Chunk) -> None:
    for offset in range(len(chunk.pixels)):
        source.draw(first + offset, chunk.pixels[offset], chunk.tokens[offset])


class _Workers:
    """Forked, so that the sprites are in memory once; the slots are memory that all of them share."""

    def __init__(self, source: SceneSource, size: int, count: int, first: int, stride: int) -> None:
        context = multiprocessing.get_context("fork")
        self._count = count
        self._slots = [[_shared_chunk(source, size) for _ in range(SLOTS)] for _ in range(count)]
        self._free = [context.Semaphore(SLOTS) for _ in range(count)]
        self._full = [context.Semaphore(0) for _ in range(count)]
        self._processes = [
            context.Process(
                target=_work,
                args=(
                    source, size, first + worker * stride, count * stride,
                    self._slots[worker], self._free[worker], self._full[worker], os.getpid(),
                ),
                daemon=True,
            )
            for worker in range(count)
        ]  # fmt: skip
        threads = cv2.getNumThreads()
        # There is one child for each core. OpenCV's own threads must end before the fork: a child that asks
        # them to end waits for ever for threads that it never had.
        cv2.setNumThreads(1)
        try:
            for process in self._processes:
                process.start()
        finally:
            cv2.setNumThreads(threads)

    def is_ready(self, index: int) -> bool:
        full = self._full[index % self._count]
        if not full.acquire(block=False):
            return False
        full.release()
        return True

    @contextmanager
    def chunk(self, index: int) -> Iterator[Chunk]:
        worker = index % self._count
        while not self._full[worker].acquire(timeout=PATIENCE_S):
            if not self._processes[worker].is_alive():
                raise EngineLost(
                    "A process that draws the training scenes is gone; its message is above. "
                    "Go on from the last saved state with --resume."
                )
        try:
            yield self._slots[worker][index // self._count % SLOTS]
        finally:
            self._free[worker].release()

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
            process.close()


def _shared_chunk(source: SceneSource, size: int) -> Chunk:
    """Anonymous shared memory: containers often give /dev/shm only 64 MB."""
    like = empty_chunk(source, 1)
    pixels = mmap.mmap(-1, size * like.pixels.nbytes)
    tokens = mmap.mmap(-1, size * like.tokens.nbytes)
    return Chunk(
        np.frombuffer(pixels, np.uint8).reshape(size, *like.pixels.shape[1:]),
        np.frombuffer(tokens, np.int16).reshape(size, *like.tokens.shape[1:]),
    )


def _work(source, size, index, stride, slots, free, full, parent) -> None:
    """Draw every `stride`-th chunk from `index` on, for as long as the parent lives."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    turn = 0
    while True:
        while not free.acquire(timeout=PATIENCE_S):
            if os.getppid() != parent:
                return
        _draw_chunk(source, index * size, slots[turn % SLOTS])
        full.release()
        index, turn = index + stride, turn + 1
