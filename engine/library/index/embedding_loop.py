"""The process's side of `embedder`: questions answered one after the other, an end when none come."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
IDLE_S = 120.0
"""Without a question for so long it ends: what it holds is memory that pictures need."""
LESS_URGENT = 10
"""Of `nice`: the window and what draws come first."""
LARGEST_SIDE = 4096
MOST_BYTES = 1 << 30


def serve(
    texts: Callable[[Sequence[str]], Vectors],
    pictures: Callable[[Sequence[NDArray[np.uint8]]], Vectors] | None = None,
    idle_s: float = IDLE_S,
) -> None:
    """Answer until the input ends. An exception of `texts` or `pictures` is the answer, in words."""
    with contextlib.suppress(OSError, AttributeError):  # Windows has no `nice`
        os.nice(LESS_URGENT)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    watch = _Watch(idle_s)
    for line in questions:
        with watch.busy():
            _say(answers, lambda line=line: _answer(json.loads(line), questions, texts, pictures))


def _answer(question: dict, questions: BinaryIO, texts, pictures) -> Vectors:
    if "texts" in question:
        return texts([str(text) for text in question["texts"]])
    taken = [_pixels(questions, int(height), int(width)) for height, width in question["pictures"]]
    if pictures is None:
        raise ValueError("This model reads words only.")
    return pictures(taken)


def _pixels(questions: BinaryIO, height: int, width: int) -> NDArray[np.uint8]:
    if not (0 < height <= LARGEST_SIDE and 0 < width <= LARGEST_SIDE):
        raise ValueError("no small picture is so large")
    return np.frombuffer(questions.read(height * width * 3), np.uint8).reshape(height, width, 3)


def _say(answers: BinaryIO, work: Callable[[], Vectors]) -> None:
    try:
        vectors = np.ascontiguousarray(work(), np.float32)
    except Exception as error:  # the app says it; here nobody would read it
        answers.write(json.dumps({"error": str(error) or type(error).__name__}).encode() + b"\n")
    else:
        head = {"count": vectors.shape[0], "length": vectors.shape[1]}
        answers.write(json.dumps(head).encode() + b"\n" + vectors.tobytes())
    answers.flush()


class _Watch:
    """Ends the process from a thread of its own, for the main one waits in a read."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._since: float | None = time.monotonic()
        threading.Thread(target=self._run, daemon=True).start()

    @contextlib.contextmanager
    def busy(self):
        self._since = None
        yield
        self._since = time.monotonic()

    def _run(self) -> None:
        while True:
            time.sleep(min(5.0, self._idle_s / 4))
            if self._since is not None and time.monotonic() - self._since > self._idle_s:
                os._exit(0)
