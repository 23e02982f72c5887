"""The progress bar for a terminal: step, seconds a step, time left."""

from __future__ import annotations

import sys
import time
from collections import deque

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from engine.api.events import Event, Loading, Step
from engine.cli.reporter import Lines, line_of
from engine.cli.saving import Saved

RECENT_STEPS = 8
"""Their mean tells the time left: the first step warms up, and a busy machine changes its pace."""


class Bar(Lines):
    """One bar for the picture under way; what else is said stays above it."""

    def __init__(self, images: int) -> None:
        """`images` are asked for in all; their steps count towards the time left."""
        super().__init__()
        self._images = images
        self._console = Console(file=sys.stderr, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("Preparing", total=None, pace="")
        self._recent: deque[float] = deque(maxlen=RECENT_STEPS)
        self._last_step = time.monotonic()

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def event(self, event: Event, saved: Saved | None) -> None:
        if isinstance(event, Step):
            self._show_step(event)
        elif isinstance(event, Loading):
            share = "" if event.share is None else f" {event.share:.0%}"
            self._progress.update(self._task, description=line_of(event, saved) + share)
        elif line := line_of(event, saved):
            self.say(line)

    def say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)

    def _show_step(self, event: Step) -> None:
        now = time.monotonic()
        self._recent.append(event.seconds or now - self._last_step)
        self._last_step = now
        pace = sum(self._recent) / len(self._recent)
        pictures_left = self._images - event.image_index - 1
        left = pace * (event.total - event.index + pictures_left * event.total)
        name = f"Picture {event.image_index + 1}" + (f" of {self._images}" if self._images > 1 else "")
        self._progress.update(
            self._task,
            description=name,
            completed=event.index,
            total=event.total,
            pace=f"{pace:.2f} s/step, {duration(left)} left",
        )


def counting_bar() -> Progress:
    """Of things that are gone through, for a terminal; nothing of it stays, and elsewhere there is none."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(file=sys.stderr, highlight=False, markup=False),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def duration(seconds: float) -> str:
    """`0:07`, `12:30`, `1:05:00`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
