"""One started engine process: its pipes, its end in words, its log."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from engine.api.errors import EngineLost
from engine.api.wire import Sent, write_message

LOG_BYTES, LOG_FILES = 1 << 20, 3
GOODBYE_SECONDS = 1.0
"""How long a process may take to end before it is killed."""

Message = tuple[dict[str, Any], tuple[Sent, ...]]


class Child:
    """One started process and its two pipes."""

    def __init__(self, command: Sequence[str], stderr: IO[str] | None) -> None:
        self.process = subprocess.Popen(
            [*command, "--parent", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            **_apart_from_the_terminal(),
        )
        assert self.process.stdin and self.process.stdout
        self.answers = cast(BinaryIO, self.process.stdout)
        self._questions = cast(BinaryIO, self.process.stdin)
        self.is_working = True
        self.step_seconds = 0.0
        self.ending = ""
        """Why we ended it, where we did."""
        self._heard_at = time.monotonic()
        self._waiting: deque[Message] = deque()
        self._writing = threading.Lock()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def silent_seconds(self) -> float:
        return time.monotonic() - self._heard_at

    def heard(self) -> None:
        self._heard_at = time.monotonic()

    def begin_work(self) -> None:
        self.heard()
        self.step_seconds = 0.0
        self.is_working = True

    def send(self, form: dict[str, Any], pictures: tuple[Sent, ...] = ()) -> None:
        """One frame, from any thread. Never waits for another thread that writes: that one sends ours too.

        A pipe that broke is not an error here; who reads the answers hears of it.
        """
        self._waiting.append((form, pictures))
        while self._waiting and self._writing.acquire(blocking=False):
            try:
                while self._waiting:
                    write_message(self._questions, *self._waiting.popleft())
            except (OSError, ValueError):
                self._waiting.clear()
            finally:
                self._writing.release()

    def lost(self) -> EngineLost:
        """Why it is gone, in a plain sentence; waits the moment between the end of its pipe and its own."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GOODBYE_SECONDS)
        code = self.process.poll()
        return EngineLost(
            f"The engine {self.ending or _ending(code)}. It starts again with the next job.", code=code
        )

    def end(self) -> None:
        """Leave no process; a second at most for one that stopped listening."""
        for stop in (self.process.terminate, self.process.kill):
            stop()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(GOODBYE_SECONDS)
                break
        with contextlib.suppress(OSError):
            self._questions.close()
        # a thread that still reads from `answers` sees their end; the last reference closes them


def _ending(code: int | None) -> str:
    """What an exit code says, in words."""
    if code is None:
        return "stopped answering"
    if code >= 0:
        return f"ended by itself (exit code {code})"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
    match name:
        case "SIGKILL":
            return "was killed (signal 9), perhaps because memory ran out"
        case "SIGTERM":
            return "was asked to end (signal 15)"
        case "SIGBUS":
            return "crashed (SIGBUS), perhaps because a model file was changed while it was in use"
        case _:
            return f"crashed ({name}, signal {-code})"


def _apart_from_the_terminal() -> dict[str, Any]:
    """Ctrl+C in the terminal reaches the window alone, which decides; below the window's priority."""
    if sys.platform == "win32":
        return {
            "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.CREATE_NO_WINDOW
            | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        }
    return {"process_group": 0}


@contextlib.contextmanager
def log_stream(path: Path | None) -> Iterator[IO[str] | None]:
    """The file for the child's stderr, turned over when it has grown; None is our own stderr."""
    if path is None:
        yield None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    try:
        handler.emit(logging.makeLogRecord({"msg": "The engine starts."}))
        yield handler.stream
    finally:
        handler.close()
