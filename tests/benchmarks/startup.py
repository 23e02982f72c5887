"""How soon the window is there, and how soon the first step is."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Figure, python, seconds_of, trace_events

RUNS = 5


def measure() -> list[Figure]:
    qt = seconds_of(python("import PySide6.QtWidgets"), RUNS)
    torch = seconds_of(python("import torch, diffusers"), 3)
    starts = [window_start() for _ in range(RUNS)]
    window = statistics.median(start["first_paint"] for start in starts)
    ready = statistics.median(start["engine_ready"] for start in starts)
    first_step = statistics.median(command_line_first_step() for _ in range(3))
    return [
        Figure("import PySide6.QtWidgets, whole process", qt, "s"),
        Figure("import torch, diffusers, whole process", torch, "s"),
        Figure("first painted window", window, "s", "<= 0.6"),
        Figure("  against import PySide6.QtWidgets", window / qt, "times"),
        Figure("  against import torch, diffusers", window / torch, "times"),
        Figure("engine ready behind the window", ready, "s"),
        Figure("first step of the starter, command line", first_step, "s"),
        Figure("  against import torch, diffusers", first_step / torch, "times"),
    ]


def window_start() -> dict[str, float]:
    """Seconds from process start to each named event of a real window, which is then closed."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.jsonl"
        child = subprocess.Popen(
            [sys.executable, "-m", "desktop", "--temp", "--trace", str(trace)], env={**os.environ}
        )
        try:
            return wait_for(trace, {"first_paint", "engine_ready"}, child)
        finally:
            child.terminate()
            child.wait(10)


def wait_for(trace: Path, names: set[str], child: subprocess.Popen, patience: float = 60) -> dict[str, float]:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and child.poll() is None:
        found = {event["event"]: event["seconds"] for event in trace_events(trace) if event["event"] in names}
        if names <= found.keys():
            return found
        time.sleep(0.05)
    raise SystemExit(f"the window never said {sorted(names)} (exit code {child.poll()})")


def command_line_first_step() -> float:
    with tempfile.TemporaryDirectory() as folder:
        trace, picture = Path(folder) / "trace.jsonl", Path(folder) / "dog.png"
        command = [sys.executable, "-m", "desktop", "generate", "a dog", "--seed", "1", "--quiet"]
        subprocess.run([*command, "-o", str(picture), "--trace", str(trace)], check=True)
        return next(event["seconds"] for event in trace_events(trace) if event["event"] == "step")
