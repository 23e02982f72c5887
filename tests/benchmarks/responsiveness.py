"""Whether the window stays awake while the engine works, and how soon a cancel is obeyed."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from measure import Figure, percentile

TICK_MS = 5


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIENZO_HOME"] = folder
        return measure_window(Path(folder))


def measure_window(home: Path) -> list[Figure]:
    from PySide6.QtWidgets import QApplication

    from desktop.state.studio import Studio
    from desktop.widgets.theme import apply_theme
    from desktop.window import MainWindow

    application = QApplication.instance() or QApplication([])
    apply_theme(application, "dark")
    studio = Studio()
    studio.start()
    window = MainWindow(studio)
    window.resize(1280, 800)
    window.show()
    try:
        return figures(application, studio)
    finally:
        window.close()
        studio.close()


def figures(application, studio) -> list[Figure]:
    idle = lateness(application, seconds=4)
    studio.generation.prompt = "a house at night with stars"
    studio.generation.images = 12
    studio.generate()
    wait(application, lambda: studio.jobs.running is not None and studio.jobs.running.steps)
    busy = lateness(application, seconds=8)
    job = studio.jobs.running
    cancels = [cancel_latency(application, studio) for _ in range(5)]
    step = job.seconds_per_step if job and job.seconds_per_step else float("nan")
    return [
        Figure("event loop lateness, idle: p99", percentile(idle, 0.99), "ms"),
        Figure("event loop lateness, engine at work: p50", percentile(busy, 0.5), "ms"),
        Figure("event loop lateness, engine at work: p99", percentile(busy, 0.99), "ms", "< 16"),
        Figure("event loop lateness, engine at work: longest", max(busy), "ms"),
        Figure("one step", step * 1000, "ms"),
        Figure("cancel to cancelled, median of 5", statistics.median(cancels) * 1000, "ms"),
        Figure("  in steps", statistics.median(cancels) / step, "steps", "<= 1"),
    ]


def lateness(application, seconds: float) -> list[float]:
    """How many ms later than asked a precise timer of the GUI thread fired, again and again."""
    from PySide6.QtCore import Qt, QTimer

    late, last = [], [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(0.0, (now - last[0]) * 1000 - TICK_MS))
        last[0] = now

    timer = QTimer(application)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    end = time.monotonic() + seconds
    wait(application, lambda: time.monotonic() > end)
    timer.stop()
    return late[1:]


def wait(application, condition, patience: float = 120) -> None:
    from PySide6.QtCore import QEventLoop

    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the window never got there")
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


def cancel_latency(application, studio) -> float:
    """Seconds from the artist's cancel in the middle of a step to the job said to be cancelled."""
    from desktop.state.jobs import JobState

    if studio.jobs.running is None:
        studio.generate()
    wait(application, lambda: studio.jobs.running is not None and studio.jobs.running.steps)
    job = studio.jobs.running
    start = time.perf_counter()
    studio.jobs.cancel(job)
    wait(application, lambda: job.state is JobState.CANCELLED)
    return time.perf_counter() - start
