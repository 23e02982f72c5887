from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from invented import save_zorbis
from studios import PATIENCE_MS, end, heard, studio_with_toy, toy_request, wait_done
from toy_worker import toy_process

from desktop.bridge.engine_process import EngineProcess
from desktop.bridge.local_engine import LocalEngine
from desktop.state.jobs import JobState
from desktop.state.kept_steps import KeptSteps
from desktop.state.studio import Studio
from desktop.state.words import say
from engine.api.request import Sampling
from engine.api.training import TrainRequest
from engine.library.pictures import open_picture, read_metadata


def test_a_picture_is_on_the_disk_with_its_recipe_before_it_is_shown_as_saved(qtbot):
    with studio_with_toy(qtbot) as studio:
        seen = []

        def look(job, result):
            row = (result.path, job.id) in studio.journal.recent_results()
            seen.append((row, read_metadata(result.path).recipe.request.prompt))

        studio.jobs.picture_saved.connect(look)
        job = studio.jobs.enqueue(toy_request("a cat", images=2))
        wait_done(qtbot, job)
        assert seen == [(True, "a cat"), (True, "a cat")]
        assert [result.path.parent.parent for result in job.results] == [studio.settings.library_path] * 2


def test_every_step_is_kept_for_the_filmstrip(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=2))
        wait_done(qtbot, job)
        total = job.request.sampling.steps
        assert [(kept.image_index, kept.index) for kept in job.steps] == [
            (image, step) for image in range(2) for step in range(1, total + 1)
        ]
        assert all(kept.preview is not None for kept in job.steps)


@pytest.mark.parametrize("in_process", [True, False])
def test_without_previews_none_are_made(qtbot, own_home: Path, in_process: bool):
    engine = None if in_process else toy_process(own_home / "engine.log")
    with studio_with_toy(qtbot, engine) as studio:
        studio.settings.previews = False
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
        assert len(job.steps) == job.request.sampling.steps
        assert all(kept.preview is None for kept in job.steps)
        studio.settings.previews = True
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
        assert all(kept.preview is not None for kept in job.steps)


def test_the_preference_for_tiny_vaes_reaches_the_engine(qtbot, monkeypatch):
    seen = []
    with studio_with_toy(qtbot) as studio:
        submit = studio.engine.submit
        monkeypatch.setattr(
            studio.engine, "submit", lambda *given, **how: (seen.append(how), submit(*given, **how))
        )
        for wanted in (True, False):
            studio.settings.tiny_vaes = wanted
            wait_done(qtbot, studio.jobs.enqueue(toy_request()))
    assert [how["tiny_vaes"] for how in seen] == [True, False]


def test_jobs_run_one_after_the_other_in_order(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.jobs.pause()
        first, second, third = (studio.jobs.enqueue(toy_request(name)) for name in "abc")
        studio.jobs.move(third, 0)
        urgent = studio.jobs.enqueue(toy_request("d"), at_front=True)
        order = []
        studio.jobs.picture_saved.connect(lambda job, _: order.append(job))
        studio.jobs.resume()
        wait_done(qtbot, first, second, third, urgent)
        assert order == [urgent, third, first, second]


def test_a_cancelled_job_can_be_retried(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.jobs.pause()
        job = studio.jobs.enqueue(toy_request())
        studio.jobs.cancel(job)
        assert job.state is JobState.CANCELLED
        assert studio.jobs.retry(job) is job
        studio.jobs.resume()
        wait_done(qtbot, job)


def test_a_running_job_is_cancelled_and_what_it_finished_stays(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=10_000))
        qtbot.waitUntil(lambda: len(job.results) >= 2, timeout=PATIENCE_MS)
        studio.jobs.cancel(job)
        qtbot.waitUntil(lambda: job.state is JobState.CANCELLED, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: len(job.results) == job.made, timeout=PATIENCE_MS)
        assert all(result.path.exists() for result in job.results)
        assert studio.jobs.running is None


def test_stop_and_keep_finishes_what_is_there(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=10_000))
        qtbot.waitUntil(lambda: bool(job.steps), timeout=PATIENCE_MS)
        studio.jobs.stop_and_keep()
        wait_done(qtbot, job)
        assert 1 <= len(job.results) < 10_000


def test_a_removed_job_comes_back_to_its_place(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.jobs.pause()
        jobs = [studio.jobs.enqueue(toy_request(name)) for name in "abc"]
        studio.jobs.remove(jobs[1])
        assert [job.id for job in studio.journal.jobs()] == [jobs[0].id, jobs[2].id]
        assert heard(studio).offers[-1].topic == "removed"
        heard(studio).offers[-1].action()
        assert studio.jobs.jobs == jobs
        assert [job.id for job in studio.journal.jobs()] == [job.id for job in jobs]


def test_a_wrong_request_fails_in_words_and_the_next_runs(qtbot):
    with studio_with_toy(qtbot) as studio:
        lost = studio.jobs.enqueue(toy_request().__class__(model="no such model"))
        good = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, good)
        assert lost.state is JobState.FAILED
        assert "no such model" in heard(studio).said[0][1]


def test_a_full_disk_pauses_the_queue_and_loses_no_picture(qtbot, tmp_path: Path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the library folder should be")
    with studio_with_toy(qtbot) as studio:
        studio.settings.library_folder = str(blocked / "library")
        job = studio.jobs.enqueue(toy_request("kept"))
        qtbot.waitUntil(lambda: bool(heard(studio).offers), timeout=PATIENCE_MS)
        offer = heard(studio).offers[-1]
        assert studio.jobs.is_paused and job.state is JobState.RUNNING and not job.results
        assert studio.viewing.shown.pixels is not None
        qtbot.waitUntil(lambda: say(job.loading) == "Not saved yet", timeout=PATIENCE_MS)
        told = len(heard(studio).offers)
        more = studio.jobs.enqueue(toy_request("more"))  # its picture is not begun before this one is saved
        qtbot.waitUntil(lambda: len(heard(studio).offers) > told, timeout=PATIENCE_MS)
        assert studio.jobs.is_paused and more.state is JobState.QUEUED
        blocked.unlink()
        offer.action()
        wait_done(qtbot, job, more)
        assert open_picture(job.results[0].path).width == 64
        assert not studio.jobs.is_paused


def test_a_killed_engine_is_said_and_the_job_is_made_all_the_same(qtbot, own_home: Path):
    engine = toy_process(own_home / "engine.log")
    with studio_with_toy(qtbot, engine) as studio:
        job = studio.jobs.enqueue(toy_request(images=300))
        qtbot.waitUntil(lambda: len(job.results) >= 3, timeout=PATIENCE_MS)
        os.kill(engine.pid, signal.SIGKILL)
        qtbot.waitUntil(lambda: bool(heard(studio).said), timeout=PATIENCE_MS)
        assert "tried once more" in heard(studio).said[0][1]
        qtbot.waitUntil(lambda: job.state is JobState.RUNNING and job.made > 4, timeout=PATIENCE_MS)
        studio.jobs.stop_and_keep()
        wait_done(qtbot, job)
        seeds = [result.recipe.request.sampling.seed for result in job.results]
        assert seeds == list(range(len(seeds)))


@pytest.mark.parametrize("how", ["cancel", "stop_and_keep", "remove"])
def test_what_was_stopped_stays_stopped_when_the_engine_dies_before_it_answers(
    qtbot, own_home: Path, how: str
):
    engine = toy_process(own_home / "engine.log")
    with studio_with_toy(qtbot, engine) as studio:
        job = studio.jobs.enqueue(toy_request(images=10_000))
        qtbot.waitUntil(lambda: len(job.results) >= 1, timeout=PATIENCE_MS)
        os.kill(engine.pid, signal.SIGSTOP)
        studio.jobs.stop_and_keep() if how == "stop_and_keep" else getattr(studio.jobs, how)(job)
        os.kill(engine.pid, signal.SIGKILL)
        qtbot.waitUntil(lambda: studio.jobs.running is None and bool(heard(studio).said), timeout=PATIENCE_MS)
        assert job.state is JobState.CANCELLED and job.attempts == 1
        assert [text for text in heard(studio).texts if "killed" in text and "once more" not in text]
        studio.jobs.undo_remove()
        assert studio.jobs.jobs == [job] and studio.jobs.running is None
        assert [entry.state for entry in studio.journal.jobs()] == [JobState.CANCELLED]


def test_a_removed_running_job_that_comes_back_at_once_ends_where_it_was_stopped(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=10_000))
        qtbot.waitUntil(lambda: len(job.results) >= 1, timeout=PATIENCE_MS)
        studio.jobs.remove(job)
        studio.jobs.undo_remove()
        again = studio.jobs.retry(job)
        assert studio.jobs.jobs == [job, again] and again.state is JobState.QUEUED
        qtbot.waitUntil(lambda: job.state is JobState.CANCELLED, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: len(again.results) >= 1, timeout=PATIENCE_MS)
        assert studio.jobs.running is again


def test_a_picture_that_is_made_anew_shows_each_step_once(qtbot, own_home: Path):
    engine = toy_process(own_home / "engine.log")
    with studio_with_toy(qtbot, engine) as studio:
        job = studio.jobs.enqueue(toy_request(images=2, sampling=Sampling("euler", steps=400, seed=1)))
        dropped = []
        studio.jobs.steps_dropped.connect(dropped.append)
        qtbot.waitUntil(lambda: job.step >= 2, timeout=PATIENCE_MS)
        os.kill(engine.pid, signal.SIGKILL)
        qtbot.waitUntil(lambda: job.attempts == 2 and job.step >= 2, timeout=PATIENCE_MS)
        shown = [kept.index for kept in job.steps]  # a busy window is spared some of so quick a picture's
        assert shown == sorted(set(shown))
        assert dropped == [job]
        kept = sum(kept.preview.nbytes for kept in job.steps)
        assert studio.jobs.work.steps.bytes == kept


def test_after_crashes_the_engine_starts_with_the_first_job_that_is_asked_for(qtbot):
    studio = Studio(LocalEngine())
    try:
        studio.generation.model = "toy"
        studio.start(is_safe=True)
        qtbot.waitUntil(lambda: studio.is_ready, timeout=PATIENCE_MS)
        assert not studio.engine.is_running
        job = studio.jobs.enqueue(toy_request())
        studio.jobs.resume()
        wait_done(qtbot, job)
    finally:
        end(studio)


def test_an_engine_that_dies_twice_of_a_job_fails_it(qtbot, own_home: Path):
    engine = toy_process(own_home / "engine.log")
    with studio_with_toy(qtbot, engine) as studio:
        job = studio.jobs.enqueue(toy_request(images=10_000))
        for attempt in (1, 2):
            qtbot.waitUntil(
                lambda attempt=attempt: job.attempts == attempt and bool(job.step), timeout=PATIENCE_MS
            )
            os.kill(engine.pid, signal.SIGKILL)
            qtbot.waitUntil(lambda attempt=attempt: len(heard(studio).said) == attempt, timeout=PATIENCE_MS)
        assert job.state is JobState.FAILED
        assert studio.journal.jobs()[0].state == "failed"


def test_closing_keeps_the_running_job_in_the_queue(qtbot):
    with studio_with_toy(qtbot) as studio:
        running = studio.jobs.enqueue(toy_request(images=10_000))
        waiting = studio.jobs.enqueue(toy_request("next"))
        qtbot.waitUntil(lambda: len(running.results) >= 1, timeout=PATIENCE_MS)
    with studio_with_toy(qtbot) as again:
        assert [job.id for job in again.jobs.jobs] == [running.id, waiting.id]
        assert all(job.state is JobState.QUEUED and job.attempts == 0 for job in again.jobs.jobs)
        assert again.jobs.is_paused and "2 job(s) are waiting" in heard(again).texts[-1]
        first = again.jobs.jobs[0]
        assert first.made == len(first.results) == len(running.results) == len(again.pictures.items)
        heard(again).offers[-1].action()
        qtbot.waitUntil(lambda: len(first.results) > len(running.results), timeout=PATIENCE_MS)
        assert first.results[-1].recipe.request.sampling.seed >= len(running.results)


@pytest.mark.parametrize("most_bytes", [0, 20_000, 1 << 30])
def test_kept_steps_stay_within_their_memory(qtbot, most_bytes: int):
    with studio_with_toy(qtbot) as studio:
        studio.jobs.work.steps = KeptSteps(most_bytes)
        jobs = [studio.jobs.enqueue(toy_request(name)) for name in "ab"]
        wait_done(qtbot, *jobs)
        kept = [step.preview.nbytes for job in jobs for step in job.steps]
        assert sum(kept) <= max(most_bytes, kept[0])
        assert jobs[1].steps[-1].index == jobs[1].request.sampling.steps


def teaching(folder: Path, base: Path, minutes: float = 60.0) -> TrainRequest:
    save_zorbis(folder / "zorbis", 2, 64)
    return TrainRequest(
        str(base), str(folder / "zorbis"), "zorbi", str(folder / "zorbi.safetensors"),
        minutes=minutes, rank=2, prior_pictures=0,
    )  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_teaching_whose_engine_is_killed_goes_on_and_one_of_a_closed_app_waits(
    qtbot, own_home: Path, tmp_path: Path
):
    from tiny import tiny_sd

    request = teaching(tmp_path, tiny_sd(tmp_path / "base"))
    with studio_with_toy(qtbot, EngineProcess(log_file=own_home / "engine.log")) as studio:
        engine = studio.engine._engine
        learning = studio.learning
        job = studio.jobs.enqueue(request)
        qtbot.waitUntil(lambda: len(learning.losses) > 3, timeout=PATIENCE_MS)
        assert learning.job is job and learning.samples and not job.steps
        os.kill(engine.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        qtbot.waitUntil(lambda: job.state is JobState.RUNNING and job.attempts == 2, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: len(learning.losses) > 1, timeout=PATIENCE_MS)
        assert heard(studio).texts
    with studio_with_toy(qtbot) as studio:  # closed in the midst of it: it waits, and is asked about
        (job,) = studio.jobs.jobs
        assert job.state is JobState.QUEUED and job.request == request and studio.jobs.is_paused
        studio.jobs.cancel(job)
        assert job.state is JobState.CANCELLED
