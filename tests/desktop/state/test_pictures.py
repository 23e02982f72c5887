"""Pictures that are removed and brought back, in every order an artist can click."""

from __future__ import annotations

import shutil
from pathlib import Path

from studios import PATIENCE_MS, heard, studio_with_toy, toy_request, wait_done

from desktop.state.studio import Studio
from desktop.state.trash import FOLDER


def one_picture(qtbot, studio: Studio):
    job = studio.jobs.enqueue(toy_request())
    wait_done(qtbot, job)
    return job.results[0]


def test_a_picture_that_is_removed_twice_at_once_goes_once_and_comes_back_once(qtbot):
    with studio_with_toy(qtbot) as studio:
        result = one_picture(qtbot, studio)
        studio.pictures.remove(result)
        studio.pictures.remove(result)
        studio.background.wait()
        assert not result.path.exists() and studio.pictures.items == []
        assert len(heard(studio).offers) == 1
        studio.pictures.undo_remove()
        studio.background.wait()
        assert result.path.exists() and studio.pictures.items == [result]


def test_a_picture_that_could_not_be_brought_back_can_be_asked_for_again(qtbot):
    with studio_with_toy(qtbot) as studio:
        result = one_picture(qtbot, studio)
        studio.pictures.remove(result)
        studio.background.wait()
        folder: Path = result.path.parent / FOLDER
        away = folder.rename(folder.with_name("disk that was disconnected"))
        studio.pictures.undo_remove()
        studio.background.wait()
        assert "was not brought back" in heard(studio).said[0][1]
        assert studio.pictures.items == []
        shutil.move(away, folder)
        heard(studio).offers[-1].action()
        qtbot.waitUntil(lambda: studio.pictures.items == [result], timeout=PATIENCE_MS)
        assert result.path.exists()
