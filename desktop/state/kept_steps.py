"""All steps of all jobs, within a fixed amount of memory: the oldest go first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from desktop.state.job import Job, KeptStep
from desktop.state.result import Result

MOST_BYTES = 192 << 20
MOST_STEPS = 100_000
"""Steps without a preview weigh little, but not nothing."""


class KeptSteps:
    """Knows the order of arrival over all jobs; the steps themselves are in `Job.steps`."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._order: deque[tuple[Job, KeptStep]] = deque()
        self.bytes = 0

    def add(self, job: Job, kept: KeptStep) -> list[Job]:
        """Count `kept`, already in `job.steps`; returns the jobs that lost steps for it."""
        self._order.append((job, kept))
        self.bytes += _weight(kept)
        poorer: list[Job] = []
        while (self.bytes > self._most_bytes or len(self._order) > MOST_STEPS) and len(self._order) > 1:
            oldest_job, oldest = self._order.popleft()
            self.bytes -= _weight(oldest)
            oldest_job.steps.remove(oldest)
            if oldest_job not in poorer:
                poorer.append(oldest_job)
        return poorer

    def forget(self, job: Job, from_image: int = 0) -> bool:
        """Drop the steps of the pictures from `from_image` on; False where there were none."""
        gone = {kept for kept in job.steps if kept.image_index >= from_image}
        if not gone:
            return False
        self.bytes -= sum(_weight(kept) for kept in gone)
        self._order = deque(entry for entry in self._order if entry[1] not in gone)
        job.steps[:] = [kept for kept in job.steps if kept not in gone]
        return True


def _weight(kept: KeptStep) -> int:
    return kept.preview.nbytes if kept.preview is not None else 0


def job_of(jobs: Iterable[Job], result: Result) -> tuple[Job, int] | None:
    """The job that made `result`, and which of its pictures it is; None where that is not known any more."""
    job = next((job for job in jobs if job.id == result.job_id), None)
    if job is None or job.teaches or result.recipe is None:
        return None
    return job, (result.recipe.request.sampling.seed - job.pictures.sampling.seed) % 2**64


def steps_of(job: Job, image_index: int) -> list[KeptStep]:
    """Those that are kept of one picture, oldest first."""
    return [kept for kept in job.steps if kept.image_index == image_index]
