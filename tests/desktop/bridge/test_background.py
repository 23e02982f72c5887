"""The disk pool: results come back on the GUI thread, errors too, and closing waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from desktop.bridge.background import Background


@pytest.fixture
def background(qapp) -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


def test_work_is_done_elsewhere_and_its_result_comes_here(qtbot, background: Background):
    results = []
    background.run(threading.get_ident, done=lambda ident: results.append((ident, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(results))
    worked, heard = results[0]
    assert heard == threading.get_ident() != worked


def test_an_error_reaches_its_own_callback_here(qtbot, background: Background):
    errors = []
    background.run(int, "x", failed=lambda error: errors.append((type(error), threading.get_ident())))
    qtbot.waitUntil(lambda: bool(errors))
    assert errors == [(ValueError, threading.get_ident())]


@pytest.mark.logs_warnings
def test_an_error_nobody_asked_for_is_said_by_the_signal(qtbot, background: Background):
    with qtbot.waitSignal(background.failed) as failed:
        background.run(int, "x")
    assert isinstance(failed.args[0], ValueError)


def test_closing_waits_for_what_is_being_saved_and_for_what_follows(qapp):
    background, go, done = Background(), threading.Event(), []
    for number in range(10):
        background.run(go.wait, 5, done=lambda _, number=number: done.append(number))
    background.run(int, 1, done=lambda _: background.run(int, 2, done=done.append))
    threading.Timer(0.05, go.set).start()
    background.close()
    assert sorted(done) == [0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]
    assert background.pending == 0


def test_after_closing_work_is_done_at_once(qapp):
    background, done = Background(), []
    background.close()
    background.run(int, "7", done=done.append)
    assert done == [7]


def test_what_does_not_end_in_time_is_left_behind_and_what_waits_after_it_is_done_all_the_same(qapp):
    background, hanging, done = Background(threads=1), threading.Event(), []
    background.run(hanging.wait)
    background.run(done.append, "saved", done=lambda _: done.append("said"))
    background.end_within(0.02)
    background.close()
    assert done == ["saved", "said"] and background.leaves_work
    background.run(done.append, "late")
    assert done[-1] == "late"
    hanging.set()
    background._pool.waitForDone()


def test_the_end_comes_nearer_and_never_further(qapp):
    background, hanging = Background(threads=1), threading.Event()
    background.run(hanging.wait)
    background.end_within(0.02)
    background.end_within(600)
    background.wait()
    assert background.pending == 1
    hanging.set()
    background._pool.waitForDone()
    background.close()
    assert not background.leaves_work
