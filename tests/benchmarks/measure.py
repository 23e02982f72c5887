"""What the benchmarks share: timing child processes, medians, and one table at the end."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the table: a measured value and what it is held to."""

    name: str
    value: float
    unit: str = ""
    target: str = ""
    note: str = ""


def seconds_of(command: Sequence[str], runs: int = 5) -> float:
    """Median wall time of a whole process, in seconds."""
    return statistics.median(_once(command) for _ in range(runs))


def _once(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def in_turns(
    first: Callable[[], float], second: Callable[[], float], rounds: int
) -> list[tuple[float, float]]:
    """Both functions' figures, measured one after the other so that a busy machine meets both alike."""
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            b, a = second(), first()
        else:
            a, b = first(), second()
        pairs.append((a, b))
    return pairs


def median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Of the first to the second, turn by turn."""
    return statistics.median(first / second for first, second in pairs)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def trace_events(path: Path) -> list[dict]:
    """The lines of a trace file so far; a half-written last line is left out."""
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def table(title: str, figures: Sequence[Figure]) -> str:
    rows = [
        f"  {figure.name:<58}{figure.value:>10.4g} {figure.unit:<6}{figure.target:<12}{figure.note}"
        for figure in figures
    ]
    return "\n".join([title, *rows])


def as_json(figures: Sequence[Figure]) -> list[dict]:
    return [asdict(figure) for figure in figures]
