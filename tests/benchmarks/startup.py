"""How soon the window is there, and how soon the first step is."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Figure, python, seconds_of, trace_events

RUNS = 5
HASTY_ARTIST = Path(__file__).with_name("hasty_artist.py")


def measure() -> list[Figure]:
    rounds = [one_round() for _ in range(RUNS)]

    def median(name: str) -> float:
        return statistics.median(one[name] for one in rounds)

    def ratio(name: str, other: str) -> float:
        return statistics.median(one[name] / one[other] for one in rounds)

    return [
        Figure("import PySide6.QtWidgets, whole process", median("qt"), "s"),
        Figure("import torch, diffusers, whole process", median("torch"), "s"),
        Figure("first painted window", median("first_paint"), "s", "<= 0.6"),
        Figure("  the soonest of all runs", min(one["first_paint"] for one in rounds), "s"),
        Figure("  against import PySide6.QtWidgets", ratio("first_paint", "qt"), "times"),
        Figure("  against import torch, diffusers", ratio("first_paint", "torch"), "times"),
        Figure("engine ready behind the window", median("engine_ready"), "s"),
        Figure("first step of the starter, window", median("step"), "s"),
        Figure("  against import torch, diffusers", ratio("step", "torch"), "times"),
        Figure("first step of the starter, command line", median("command_line_step"), "s"),
        Figure("  against import torch, diffusers", ratio("command_line_step", "torch"), "times"),
    ]


def one_round() -> dict[str, float]:
    """Seconds of each, one after the other, so that a busy minute meets all alike."""
    return {
        "qt": seconds_of(python("import PySide6.QtWidgets"), 1),
        **window(["-m", "desktop"], {"first_paint", "engine_ready"}),
        "torch": seconds_of(python("import torch, diffusers"), 1),
        "step": window([str(HASTY_ARTIST)], {"step"})["step"],
        "command_line_step": command_line_first_step(),
    }


def window(program: list[str], names: set[str]) -> dict[str, float]:
    """Seconds from process start to the first of each named event of a real window, which is then closed."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.jsonl"
        child = subprocess.Popen([sys.executable, *program, "--temp", "--trace", str(trace)])
        try:
            return wait_for(trace, names, child)
        finally:
            child.terminate()
            child.wait(10)


def wait_for(
    trace: Path, names: set[str], child: subprocess.Popen[bytes], patience: float = 60
) -> dict[str, float]:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and child.poll() is None:
        events = reversed(trace_events(trace))
        found = {event["event"]: event["seconds"] for event in events if event["event"] in names}
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
