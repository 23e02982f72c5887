"""What the queue does where its journal does not take what it is given."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
from studios import PATIENCE_MS, heard, studio_with_toy, toy_request, wait_done

from engine.api.images import ImageInput
from engine.library import folders
from engine.library.pictures import read_metadata


def change_the_file(statement: str) -> None:
    with closing(sqlite3.connect(folders.journal_file(), isolation_level=None)) as connection:
        connection.execute(statement)


def test_a_picture_that_the_journal_could_not_take_is_written_with_the_next_change(qtbot):
    with studio_with_toy(qtbot) as studio:
        change_the_file(
            "CREATE TRIGGER full BEFORE INSERT ON results BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
        assert "no room" in heard(studio).texts[0] and studio.jobs.is_paused
        assert studio.journal.recent_results() == []
        change_the_file("DROP TRIGGER full")
        studio.jobs.enqueue(toy_request("next"))
        assert studio.journal.recent_results() == [(job.results[0].path, job.id)]


def test_a_damaged_journal_is_said_when_a_job_cannot_be_kept(qtbot):
    with studio_with_toy(qtbot) as studio:
        change_the_file("DROP TABLE inputs")
        picture = ImageInput.of(np.zeros((64, 64, 3), np.uint8), "black")
        assert studio.jobs.enqueue(toy_request(image=picture)) is None
        assert studio.jobs.jobs == [] and "cannot be read" in heard(studio).texts[0]


def test_a_picture_that_was_removed_is_not_made_again_at_the_next_start(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=5000))
        qtbot.waitUntil(lambda: len(job.results) >= 3, timeout=PATIENCE_MS)
        studio.pictures.remove(job.results[0])
        qtbot.waitUntil(lambda: job.results[0] not in studio.pictures.items, timeout=PATIENCE_MS)
    with studio_with_toy(qtbot) as again:
        back = again.jobs.jobs[0]
        assert back.made == job.made == len(back.results) + 1
        again.jobs.resume()
        qtbot.waitUntil(lambda: len(back.results) > job.made + 1, timeout=PATIENCE_MS)
        again.jobs.stop_and_keep()
        wait_done(qtbot, back)
        files = again.settings.library_path.rglob("*.png")
        seeds = [read_metadata(path).recipe.request.sampling.seed for path in files]
        assert len(seeds) == len(set(seeds))
