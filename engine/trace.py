"""What happened when: one JSON line an event, from every process of one start, in one file.

Switched on by `--trace FILE` (see `to_file`) or by `LIENZO_TRACE=FILE`. The benchmarks read it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

FILE, START = "LIENZO_TRACE", "LIENZO_TRACE_START"


def trace(name: str, **data: str | int | float | bool | None) -> None:
    """Append `{"event": name, "seconds": ..., "pid": ..., **data}`; costs one look-up when switched off.

    `seconds` counts from the start of the first process (the window or the command line), on the
    monotonic clock that all processes of a machine share.
    """
    path = os.environ.get(FILE)
    if not path:
        return
    form = {"event": name, "seconds": round(time.monotonic() - _start(), 6), "pid": os.getpid(), **data}
    line = json.dumps(form, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    # one write to a file opened for appending, so that lines of several processes do not mix
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def to_file(path: Path) -> None:
    """Trace this process and the children it starts from now on into `path`, after what is there.

    Raises `OSError` where the file cannot be written.
    """
    path = path.absolute()
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
    os.environ[FILE] = str(path)
    _start()
    trace("process_start", at=0.0)


def _start() -> float:
    """When the first process began, on `time.monotonic`; children inherit it."""
    if START not in os.environ:
        os.environ[START] = repr(_process_start())
    return float(os.environ[START])


def _process_start() -> float:
    """When the system started this process; on Linux exact to its clock tick (10 ms), else now."""
    try:
        # field 22 of /proc/self/stat: start in ticks since boot; the name before it may hold spaces
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.monotonic() - max(0.0, age)
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic()
