"""The side of the app: one decoder process that is asked, waited for with patience, and replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import UnreadableFile
from engine.api.images import Pixels, read_only
from engine.library import child
from engine.library.disks import FILES, NO_ANSWER, is_no_answer
from engine.library.thumbnails.thumbnail import FileStamp, Thumbnail

COMMAND = (sys.executable, "-m", "engine.library.thumbnails.decoder")
PATIENCE_SECONDS = 10.0
"""For one picture, the disk included: a share that hangs must not hold up the others."""
DISK_SECONDS = 20.0
"""Until the disk has told that the file is there, however large it is; a busy machine's start of the process
included."""
MOST_PICTURES = 2000
"""Then the process is replaced by a fresh one."""
GRACE_S = 2.0
"""After its patience a process is killed, and ends, unless the disk holds it."""
TOO_MUCH = "it takes more memory or time than a picture may, or is damaged"
LONGEST_HEAD = 65_536
LARGEST_SIDE = 4096
LONGEST_SIDE, MOST_PIXELS = 16_384, 178_000_000
"""As the gate has them, which is loaded in the process only."""


@dataclass(frozen=True)
class Limits:
    """What a decoder may use."""

    patience_s: float = PATIENCE_SECONDS
    memory_bytes: int = 2 << 30
    niceness: int = 10
    """Small pictures are made beside what the artist does."""


WHOLE = Limits(60.0, 6 << 30, 0)
"""For the largest picture at its full size (three times its pixels, and the libraries), waited for."""


class DecoderProcess:
    """Used by one thread. The process starts with the first question."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0
        self.is_closed = False
        """By `kill`: whatever it was asked was left undone."""
        self._starting = threading.Lock()
        self.stamp: FileStamp | None = None
        """Of the file of the last answer, as it was when it was read."""

    def thumbnail(self, path: Path | str, side: int) -> Thumbnail:
        """The picture in the file, upright, with a longer side of at most `side`. Raises `UnreadableFile`."""
        return Thumbnail(self._asked(path, side, LARGEST_SIDE))

    def pixels(self, path: Path | str) -> Pixels:
        """The whole picture in the file, as `gate.open_picture` has it. Raises `UnreadableFile`."""
        return read_only(self._asked(path, 0, LONGEST_SIDE))

    def _asked(self, path: Path | str, side: int, largest: int) -> NDArray[np.uint8]:
        """`side` 0: not made smaller. A process that a disk holds cannot always be ended: then it is left."""
        folder = os.fsencode(Path(path).parent)
        if FILES.is_silent(folder):
            raise _refused(path, NO_ANSWER)
        process = self._started()
        disk_s, whole_s = min(DISK_SECONDS, self._limits.patience_s), self._limits.patience_s
        try:
            FILES.ask(folder, lambda: self._find(process, path, side, disk_s), disk_s + GRACE_S)
            return FILES.ask(folder, lambda: self._told(process, path, largest), whole_s + GRACE_S)
        except UnreadableFile as error:
            if is_no_answer(error) and self._process is process:
                process.kill()
                self._process, self._answered = None, 0
            raise

    def _find(self, process: subprocess.Popen[bytes], path: Path | str, side: int, seconds: float) -> None:
        """Ask, and wait until the disk has told of the file."""
        self.stamp = None
        question = {"path": os.fsencode(path).hex(), "side": side}
        with child.patience(process, seconds) as is_late:
            try:
                cast(BinaryIO, process.stdin).write(json.dumps(question).encode() + b"\n")
                cast(BinaryIO, process.stdin).flush()
                self.stamp = self._stamp(process, path)
            except (OSError, ValueError, EOFError) as error:
                raise self._failed(process, path, NO_ANSWER if is_late.is_set() else TOO_MUCH) from error

    def _told(self, process: subprocess.Popen[bytes], path: Path | str, largest: int) -> NDArray[np.uint8]:
        try:
            with child.patience(process, self._limits.patience_s):
                return self._answer(process, path, largest)
        except (OSError, ValueError, EOFError) as error:
            raise self._failed(process, path, TOO_MUCH) from error

    def _failed(self, process: subprocess.Popen[bytes], path: Path | str, cause: str) -> UnreadableFile:
        """Another process answers the next question."""
        if self._process is process:
            self.end()
        return _refused(path, cause)

    def end(self) -> None:
        """Leave no process; the next question starts another one."""
        process, self._process = self._process, None
        if process is not None:
            child.end(process)
        self._answered = 0

    def kill(self) -> None:
        """From another thread: whoever waits for an answer gets none, and no process is started any more."""
        with self._starting:
            self.is_closed = True
            process = self._process
        if process is not None:
            process.kill()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (
            self._process.poll() is not None or self._answered >= MOST_PICTURES
        ):
            self.end()
        with self._starting:
            if self.is_closed:
                raise UnreadableFile("The app is closing.", path="", cause="closing")
            if self._process is None:
                threads = {
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                }  # a stack each counts as memory
                self._process = subprocess.Popen(
                    [*COMMAND, str(self._limits.memory_bytes), str(self._limits.niceness)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, **threads},
                )
        return self._process

    def _stamp(self, process: subprocess.Popen[bytes], path: Path | str) -> FileStamp | None:
        facts = _line(process)
        return FileStamp(int(facts["size"]), int(facts["mtime_ns"]), Path(path).name) if facts else None

    def _answer(self, process: subprocess.Popen[bytes], path: Path | str, largest: int) -> NDArray[np.uint8]:
        answers, head = cast(BinaryIO, process.stdout), _line(process)
        self._answered += 1
        if "refused" in head:
            raise UnreadableFile(str(head["refused"]), path=str(path), cause=str(head["refused"]))
        height, width = int(head["height"]), int(head["width"])
        if not (0 < height <= largest and 0 < width <= largest and height * width <= MOST_PIXELS):
            raise ValueError("no such picture was asked for")
        pixels = np.empty((height, width, 3), np.uint8)
        view = pixels.data.cast("B")
        at = 0
        while at < len(view):
            count = answers.readinto(view[at:])  # type: ignore[attr-defined]  # a buffered pipe has it
            if not count:
                raise EOFError
            at += count
        return pixels


def _line(process: subprocess.Popen[bytes]) -> dict:
    line = cast(BinaryIO, process.stdout).readline(LONGEST_HEAD)
    if not line.endswith(b"\n"):
        raise EOFError
    return json.loads(line)


def _refused(path: Path | str, cause: str) -> UnreadableFile:
    name = Path(path).name.encode("utf-8", "replace").decode()
    return UnreadableFile(
        f"{name} cannot be shown: {cause}. Get a whole copy of it and try again.", path=str(path), cause=cause
    )
