"""The start of the studio: whatever is wrong with what was kept, the app comes up and says so."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from studios import PATIENCE_MS, end, heard, studio_with_toy, toy_request, wait_done

from desktop.bridge.local_engine import LocalEngine
from desktop.state.studio import Studio
from engine.library import folders, save


def content(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


@pytest.mark.logs_warnings  # the traceback of what nobody foresaw is for us
def test_a_journal_that_nobody_foresaw_is_left_alone_and_the_app_works(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.jobs.pause()
        studio.jobs.enqueue(toy_request("kept"))
    file = folders.journal_file()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("INSERT INTO results (job_id, path, created) VALUES ('x', 5, 'now')")
    before = content(file)
    assert "kept" in "".join(before)
    with studio_with_toy(qtbot) as studio:
        assert any("only until the window is closed" in text for text in heard(studio).texts)
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
    assert content(file) == before


def test_what_a_killed_app_left_half_done_is_swept_after_the_journal_was_read(qtbot, own_home: Path):
    """Not beside it: a removed picture on its way to the trash is no picture of the job that made it."""
    with studio_with_toy(qtbot) as studio:
        wait_done(qtbot, studio.jobs.enqueue(toy_request()))
        library = studio.settings.library_path
    part = library / f".lienzo-{save.HOST}-{os.getpid()}-00000000-1.part"
    part.write_bytes(b"half")
    studio, seen = Studio(LocalEngine()), []
    studio.pictures.added.connect(lambda _: seen.append(part.exists()))
    try:
        studio.start()
        studio.background._pool.waitForDone()  # what is asked for already; no callback comes meanwhile
        qtbot.waitUntil(lambda: not part.exists(), timeout=PATIENCE_MS)
        assert seen == [True]
    finally:
        end(studio)
