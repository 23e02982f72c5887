"""The side of the app of a process that turns texts or pictures into vectors: asked, waited for, replaced.

What computes lies in the process: a Python tokenizer would hold up the window, torch would take its memory.
A question is a line of JSON, then the pixels it announces; an answer a line of JSON, then float32 numbers.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Sequence
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import UnsupportedModel
from engine.library.child import end, patience

Vectors = NDArray[np.float32]
PATIENCE_S = 600.0
"""For one question, the loading of a large network included, on a machine that is busy with others."""
LONGEST_HEAD = 1 << 16
MOST_NUMBERS = 1 << 24


class EmbedderProcess:
    """Any thread, one question at a time. The process starts with the first, and ends by itself when it is
    not asked for a while; the next question starts another one."""

    def __init__(self, command: Sequence[str], patience_s: float = PATIENCE_S) -> None:
        self._command = tuple(command)
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def texts(self, texts: Sequence[str]) -> Vectors:
        """N x length, each row of length 1. Raises `UnsupportedModel` where the model cannot say."""
        return self._ask({"texts": list(texts)}, b"")

    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> Vectors:
        """As `texts`, of pictures H x W x 3 (sRGB)."""
        sizes = [picture.shape[:2] for picture in pictures]
        pixels = b"".join(np.ascontiguousarray(picture).tobytes() for picture in pictures)
        return self._ask({"pictures": sizes}, pixels)

    def close(self) -> None:
        """From any thread: leaves no process, and whoever waits for an answer gets none."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, question: dict[str, object], pixels: bytes) -> Vectors:
        with self._lock:
            for is_last in (False, True):
                process = self._started()
                try:
                    with patience(process, self._patience_s):
                        return self._answer(process, question, pixels)
                except (OSError, EOFError, ValueError) as error:
                    self._end()  # it had just gone to sleep, or was killed: once more
                    if is_last or self._is_closed:
                        raise _lost() from error
        raise AssertionError("unreachable")

    def _answer(
        self, process: subprocess.Popen[bytes], question: dict[str, object], pixels: bytes
    ) -> Vectors:
        pipe, answers = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
        pipe.write(json.dumps(question).encode() + b"\n")
        pipe.write(pixels)
        pipe.flush()
        line = answers.readline(LONGEST_HEAD)
        if not line.endswith(b"\n"):
            raise EOFError
        head = json.loads(line)
        if "error" in head:
            raise UnsupportedModel(str(head["error"]))
        count, length = int(head["count"]), int(head["length"])
        if not 0 <= count * length <= MOST_NUMBERS:
            raise ValueError("more numbers than anyone asked for")
        data = answers.read(4 * count * length)
        if len(data) < 4 * count * length:
            raise EOFError
        return np.frombuffer(data, np.float32).reshape(count, length)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._is_closed:
            raise _lost()
        if self._process is None:
            threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **threads},
            )
            if self._is_closed:  # meanwhile
                self._process.kill()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process)


def _lost() -> UnsupportedModel:
    return UnsupportedModel(
        "What searches by meaning ended before it answered; it may need more memory than there is. "
        "Try again.",
        problem="embedder_lost",
    )
