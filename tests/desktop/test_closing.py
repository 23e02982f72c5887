"""Closing the window while something is being written or worked on."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from main_windows import main_window
from patience import patience_ms

from desktop.state.document_file.work import Work
from desktop.window import MainWindow


@contextmanager
def work_under_way(window: MainWindow, is_owed: bool = True):
    """A save that ends when the yielded event is set, or when it is cancelled."""
    may_end = threading.Event()
    ended: list[str] = []

    def save(work: Work) -> None:
        while not may_end.wait(0.005):
            work.step(0)

    window.studio.working.run(
        "Saving house.ora",
        save,
        done=lambda _: ended.append("saved"),
        failed=lambda error: ended.append(type(error).__name__),
        is_owed=is_owed,
    )
    try:
        yield may_end, ended
    finally:
        may_end.set()


@pytest.fixture(scope="module")
def patience() -> int:
    return patience_ms(20)


def test_the_window_closes_when_what_is_being_saved_is_done(qtbot, patience):
    with main_window(qtbot) as window, work_under_way(window) as (may_end, ended):
        assert not window.close() and window.isVisible()
        assert window.question.isVisible() and window.question.text.text().startswith("Saving house.ora. ")
        assert not window.close() and not ended  # asked again nothing is given up
        may_end.set()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=patience)
        assert ended == ["saved"] and not window.question.isVisible()


def test_closed_at_once_it_is_given_up(qtbot, patience):
    with main_window(qtbot) as window, work_under_way(window) as (_, ended):
        window.close()
        assert window.question.answer.text() == "Close at once"
        window.question.answer.click()
        assert not window.isVisible()
        qtbot.waitUntil(lambda: ended == ["Cancelled"], timeout=patience)


def test_who_stays_stays_when_it_is_done(qtbot, patience):
    with main_window(qtbot) as window, work_under_way(window) as (may_end, ended):
        window.studio.messages.info("before")
        window.close()
        window.question.later.click()
        may_end.set()
        qtbot.waitUntil(lambda: ended == ["saved"], timeout=patience)
        qtbot.wait(1)
        assert window.isVisible() and not window.question.isVisible()
        assert window.question.later.text() == "Stay open"


def test_what_is_only_read_holds_up_nobody(qtbot):
    with main_window(qtbot) as window, work_under_way(window, is_owed=False):
        assert window.close()
