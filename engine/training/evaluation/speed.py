"""Seconds and memory of a picture, measured in a process of its own so that nothing else counts.

`python -m engine.training.evaluation.speed FOLDER STEPS THREADS` prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SPEED_STEPS = (8, 12, 20)
PICTURES = 3
PROMPT = "a dog in the snow"


@dataclass(frozen=True)
class Cost:
    """Of one picture."""

    steps: int
    threads: int
    seconds: float
    """The median."""
    peak_mb: float
    """Of the whole process, Python and libraries included."""
    busy: float
    """Processor seconds a second: below `threads` others had the cores too."""


def cost_of(folder: Path, steps: int, threads: int = 2) -> Cost:
    """Measured anew, after one picture that does not count."""
    command = [
        sys.executable,
        "-m",
        "engine.training.evaluation.speed",
        str(folder),
        str(steps),
        str(threads),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout.strip().splitlines()[-1]))


def main(folder: Path, steps: int, threads: int) -> None:
    import torch

    from engine.training.evaluation.drawing import Painter

    torch.set_num_threads(threads)
    painter = Painter(folder, torch.device("cpu"))
    painter.steps = steps
    list(painter.paint([PROMPT], seed=0, batch=1))
    seconds, began, processor = [], time.perf_counter(), time.process_time()
    for number in range(PICTURES):
        before = time.perf_counter()
        list(painter.paint([PROMPT], seed=number, batch=1))
        seconds.append(time.perf_counter() - before)
    busy = (time.process_time() - processor) / (time.perf_counter() - began)
    cost = {
        "steps": steps, "threads": threads, "seconds": round(statistics.median(seconds), 3),
        "peak_mb": round(peak_mb()), "busy": round(busy, 2),
    }  # fmt: skip
    sys.stdout.write(json.dumps(cost) + "\n")


def peak_mb() -> float:
    """The most memory that this process has had.

    On Linux from the kernel's own account of it: `ru_maxrss` goes on from the process that started this one,
    so that beside a large one every picture would seem to take what that one has.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
