from __future__ import annotations

from dataclasses import replace

import pytest
from main_windows import controls, generate, main_window, spoken
from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QScrollBar, QWidget
from studios import PATIENCE_MS, heard, studio_with_toy, toy_request, wait_done
from toy_engine import ToyEngine
from windows import show_in_window

from desktop.panels.places import Place
from desktop.state.jobs import JobState
from desktop.state.viewing import ShownKind
from desktop.tools.toolbox import tools
from desktop.widgets.section import Section
from desktop.widgets.strip import Group
from desktop.widgets.strip_items import ITEM
from desktop.window import FRAME, USUAL_SIZE, MainWindow, usual_size


def press(widget: QWidget, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    QTest.keyClick(widget, key, held)


def test_from_a_typed_prompt_to_a_saved_picture(qtbot):
    with main_window(qtbot) as window:
        QTest.keyClicks(window.prompt.editor, "a cat")
        press(window.prompt.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        wait_done(qtbot, window.studio.jobs.jobs[0])
        items = window.filmstrip.strip.items
        assert [item.label for item in items.items(Group.STEP)] == ["step 1", "step 2", "step 3", "step 4"]
        result = window.studio.pictures.items[0]
        assert [item.key for item in items.items(Group.RESULT)] == [result]
        assert result.path.exists() and result.recipe.request.prompt == "a cat"
        assert window.studio.viewing.shown.result is result
        assert window.canvas.has_picture and result.name in window.canvas.facts.text()


def test_ctrl_enter_queues_while_a_job_runs_and_with_shift_at_the_front(qtbot):
    with main_window(qtbot) as window:
        window.studio.jobs.pause()
        control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        for prompt, modifiers in (("one", [control]), ("two", [control]), ("urgent", [control, shift])):
            window.studio.generation.prompt = prompt
            press(window.prompt.editor, Qt.Key.Key_Return, *modifiers)
        assert [job.request.prompt for job in window.studio.jobs.jobs] == ["urgent", "one", "two"]


def test_escape_stops_and_keeps(qtbot):
    with main_window(qtbot) as window:
        job = window.studio.jobs.enqueue(slow_request())
        qtbot.waitUntil(lambda: job.step > 1)
        press(window.prompt.editor, Qt.Key.Key_Escape)
        wait_done(qtbot, job)
        assert job.results[0].recipe.stopped_at < job.request.sampling.steps


def test_a_second_escape_cancels(qtbot):
    with main_window(qtbot) as window:
        job = window.studio.jobs.enqueue(slow_request(images=50))
        qtbot.waitUntil(lambda: job.step > 1)
        window.stop()
        window.stop()
        qtbot.waitUntil(lambda: job.is_over)
        assert job.state is JobState.CANCELLED


def slow_request(**changes):
    request = toy_request(width=512, height=512, **changes)
    from dataclasses import replace

    return replace(request, sampling=replace(request.sampling, steps=1000))


def test_a_wrong_seed_stays_as_typed_and_is_not_guessed(qtbot):
    with main_window(qtbot) as window:
        field = window.side.settings.seed.number
        field.selectAll()
        QTest.keyClicks(field, "12 monkeys")
        generate(window)
        assert field.text() == "12 monkeys" and field.problem
        assert not window.studio.jobs.jobs
        assert any("Seed" in text for text in heard(window.studio).texts)


def test_stop_and_cancel_are_seen_only_while_something_runs(qtbot):
    with main_window(qtbot) as window:
        assert not window.work.generate.running.isVisible()
        place = window.prompt.mapTo(window, window.prompt.rect().topLeft())
        job = window.studio.jobs.enqueue(slow_request())
        qtbot.waitUntil(lambda: job.step > 1)
        assert window.work.generate.stop.isVisible() and window.work.generate.cancel.isVisible()
        assert "of 1000" in window.work.generate.progress.text()
        assert window.prompt.mapTo(window, window.prompt.rect().topLeft()) == place
        window.cancel()
        qtbot.waitUntil(lambda: not window.work.generate.running.isVisible())


def test_tab_on_the_canvas_leaves_only_the_picture_and_the_prompt(qtbot):
    with main_window(qtbot) as window:
        height, prompt_height = window.canvas.height(), window.prompt.editor.height()
        window.canvas.setFocus()
        press(window.canvas, Qt.Key.Key_Tab)
        assert window.canvas.isVisible() and window.prompt.isVisible()
        assert not window.side.isVisible() and not window.filmstrip.isVisible()
        assert window.canvas.height() > height and window.prompt.editor.height() == prompt_height
        press(window.canvas, Qt.Key.Key_Tab)
        assert window.side.isVisible() and window.filmstrip.isVisible()
        assert window.canvas.height() == height


def test_every_control_has_an_accessible_name(qtbot):
    with main_window(qtbot) as window:
        nameless = [
            f"{type(control).__name__} in {type(control.parent()).__name__}"
            for control in controls(window)
            if not isinstance(control, QScrollBar) and not name_of(control)
        ]
        assert not nameless


def name_of(control: QWidget) -> str:
    text = getattr(control, "text", lambda: "")() if not hasattr(control, "placeholderText") else ""
    return (control.accessibleName() or text).strip()


def test_the_tab_key_walks_the_window_in_the_order_one_reads_it(qtbot):
    with main_window(qtbot) as window:
        chain = focus_chain(window)
        wanted = [
            window.top_bar.name, window.canvas, window.prompt.editor, window.prompt.negative,
            window.work.generate.generate, window.side.model.list, window.side.settings.seed.number,
            window.side.start_picture.choose,
        ]  # fmt: skip
        places = [chain.index(control) for control in wanted]
        assert places == sorted(places)
        reachable = {control for control in controls(window) if control.isVisible() and control.isEnabled()}
        assert reachable <= set(chain)


def focus_chain(window: QWidget) -> list[QWidget]:
    """Every control in the order of Tab, beginning at the window."""
    chain, widget = [], window.nextInFocusChain()
    while widget is not window:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            chain.append(widget)
        widget = widget.nextInFocusChain()
    return chain


def test_f6_goes_round_the_parts_of_the_window(qtbot):
    with main_window(qtbot) as window:
        window.prompt.take_focus()
        seen = []
        for _ in range(5):
            window.modes.focus_area(1)
            seen.append(window.window().focusWidget())
        assert len(set(seen)) == 5 and seen[-1] is window.prompt.editor


@pytest.mark.parametrize("code", ["en", "es"])
def test_nothing_is_cut_off_at_1280_by_720(qtbot, tmp_path, code: str):
    with spoken(code, tmp_path), main_window(qtbot, 1280, 720) as window:
        window.studio.jobs.enqueue(slow_request())
        qtbot.waitUntil(lambda: window.work.generate.running.isVisible())
        assert window.minimumSizeHint().width() <= 1280 and window.minimumSizeHint().height() <= 720
        assert window.side.widget().minimumSizeHint().width() <= window.side.viewport().width()
        cut = [
            label.text()
            for label in window.findChildren(QLabel)
            if label.isVisible() and not label.wordWrap() and label.text()
            and type(label).__name__ == "Label" and label.sizeHint().width() > label.width()
        ]  # fmt: skip
        assert not cut
        narrow = [
            button.text()
            for button in (
                window.work.generate.stop,
                window.work.generate.cancel,
                window.work.generate.generate,
            )
            if button.sizeHint().width() > button.width()
        ]
        assert not narrow
        window.cancel()
        qtbot.waitUntil(lambda: not window.is_working())


def test_what_is_folded_and_dragged_is_remembered(qtbot):
    with main_window(qtbot) as window:
        section = window.side.findChildren(Section)[1]
        section.header.click()
        window.body.setSizes([800, 400])
        sizes = window.body.sizes()
        window.close()
        again = show_in_window(qtbot, MainWindow(window.studio), 1280, 720)
        assert again.side.findChildren(Section)[1].is_folded
        assert again.body.sizes() == sizes


def test_the_language_changes_at_once_and_nothing_typed_is_lost(qtbot, tmp_path):
    with main_window(qtbot) as window:
        window.studio.generation.prompt = "a cat"
        window.go_to(Place.GALLERY)
        window.go_to(Place.CANVAS)
        with spoken("es", tmp_path):
            QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))
            qtbot.waitUntil(lambda: window.work.generate.generate.accessibleName() == "Generar")
            assert window.prompt.editor.toPlainText() == "a cat"
            press(window.prompt.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            wait_done(qtbot, window.studio.jobs.jobs[0])
            assert window.filmstrip.strip.items.items(Group.STEP)[0].label == "paso 1"
        qtbot.waitUntil(lambda: window.work.generate.generate.accessibleName() == "Generate")
        window.studio.gallery.searching.text = "dog"  # the pages of before are gone, and hear nothing of it
        window.studio.gallery.replaced.emit()


def test_a_click_in_the_filmstrip_looks_back_and_branches(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        job = window.studio.jobs.jobs[0]
        wait_done(qtbot, job)
        window.filmstrip.strip.setFocus()
        press(window.filmstrip.strip, Qt.Key.Key_Home)
        assert window.studio.viewing.shown.step is job.steps[0]
        window.studio.generation.prompt = "another cat"
        window.pictures.branch()
        branch = window.studio.jobs.jobs[1]
        assert branch.request.branch.step == 1 and branch.request.prompt == "another cat"
        wait_done(qtbot, branch)


def test_what_is_removed_comes_back_with_ctrl_z(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        wait_done(qtbot, window.studio.jobs.jobs[0])
        result = window.studio.pictures.items[0]
        window.studio.viewing.show_result(result)
        window.pictures.trash()
        qtbot.waitUntil(lambda: window.removals.can_undo())
        assert not window.studio.pictures.items and not result.path.exists()
        window.canvas.setFocus()
        qtbot.waitUntil(lambda: window.actions_by_id["undo"].isEnabled())
        press(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: window.studio.pictures.items == [result])
        assert result.path.exists()
        assert window.filmstrip.strip.items.row_of(result) >= 0


def test_a_start_picture_is_shown_and_can_be_taken_away(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        wait_done(qtbot, window.studio.jobs.jobs[0])
        qtbot.waitUntil(lambda: window.pictures.has_picture())
        window.pictures.start_from()
        qtbot.waitUntil(lambda: window.studio.generation.image is not None)
        assert window.side.start_picture.filled.isVisible()
        assert window.side.start_picture.strength.isVisible()
        assert window.studio.viewing.shown.kind is ShownKind.START
        window.side.start_picture.remove.click()
        assert window.side.start_picture.empty.isVisible()


def test_when_the_shown_picture_is_removed_its_neighbour_is_shown(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.images = 2
        generate(window)
        wait_done(qtbot, window.studio.jobs.jobs[0])
        first, second = window.studio.pictures.items
        window.studio.viewing.show_result(second)
        window.pictures.trash()
        qtbot.waitUntil(lambda: window.studio.pictures.items == [first])
        qtbot.waitUntil(lambda: window.studio.viewing.shown.kind is not ShownKind.EMPTY)
        assert window.studio.viewing.shown.result in (first, None)


def test_generate_without_a_prompt_asks_for_one_and_offers_to_do_without(qtbot):
    with main_window(qtbot) as window:
        window.canvas.setFocus()
        with qtbot.waitSignal(window.studio.messages.offered) as asked:
            QTest.mouseClick(window.work.generate.generate, Qt.MouseButton.LeftButton)
        assert window.studio.jobs.jobs == []
        assert window.prompt.editor.hasFocus()
        asked.args[0].action()
        assert [job.request.prompt for job in window.studio.jobs.jobs] == [""]


def test_an_example_of_the_model_is_written_into_the_prompt_and_made(qtbot):
    with main_window(qtbot) as window:
        info = window.studio.generation.info
        assert info is not None
        known = {"en": ("a castle", "a dog", "a cat", "a fig")}
        window.studio.models.infos = (replace(info, examples=known),)
        window.studio.models.changed.emit()
        QCoreApplication.processEvents()
        examples = [button for button in window.canvas.empty.findChildren(QPushButton) if button.isVisible()]
        assert [button.text() for button in examples] == ["a castle", "a dog", "a cat"]
        QTest.mouseClick(examples[1], Qt.MouseButton.LeftButton)
        assert window.prompt.editor.toPlainText() == "a dog"
        wait_done(qtbot, window.studio.jobs.jobs[0])


def test_the_settings_of_a_step_are_used_and_given_back(qtbot):
    with main_window(qtbot) as window:
        generate(window, "first")
        job = window.studio.jobs.jobs[0]
        wait_done(qtbot, job)
        window.studio.generation.prompt = "second"
        window.studio.viewing.show_step(job, job.steps[0])
        with qtbot.waitSignal(window.studio.messages.offered) as offered:
            window.pictures.use()
        assert window.studio.generation.prompt == "first"
        offered.args[0].action()
        assert window.studio.generation.prompt == "second"


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_shift_f10_opens_the_menu_of_the_picture(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        wait_done(qtbot, window.studio.jobs.jobs[0])
        qtbot.waitUntil(lambda: window.pictures.has_result())
        window.canvas.setFocus()
        press(window.canvas, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        names = [action.objectName() for action in menu.actions() if action.isEnabled()]
        assert {"use_settings", "copy", "trash", "fit"} <= set(names)
        menu.close()


def test_tab_goes_on_from_an_example_on_the_canvas(qtbot):
    with main_window(qtbot) as window:
        window.canvas.offer_examples(["a castle", "a dog"])
        QCoreApplication.processEvents()
        castle, dog = (
            button for button in window.canvas.empty.findChildren(QPushButton) if button.isVisible()
        )
        castle.setFocus()
        press(castle, Qt.Key.Key_Tab)
        assert dog.hasFocus() and window.side.isVisible()


def test_the_first_window_is_no_larger_than_its_screen(qtbot):
    assert usual_size(QSize(1280, 720)) == QSize(1280, 720) - FRAME
    assert usual_size(QSize(1366, 1000)) == QSize(1366 - FRAME.width(), 900)
    assert usual_size(QSize(3840, 2160)) == USUAL_SIZE
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        window = MainWindow(studio)
        wanted = usual_size(window.screen().availableSize())
        assert window.size() == wanted.expandedTo(window.minimumSize())
        window.deleteLater()


def test_a_frame_stays_under_the_pointer_while_it_is_clicked(qtbot):
    """The steps of a chosen picture take the place of another's only when the click is over."""
    with main_window(qtbot) as window:
        studio, strip = window.studio, window.filmstrip.strip
        for steps in (2, 20):
            request = toy_request()
            request = replace(request, sampling=replace(request.sampling, steps=steps))
            wait_done(qtbot, studio.jobs.enqueue(request))
        first, last = studio.pictures.items
        qtbot.waitUntil(lambda: len(strip.items.items(Group.STEP)) == 20, timeout=PATIENCE_MS)
        asked: list[object] = []
        strip.menu_asked.connect(lambda item, place: asked.append(item.key))
        window.filmstrip.menu_asked.disconnect()  # a menu would wait for an answer
        strip.bring_current_into_view()
        place = strip.visualRect(strip.items.index(strip.items.row_of(first))).center()
        QTest.mousePress(strip.viewport(), Qt.MouseButton.RightButton, pos=place)
        menu = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, strip.viewport().mapToGlobal(place))
        QApplication.sendEvent(strip.viewport(), menu)
        QTest.mouseRelease(strip.viewport(), Qt.MouseButton.RightButton, pos=place)
        assert asked == [first] and studio.viewing.shown.result is first
        qtbot.waitUntil(lambda: len(strip.items.items(Group.STEP)) == 2, timeout=PATIENCE_MS)
        assert [index.data(ITEM).key for index in strip.selectedIndexes()] == [first], "it is marked"
        place = strip.visualRect(strip.items.index(strip.items.row_of(last))).center()
        QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(lambda: len(strip.items.items(Group.STEP)) == 20, timeout=PATIENCE_MS)
        assert [index.data(ITEM).key for index in strip.selectedIndexes()] == [last]


def test_every_tool_is_seen_in_a_low_window(qtbot):
    with main_window(qtbot) as window:
        window.resize(1280, 690)  # of 720 with the frame
        QApplication.processEvents()
        box = window.toolbox
        assert all(
            box.button(tool).visibleRegion().boundingRect() == box.button(tool).rect() for tool in tools()
        )
        low = box.button("move").height()
        window.resize(1280, 900)
        QApplication.processEvents()
        assert box.button("move").height() > low
