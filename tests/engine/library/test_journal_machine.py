"""Any history of the queue, with crashes in between, against a plain list that cannot be wrong."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.api.images import ImageInput
from engine.api.request import GenerationRequest
from engine.library.journal import MOST_ATTEMPTS, Journal

PICTURES = [np.full((2, 2, 3), value, np.uint8) for value in range(3)]
ENDS = ["done", "failed", "cancelled"]


@dataclass
class Known:
    id: str
    request: GenerationRequest
    state: str = "queued"
    attempts: int = 0
    results: list[Path] = field(default_factory=list)
    made: int = 0


class QueueHistory(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "journal.sqlite")
        self.journal = Journal(self.path)
        self.known: list[Known] = []
        self.pictures: list[tuple[Path, str]] = []
        self.count = 0
        self.delivered = 0

    @rule(prompt=st.text(max_size=10), picture=st.none() | st.sampled_from(range(3)))
    def add(self, prompt: str, picture: int | None) -> None:
        image = None if picture is None else ImageInput.of(PICTURES[picture])
        job = Known(f"job{self.count}", GenerationRequest("m", prompt, image=image))
        self.count += 1
        self.journal.add(job.id, job.request)
        self.known.append(job)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.known))
        self.journal.set_state(job.id, "running")
        job.state, job.attempts = "running", job.attempts + 1

    @precondition(lambda self: self.known)
    @rule(data=st.data(), state=st.sampled_from(ENDS))
    def end(self, data: st.DataObject, state: str) -> None:
        job = data.draw(st.sampled_from(self.known))
        self.journal.set_state(job.id, state)
        job.state = state

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.known))
        path = Path(f"/pictures/{self.delivered}.png")
        self.delivered += 1
        self.journal.add_result(job.id, path)
        job.results.append(path)
        job.made += 1
        self.pictures.append((path, job.id))

    @precondition(lambda self: self.pictures)
    @rule(data=st.data())
    def throw_away(self, data: st.DataObject) -> None:
        path, id = data.draw(st.sampled_from(self.pictures))
        self.journal.remove_result(path)
        self.pictures.remove((path, id))
        for job in self.known:
            if job.id == id:
                job.results.remove(path)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def reorder(self, data: st.DataObject) -> None:
        self.known = data.draw(st.permutations(self.known))
        self.journal.reorder([job.id for job in self.known])

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.known))
        self.journal.remove(job.id)
        self.known.remove(job)

    @rule()
    def open_again(self) -> None:
        self.journal.close()
        self.journal = Journal(self.path)
        assert self.journal.notes == []

    @rule()
    def crash_and_recover(self) -> None:
        self.open_again()
        self.journal.recover()
        for job in self.known:
            if job.state == "running":
                finished = job.made >= job.request.images
                job.state = "done" if finished else "queued" if job.attempts < MOST_ATTEMPTS else "failed"

    @invariant()
    def the_journal_knows_the_same(self) -> None:
        if not hasattr(self, "journal"):
            return
        jobs = self.journal.jobs()
        assert [(j.id, j.request, j.state, j.attempts, list(j.results), j.made) for j in jobs] == [
            (k.id, k.request, k.state, k.attempts, k.results, k.made) for k in self.known
        ]
        for job in jobs:
            assert job.request.image is None or job.request.image.pixels is not None
        assert self.journal.recent_results() == self.pictures

    @invariant()
    def no_start_picture_is_kept_in_vain(self) -> None:
        if not hasattr(self, "journal"):
            return
        rows = self.journal._connection.execute("SELECT sha256 FROM inputs").fetchall()
        assert {sha256 for (sha256,) in rows} == {
            job.request.image.sha256 for job in self.known if job.request.image is not None
        }

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
            self.folder.cleanup()


QueueHistory.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
test_any_history_of_the_queue = QueueHistory.TestCase
