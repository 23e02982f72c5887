"""Whether the window stays awake while the engine works, and how soon a cancel is obeyed."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable

from measure import Figure, percentile, python
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from desktop.app.garbage import GarbageCollector
from desktop.state.jobs import Job, JobState
from desktop.state.studio import Studio
from desktop.widgets.theme import apply_theme
from desktop.window import MainWindow

TICK_MS = 5
IDLE_SECONDS, BUSY_SECONDS = 4, 12
CANCELS = (0.2, 0.5, 0.8) * 3
"""How far into a step each cancel comes."""

CLOCK_BESIDE = f"""
import json, sys, time
late, end = [], time.monotonic() + {BUSY_SECONDS}
while time.monotonic() < end:
    before = time.perf_counter()
    time.sleep({TICK_MS / 1000})
    late.append((time.perf_counter() - before) * 1000 - {TICK_MS})
print(json.dumps(late))
"""
"""The same clock in a process that does nothing else: what the machine itself is late by."""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIENZO_HOME"] = folder
        return measure_window()


def measure_window() -> list[Figure]:
    """As the program itself sets it up: its own process for the engine, its own garbage collection."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication([])
    apply_theme(application, "dark")
    studio = Studio()
    garbage = GarbageCollector(application)
    window = MainWindow(studio)
    window.resize(1280, 800)
    window.show()
    studio.start()
    garbage.settle()
    try:
        return figures(application, studio)
    finally:
        window.close()
        studio.close()
        garbage.restore()


def figures(application: QApplication, studio: Studio) -> list[Figure]:
    wait(application, lambda: studio.is_ready)
    warm_up(application, studio)
    idle = lateness(application, IDLE_SECONDS)
    begin(application, studio, images=10_000)
    with subprocess.Popen(python(CLOCK_BESIDE), stdout=subprocess.PIPE) as beside:
        busy = lateness(application, BUSY_SECONDS)
        assert beside.stdout is not None
        machine = json.loads(beside.stdout.read())
    saved = len(studio.pictures.items)
    step = statistics.median(step_times(application, studio))
    cancels = [cancel_latency(application, studio, share * step) for share in CANCELS]
    late = "event loop late"
    return [
        Figure(f"{late}, idle: 99 %", percentile(idle, 0.99), "ms"),
        Figure(f"{late}, engine at work: 50 %", percentile(busy, 0.5), "ms"),
        Figure(f"{late}, engine at work: 99 %", percentile(busy, 0.99), "ms", "< 16"),
        Figure(f"{late}, engine at work: longest", max(busy), "ms", note=f"{saved} pictures saved"),
        Figure("an empty process beside it: 99 %", percentile(machine, 0.99), "ms"),
        Figure("an empty process beside it: longest", max(machine), "ms"),
        Figure("one step as it arrives in the window", step * 1000, "ms"),
        Figure(
            "cancel in the middle of a step to cancelled, median", statistics.median(cancels) * 1000, "ms"
        ),
        Figure("  in steps", statistics.median(cancels) / step, "steps", "<= 1"),
        Figure(f"  the longest of {len(cancels)}", max(cancels) / step, "steps"),
    ]


def warm_up(application: QApplication, studio: Studio) -> None:
    """One whole picture: the model is loaded, the preview fitted."""
    job = begin(application, studio, images=1)
    wait(application, lambda: job.state is JobState.DONE)


def begin(application: QApplication, studio: Studio, images: int) -> Job:
    """A job that has made its first step."""
    studio.generation.prompt = "a house at night with stars"
    studio.generation.images = images
    job = studio.generate()
    assert job is not None
    wait(application, lambda: bool(job.steps))
    return job


def lateness(application: QApplication, seconds: float) -> list[float]:
    """How many ms later than asked a precise timer of the GUI thread fired, again and again."""
    late: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(0.0, (now - last[0]) * 1000 - TICK_MS))
        last[0] = now

    timer = QTimer(application, interval=TICK_MS)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    end = time.monotonic() + seconds
    wait(application, lambda: time.monotonic() > end)
    timer.stop()
    return late[1:]


def step_times(application: QApplication, studio: Studio, count: int = 40) -> list[float]:
    """Seconds between the steps of one picture, as the window sees them."""
    seen: list[tuple[int, float]] = []

    def look(job: Job, kept: object) -> None:
        seen.append((job.image_index, time.perf_counter()))

    studio.jobs.step_arrived.connect(look)
    wait(application, lambda: len(seen) >= count)
    studio.jobs.step_arrived.disconnect(look)
    pairs = itertools.pairwise(seen)
    return [later - sooner for (image, sooner), (next_image, later) in pairs if image == next_image]


def cancel_latency(application: QApplication, studio: Studio, after: float) -> float:
    """Seconds from a cancel, `after` seconds into a step, to the job said to be cancelled."""
    job = studio.jobs.running or begin(application, studio, images=10_000)
    steps = len(job.steps)
    wait(application, lambda: len(job.steps) > steps)
    end = time.perf_counter() + after
    wait(application, lambda: time.perf_counter() >= end, patience_ms=1)
    start = time.perf_counter()
    studio.jobs.cancel(job)
    wait(application, lambda: job.state is JobState.CANCELLED)
    return time.perf_counter() - start


def wait(
    application: QApplication, condition: Callable[[], bool], seconds: float = 120, patience_ms: int = 20
) -> None:
    """Run the event loop until `condition`; it wakes at each event, and after `patience_ms` without."""
    deadline = time.monotonic() + seconds
    alarm = QTimer(application, interval=patience_ms)
    alarm.start()
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the window never got there")
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    alarm.stop()
    alarm.deleteLater()
