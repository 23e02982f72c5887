"""The side of the app: one decoder process that is asked, waited for with patience, and replaced."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from engine.api.errors import UnreadableFile
from engine.library.thumbnails.thumbnail import Thumbnail

COMMAND = (sys.executable, "-m", "engine.library.thumbnails.decoder")
PATIENCE_SECONDS = 10.0
"""For one picture, the disk included: a share that hangs must not hold up the others."""
MOST_PICTURES = 2000
"""Then the process is replaced by a fresh one."""
LONGEST_HEAD = 65_536
LARGEST_SIDE = 4096


class DecoderProcess:
    """Used by one thread. The process starts with the first question."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0
        self._is_closed = False
        self._starting = threading.Lock()

    def thumbnail(self, path: Path | str, side: int) -> Thumbnail:
        """The picture in the file, upright, with a longer side of at most `side`. Raises `UnreadableFile`."""
        process = self._started()
        timer = threading.Timer(self._patience, process.kill)
        timer.start()
        try:
            question = {"path": os.fsencode(path).hex(), "side": side}
            cast(BinaryIO, process.stdin).write(json.dumps(question).encode() + b"\n")
            cast(BinaryIO, process.stdin).flush()
            return self._answer(process, path)
        except (OSError, ValueError, EOFError) as error:
            self.end()
            raise _refused(path, "it takes more memory or time than a picture may, or is damaged") from error
        finally:
            timer.cancel()
            timer.join()

    def end(self) -> None:
        """Leave no process; the next question starts another one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                cast(BinaryIO, pipe).close()
        self._answered = 0

    def kill(self) -> None:
        """From another thread: whoever waits for an answer gets none, and no process is started any more."""
        with self._starting:
            self._is_closed = True
            process = self._process
        if process is not None:
            process.kill()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (
            self._process.poll() is not None or self._answered >= MOST_PICTURES
        ):
            self.end()
        with self._starting:
            if self._is_closed:
                raise UnreadableFile("The app is closing.", path="", cause="closing")
            if self._process is None:
                threads = {
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                }  # a stack each counts as memory
                self._process = subprocess.Popen(
                    COMMAND,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, **threads},
                )
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], path: Path | str) -> Thumbnail:
        answers = cast(BinaryIO, process.stdout)
        line = answers.readline(LONGEST_HEAD)
        if not line.endswith(b"\n"):
            raise EOFError
        head = json.loads(line)
        self._answered += 1
        if "refused" in head:
            raise UnreadableFile(str(head["refused"]), path=str(path), cause=str(head["refused"]))
        height, width = int(head["height"]), int(head["width"])
        if not (0 < height <= LARGEST_SIDE and 0 < width <= LARGEST_SIDE):
            raise ValueError("no thumbnail is so large")
        pixels = np.empty((height, width, 3), np.uint8)
        view = pixels.data.cast("B")
        at = 0
        while at < len(view):
            count = answers.readinto(view[at:])  # type: ignore[attr-defined]  # a buffered pipe has it
            if not count:
                raise EOFError
            at += count
        return Thumbnail(pixels)


def _refused(path: Path | str, cause: str) -> UnreadableFile:
    name = Path(path).name.encode("utf-8", "replace").decode()
    return UnreadableFile(
        f"{name} cannot be shown: {cause}. Get a whole copy of it and try again.", path=str(path), cause=cause
    )
