"""Processes of ours that answer on pipes: waited for with patience, and ended."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator

END_S = 2.0


@contextlib.contextmanager
def patience(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """Inside, `process` is killed after so long: whoever reads its answer then comes to the end of it, and
    the event says that it was for this."""
    is_late = threading.Event()
    timer = threading.Timer(seconds, lambda: (is_late.set(), process.kill()))
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()
        timer.join()


def end(process: subprocess.Popen[bytes]) -> None:
    """At once; nothing of it stays, whatever it was doing. One that a disk holds, so that not even the system
    can end it, is left to end when that answers."""
    process.kill()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        return  # who reads its answer still has the pipe
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was still to be said has no reader any more
                pipe.close()
