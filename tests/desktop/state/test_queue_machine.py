"""Whatever an artist does to the queue in whatever order: what is shown is what the journal holds."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Container
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from patience import patience_s
from PySide6.QtCore import QCoreApplication, QEventLoop
from studios import end, toy_request
from toy_engine import ToyEngine

from desktop.state.jobs import Job, JobState
from desktop.state.studio import Studio
from engine.library.pictures import read_metadata

PATIENCE_S = patience_s(20)
OVER = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def pump_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited too long"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


class QueueMachine:
    """Real journal, real files, the real engine thread with the toy in it."""

    def __init__(self) -> None:
        self.home = tempfile.mkdtemp(prefix="lienzo-test-")
        os.environ["LIENZO_HOME"] = self.home
        self.open()

    def open(self) -> None:
        self.studio = Studio(ToyEngine())
        self.studio.generation.model = "toy"
        # named, because another studio changes the environment below while this one goes on saving
        self.studio.settings.library_folder = str(Path(self.home) / "pictures")
        self.studio.start()
        pump_until(lambda: self.studio.is_ready)
        self.jobs = self.studio.jobs

    def teardown(self) -> None:
        end(self.studio)
        shutil.rmtree(self.home)

    def on_one(
        self, number: int, do: Callable[[Job], object], states: Container[JobState] = JobState
    ) -> None:
        """`do` something with a job in one of `states`, if there is one.

        Not a precondition: how far the jobs are is a matter of time, and hypothesis wants certainty.
        """
        jobs = [job for job in self.jobs.jobs if job.state in states]
        if jobs:
            do(jobs[number % len(jobs)])

    def enqueue(self, images: int, at_front: int) -> None:
        self.jobs.enqueue(toy_request(f"ñ 🙂 {images}", images=1 + images % 3), at_front % 2 == 0)

    def enqueue_what_fails(self, *_: int) -> None:
        self.jobs.enqueue(toy_request().__class__(model="nowhere", width=64, height=64))

    def cancel(self, number: int, _: int) -> None:
        self.on_one(number, self.jobs.cancel)

    def cancel_all(self, *_: int) -> None:
        self.jobs.cancel_all()

    def remove(self, number: int, _: int) -> None:
        self.on_one(number, self.jobs.remove)

    def undo_remove(self, *_: int) -> None:
        self.jobs.undo_remove()

    def move(self, number: int, index: int) -> None:
        self.on_one(number, lambda job: self.jobs.move(job, index))

    def retry(self, number: int, _: int) -> None:
        self.on_one(number, self.jobs.retry, OVER)

    def stop_and_keep(self, *_: int) -> None:
        self.jobs.stop_and_keep()

    def pause(self, *_: int) -> None:
        self.jobs.pause()

    def resume(self, *_: int) -> None:
        self.jobs.resume()

    def let_some_time_pass(self, events: int, _: int) -> None:
        for _ in range(events):
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 2)

    def run_to_the_end(self, *_: int) -> None:
        self.jobs.resume()
        pump_until(lambda: all(job.is_over for job in self.jobs.jobs) and self.jobs.running is None)
        for job in self.jobs.jobs:
            if job.state is JobState.DONE:
                pump_until(lambda job=job: len(job.results) == job.made)

    def close_and_open(self, *_: int) -> None:
        """What waits, runs or failed comes back in its order, with its pictures."""
        end(self.studio)
        kept = [job for job in self.jobs.jobs if job.state in (JobState.QUEUED, JobState.FAILED)]
        waited = [job.state for job in self.jobs.jobs].count(JobState.QUEUED)
        self.open()
        assert [shown(job) for job in self.jobs.jobs] == [shown(job) for job in kept]
        assert self.jobs.is_paused == (waited > 0)

    def look_at_what_a_kill_would_leave(self, *_: int) -> None:
        """A copy of the disk at this moment, opened by another studio."""
        pictures = {result.path.name for result in self.studio.pictures.items}
        waiting = [job.id for job in self.jobs.jobs if job.state in (JobState.QUEUED, JobState.RUNNING)]
        copy = tempfile.mkdtemp(prefix="lienzo-test-")
        shutil.copytree(Path(self.home) / "data", Path(copy) / "data")
        os.environ["LIENZO_HOME"] = copy
        other = Studio(ToyEngine())
        other.generation.model = "toy"
        try:
            other.start(is_safe=True)
            pump_until(lambda: other.is_ready)
            assert pictures <= {result.path.name for result in other.pictures.items}
            found = [job.id for job in other.jobs.jobs if job.state is JobState.QUEUED]
            assert [id for id in waiting if id in found] == found
            assert other.jobs.is_paused
        finally:
            end(other)
            os.environ["LIENZO_HOME"] = self.home
            shutil.rmtree(copy)

    def the_journal_holds_what_is_shown(self) -> None:
        stored = self.studio.journal.jobs()
        assert [(job.id, job.state) for job in stored] == [(job.id, job.state) for job in self.jobs.jobs]
        for entry, job in zip(stored, self.jobs.jobs, strict=True):
            assert entry.results == tuple(result.path for result in job.results)
            assert entry.attempts == job.attempts

    def what_is_shown_as_saved_is_saved(self) -> None:
        for result in self.studio.pictures.items[-3:]:
            assert read_metadata(result.path).recipe is not None

    def one_job_runs_at_most(self) -> None:
        in_engine = [job for job in self.jobs.jobs if job.state is JobState.RUNNING and not job.is_delivered]
        assert in_engine in ([], [self.jobs.running])


def shown(job: Job) -> tuple[object, ...]:
    return job.id, job.state, job.request, job.made, [result.path for result in job.results]


ACTIONS = (
    "enqueue", "enqueue", "enqueue", "enqueue_what_fails", "cancel", "cancel_all", "remove", "undo_remove",
    "move", "move", "retry", "stop_and_keep", "pause", "resume", "let_some_time_pass",
    "let_some_time_pass", "run_to_the_end", "close_and_open", "look_at_what_a_kill_would_leave",
)  # fmt: skip
numbers = st.integers(0, 20)
# drawn at once, not step by step as hypothesis's own machines do: how far the jobs have come at a step is
# a matter of time, and hypothesis wants to see the same twice
stories = st.lists(st.tuples(st.sampled_from(ACTIONS), numbers, numbers), min_size=3, max_size=25)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(story=stories)
def test_the_queue_and_the_journal_agree_whatever_is_done(qapp, monkeypatch: pytest.MonkeyPatch, story):
    monkeypatch.setenv("LIENZO_HOME", os.environ["LIENZO_HOME"])  # so that it is put back
    machine = QueueMachine()
    try:
        for action, number, other in story:
            getattr(machine, action)(number, other)
            machine.the_journal_holds_what_is_shown()
            machine.what_is_shown_as_saved_is_saved()
            machine.one_job_runs_at_most()
    finally:
        machine.teardown()
