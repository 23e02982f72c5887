"""What is said stays while it is true: an error goes when what failed has worked."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from main_windows import main_window
from studios import PATIENCE_MS, heard, studio_with_toy, wait_done
from toy_engine import toy_request

from desktop.state.job import JobState
from desktop.state.jobs import FAILED
from desktop.state.messages import Level
from desktop.widgets.toast import Toast
from desktop.window import MainWindow
from engine.api.errors import CannotSave

WRONG = replace(toy_request(), model="no such model")


@pytest.fixture
def window(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.set_size(toy_request().extent)
        yield window


def errors(window: MainWindow) -> list[str]:
    return [toast.text for toast in window.findChildren(Toast) if toast.level == "error"]


def test_an_error_goes_when_the_picture_that_was_asked_for_again_is_made(window: MainWindow, qtbot):
    jobs = window.studio.jobs
    lost = jobs.enqueue(WRONG)
    qtbot.waitUntil(lambda: lost.state is JobState.FAILED, timeout=PATIENCE_MS)
    (said,) = errors(window)
    assert "no such model" in said
    wait_done(qtbot, jobs.enqueue(toy_request()))
    qtbot.waitUntil(lambda: not errors(window), timeout=PATIENCE_MS)


def test_what_waited_already_when_a_job_failed_takes_no_error_away(qtbot):
    with studio_with_toy(qtbot) as studio:
        withdrawn: list[str] = []
        studio.messages.withdrawn.connect(withdrawn.append)
        studio.jobs.pause()
        studio.jobs.enqueue(WRONG)
        waited = studio.jobs.enqueue(toy_request())
        studio.jobs.resume()
        wait_done(qtbot, waited)
        assert heard(studio).said and FAILED not in withdrawn
        wait_done(qtbot, studio.jobs.enqueue(toy_request("again")))
        assert FAILED in withdrawn


def test_what_kept_a_picture_from_being_queued_goes_when_one_is(window: MainWindow, qtbot):
    studio = window.studio
    studio.enqueue(replace(toy_request(), model=""))
    assert len(errors(window)) == 1
    studio.enqueue(replace(toy_request(), prompt="x" * 200_000))
    assert len(errors(window)) == 1, "of one topic there is one message, the newest"
    wait_done(qtbot, studio.enqueue(toy_request()))
    qtbot.waitUntil(lambda: not errors(window), timeout=PATIENCE_MS)


def test_a_start_picture_that_cannot_be_read_is_forgotten_with_the_next(window: MainWindow, qtbot, tmp_path):
    (tmp_path / "none.png").write_bytes(b"no picture")
    window.studio.starting.from_file(tmp_path / "none.png")
    qtbot.waitUntil(lambda: len(errors(window)) == 1, timeout=PATIENCE_MS)
    window.studio.messages.error("Another thing.")
    window.studio.starting.from_pixels(np.full((64, 64, 3), 90, np.uint8))
    qtbot.waitUntil(lambda: errors(window) == ["Another thing."], timeout=PATIENCE_MS)


def test_a_file_of_settings_that_can_be_written_again_is_no_error_any_more(window: MainWindow, qtbot, caplog):
    file = window.studio.settings.file
    with caplog.at_level(logging.CRITICAL):
        file._failed(CannotSave("The disk is full.", path=str(file.path), cause="no_space"))
    assert len(errors(window)) == 1
    window.studio.settings.prompt_history = ["a cat"]
    file.flush()
    qtbot.waitUntil(lambda: not errors(window), timeout=PATIENCE_MS)


def test_a_message_that_fades_takes_not_the_next_of_its_topic_along(window: MainWindow, qtbot):
    messages = window.studio.messages
    messages.error("First.", "one topic")
    (first,) = [toast for toast in window.findChildren(Toast) if toast.text == "First."]
    messages.error("Second.", "one topic")
    first.closed.emit()
    messages.withdraw("one topic")
    qtbot.waitUntil(lambda: not errors(window), timeout=PATIENCE_MS)
    messages.offer(Level.INFO, "Third.", "Undo", lambda: None, "one topic")
    messages.error("Fourth.", "one topic")
    qtbot.waitUntil(
        lambda: [toast.text for toast in window.findChildren(Toast)] == ["Fourth."], timeout=PATIENCE_MS
    )
