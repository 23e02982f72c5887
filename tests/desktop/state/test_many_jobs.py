"""Thousands of jobs: one wish of the artist is one transaction, however many jobs it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from studios import heard, studio_with_toy, toy_request

from desktop.state.jobs import JobState
from desktop.state.studio import Studio

MANY = 3_000


def transactions(studio: Studio, do: Callable[[], object]) -> int:
    """How many commits `do` costs: each is a wait for the disk."""
    assert studio.journal is not None
    said: list[str] = []
    studio.journal._connection.set_trace_callback(said.append)
    do()
    studio.journal._connection.set_trace_callback(None)
    return said.count("COMMIT")


def test_thousands_of_jobs_are_queued_moved_cancelled_removed_and_found_again(qtbot):
    request = toy_request()
    requests = [replace(request, prompt=f"picture {number}") for number in range(MANY)]
    with studio_with_toy(qtbot) as studio:
        jobs = studio.jobs
        jobs.pause()
        with studio.journal.together():  # only so that the test does not wait for the disk each time
            for request in requests:
                jobs.enqueue(request)
        first, last = jobs.jobs[0], jobs.jobs[-1]
        assert transactions(studio, lambda: jobs.move(last, 0)) == 1
        assert jobs.jobs[:2] == [last, first]
        assert transactions(studio, lambda: jobs.enqueue(requests[0], at_front=True)) == 1
    with studio_with_toy(qtbot) as studio:
        jobs = studio.jobs
        assert len(jobs.jobs) == MANY + 1 and jobs.is_paused
        assert jobs.jobs[1].request.prompt == f"picture {MANY - 1}"
        assert transactions(studio, jobs.cancel_all) == 1
        assert all(job.state is JobState.CANCELLED for job in jobs.jobs)
        assert transactions(studio, jobs.remove_finished) == 1
        assert not jobs.jobs
        assert transactions(studio, heard(studio).offers[-1].action) == 1
        assert len(jobs.jobs) == MANY + 1
