from __future__ import annotations

from main_windows import main_window
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from studios import toy_request, wait_done

from desktop.panels.queue_item_model import FACTS, title_of
from desktop.panels.queue_row import in_one_line
from desktop.state.jobs import Job, JobState


def three_waiting(window):
    window.studio.jobs.pause()
    return [window.studio.jobs.enqueue(toy_request(name)) for name in "abc"]


def order(window) -> list[str]:
    return [job.request.prompt for job in window.studio.jobs.jobs]


def choose(window, row: int) -> None:
    window.side.queue.list.setFocus()
    window.side.queue.list.setCurrentIndex(window.side.queue.item_model.index(row))


def test_an_empty_queue_says_what_to_do(qtbot):
    with main_window(qtbot) as window:
        assert window.side.queue.empty.isVisible() and not window.side.queue.list.isVisible()
        three_waiting(window)
        assert not window.side.queue.empty.isVisible() and window.side.queue.list.isVisible()
        assert "(3)" in window.side.queue_section.header.text()


def test_alt_down_moves_a_job_and_the_choice_goes_with_it(qtbot):
    with main_window(qtbot) as window:
        three_waiting(window)
        choose(window, 0)
        QTest.keyClick(window.side.queue.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        assert order(window) == ["b", "a", "c"]
        assert window.side.queue.current().request.prompt == "a"
        QTest.keyClick(window.side.queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        assert order(window) == ["a", "b", "c"]


def test_a_dragged_job_lands_where_it_is_dropped(qtbot):
    with main_window(qtbot) as window:
        three_waiting(window)
        model = window.side.queue.item_model
        data = model.mimeData([model.index(0)])
        model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, QModelIndex())
        assert order(window) == ["b", "c", "a"]
        model.dropMimeData(model.mimeData([model.index(2)]), Qt.DropAction.MoveAction, 0, 0, QModelIndex())
        assert order(window) == ["a", "b", "c"]


def test_delete_removes_and_undo_brings_back(qtbot):
    with main_window(qtbot) as window:
        three_waiting(window)
        choose(window, 1)
        QTest.keyClick(window.side.queue.list, Qt.Key.Key_Delete)
        assert order(window) == ["a", "c"]
        window.removals.undo()
        assert order(window) == ["a", "b", "c"]
        window.removals.redo()
        assert order(window) == ["a", "c"]


def test_cancelled_jobs_can_be_tried_again(qtbot):
    with main_window(qtbot) as window:
        first, *_ = three_waiting(window)
        choose(window, 0)
        window.side.queue.job_actions["cancel"].trigger()
        assert first.state is JobState.CANCELLED
        window.side.queue.job_actions["retry"].trigger()
        assert first.state is JobState.QUEUED
        window.side.queue.toggle_pause()
        wait_done(qtbot, *window.studio.jobs.jobs)


def test_a_row_says_its_state_in_words(qtbot):
    with main_window(qtbot) as window:
        three_waiting(window)
        model = window.side.queue.item_model
        assert model.index(0).data(FACTS).startswith("Waits")
        assert "Waits" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_a_long_prompt_is_one_line_of_its_row(qapp):
    job = Job("1", toy_request("a\n\ncat <b>" + "x" * 1000))
    assert "\n" not in title_of(job) and len(title_of(job)) <= 200


def test_why_a_job_failed_stands_on_one_line_of_its_row():
    assert in_one_line("ink.safetensors\nLearnt with another model.") == (
        "ink.safetensors  ·  Learnt with another model."
    )


def test_finished_jobs_go_with_one_click_and_come_back_with_one_undo(qtbot):
    with main_window(qtbot) as window:
        jobs = window.studio.jobs
        done = [jobs.enqueue(toy_request(name)) for name in "ab"]
        for job in done:
            wait_done(qtbot, job)
        jobs.pause()
        waiting = jobs.enqueue(toy_request("c"))
        assert window.side.queue.tidy.isEnabled()
        QTest.mouseClick(window.side.queue.tidy, Qt.MouseButton.LeftButton)
        assert jobs.jobs == [waiting]
        assert not window.side.queue.tidy.isEnabled()
        jobs.undo_remove()
        assert order(window) == ["a", "b", "c"]


def test_a_paused_queue_says_so_in_its_title(qtbot):
    with main_window(qtbot) as window:
        window.studio.jobs.pause()
        assert "paused" in window.side.queue_section.header.text()
        window.studio.jobs.resume()
        assert "paused" not in window.side.queue_section.header.text()
