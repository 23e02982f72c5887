"""The window of one who paints: tools, keys, colours, and what undo undoes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from main_windows import generate, main_window, spoken
from pens import picture, selection
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QSlider, QWidget

from desktop.panels.pressure_curve import CurveEdit
from desktop.state.document.document import Document
from desktop.tools.options import Show, option_of
from desktop.tools.toolbox import tools
from desktop.widgets.number import NumberSlider
from desktop.window import MainWindow

CONTROL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier,
)  # fmt: skip
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def begin(window: MainWindow) -> Document:
    """A document of a plain picture, the focus on the canvas."""
    window.painting.open_picture(np.full((160, 200, 3), 200, np.uint8), "wall")
    window.canvas.setFocus()
    document = window.painting.document
    assert document is not None
    return document


def stroke(window: MainWindow, *points: tuple[float, float]) -> None:
    canvas = window.canvas
    places = [QPointF(*canvas.viewport.to_view(*point)).toPoint() for point in points]
    QTest.mousePress(canvas, LEFT, NO_KEYS, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, places[-1])


def key(window: MainWindow, code: Qt.Key, keys=NO_KEYS) -> None:
    QApplication.processEvents()  # what can be done now is asked soon, not at once
    QTest.keyClick(window.canvas, code, keys)


def test_while_the_first_picture_is_drawn_no_empty_document_is_begun_behind_it(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.steps = 200
        generate(window)
        qtbot.waitUntil(lambda: window.is_working())
        window.bench.take_up("brush")
        stroke(window, (40, 40), (60, 44))
        assert window.painting.document is None
        assert any("still being drawn" in text for text in window.studio.heard.texts)
        window.stop()
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working())
        viewing = window.studio.viewing
        result, job = viewing.shown.result, viewing.shown.job
        viewing.show_step(job, job.steps[0])
        stroke(window, (40, 40), (60, 44))  # of a step there is only a small preview
        assert window.painting.document is None
        viewing.show_result(result)
        stroke(window, (40, 40), (60, 44))
        assert window.painting.document.history.can_undo


def test_a_document_on_which_nothing_is_done_gives_way_to_the_picture_that_one_paints_on(qtbot):
    with main_window(qtbot) as window:
        window.bench.take_up("brush")
        stroke(window, (40, 40), (60, 44))
        paper = window.studio.document
        paper.history.undo()
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working())
        seen = window.studio.viewing.shown.pixels
        stroke(window, (40, 40), (60, 44))
        assert window.studio.document is not paper
        assert np.array_equal(picture(window.studio.document)[:8, :8, 2::-1], seen[:8, :8])


def test_a_brush_set_down_on_a_result_makes_a_document_of_it(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working())
        result = window.studio.viewing.shown.pixels
        assert window.painting.document is None
        window.bench.take_up("brush")
        window.bench.foreground = "#ff0000"
        stroke(window, (40, 40), (60, 44), (90, 40))
        document = window.painting.document
        assert document is not None and window.canvas.shows_document
        image = picture(document)
        assert image[40, 60].tolist() == [0, 0, 255, 255]
        assert np.array_equal(image[-20:, :, 2::-1], result[-20:])
        assert len(list(document.root.walk())) == 2  # the picture stays as it is, the paint lies above


def test_a_brush_set_down_on_the_empty_canvas_begins_a_white_sheet(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.width = window.studio.generation.height = 256
        window.bench.take_up("brush")
        QTest.mouseClick(window.canvas, LEFT, NO_KEYS, QPoint(60, 60))
        document = window.painting.document
        assert document is not None and tuple(document.size) == (256, 256)
        assert not window.canvas.empty.isVisible()


def test_with_the_move_tool_a_result_is_only_looked_at(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result())
        QTest.mouseClick(window.canvas, LEFT, NO_KEYS, window.canvas.rect().center())
        assert window.painting.document is None


def test_letters_take_up_tools_on_the_canvas_and_only_there(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        for tool in tools().values():
            if len(tool.key) == 1:
                QTest.keyClicks(window.canvas, tool.key.lower())
                assert window.bench.tool_id == tool.id, tool.key
                window.canvas.drawing.cancel()
        window.bench.take_up("hand")
        window.prompt.take_focus()
        QTest.keyClicks(window.prompt.editor, "bevel")
        assert window.prompt.editor.toPlainText() == "bevel" and window.bench.tool_id == "hand"


def test_letters_are_the_tools_as_soon_as_one_is_clicked_or_the_pointer_is_over_the_canvas(qtbot):
    with main_window(qtbot) as window:
        begin(window)

        def press(code: Qt.Key) -> None:
            held = QApplication.focusWidget()
            assert held is not None
            QTest.keyClick(held, code)

        window.prompt.take_focus()
        QTest.mouseClick(window.toolbox.button("brush"), LEFT)
        press(Qt.Key.Key_N)
        assert window.bench.tool_id == "mask_brush" and not window.prompt.editor.toPlainText()
        press(Qt.Key.Key_B)
        size = window.bench.options().size
        slider = window.work.options.findChild(QSlider)
        assert slider is not None
        slider.setFocus()
        QTest.mouseMove(window.canvas, QPoint(50, 50))
        press(Qt.Key.Key_BracketRight)
        assert window.bench.options().size > size
        window.prompt.take_focus()
        QTest.mouseMove(window.canvas, QPoint(90, 50))
        press(Qt.Key.Key_N)
        assert window.prompt.editor.toPlainText() == "n" and window.bench.tool_id == "brush"
        window.toolbox.button("brush").setFocus(Qt.FocusReason.TabFocusReason)
        press(Qt.Key.Key_Down)
        assert window.toolbox.button("eraser").hasFocus()  # the arrows walk on through the tools
        press(Qt.Key.Key_Space)
        assert window.bench.tool_id == "eraser" and window.toolbox.button("eraser").hasFocus()


def test_undo_goes_to_the_document_first_and_then_to_what_was_removed(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working())
        window.pictures.trash()
        document = begin(window)
        before = picture(document)
        window.bench.take_up("brush")
        stroke(window, (40, 40), (90, 40))
        painted = picture(document)
        key(window, Qt.Key.Key_Z, CONTROL)
        assert np.array_equal(picture(document), before)
        key(window, Qt.Key.Key_Y, CONTROL)
        assert np.array_equal(picture(document), painted)
        key(window, Qt.Key.Key_Z, CONTROL)
        key(window, Qt.Key.Key_Z, CONTROL | SHIFT)
        assert np.array_equal(picture(document), painted)
        key(window, Qt.Key.Key_Z, CONTROL)
        assert window.removals.can_undo()
        key(window, Qt.Key.Key_Z, CONTROL)
        qtbot.waitUntil(lambda: bool(window.studio.pictures.items))


def test_undo_in_the_middle_of_a_stroke_takes_the_stroke(qtbot):
    with main_window(qtbot) as window:
        document = begin(window)
        before = picture(document)
        window.bench.take_up("brush")
        place = QPointF(*window.canvas.viewport.to_view(40, 40)).toPoint()
        QTest.mousePress(window.canvas, LEFT, NO_KEYS, place)
        QTest.mouseMove(window.canvas, place + QPoint(40, 0))
        key(window, Qt.Key.Key_Z, CONTROL)
        QTest.mouseRelease(window.canvas, LEFT, NO_KEYS, place)
        assert np.array_equal(picture(document), before) and not document.is_busy


def test_selection_keys_and_fills(qtbot):
    with main_window(qtbot) as window:
        document = begin(window)
        key(window, Qt.Key.Key_A, CONTROL)
        assert (selection(document) == 255).all()
        qtbot.waitUntil(lambda: window.actions_by_id["select_nothing"].isEnabled())
        key(window, Qt.Key.Key_D, CONTROL)
        assert document.selection is None
        window.bench.take_up("marquee")
        stroke(window, (20, 20), (60, 60))
        key(window, Qt.Key.Key_I, CONTROL | SHIFT)
        assert selection(document)[40, 40] == 0 and selection(document)[100, 100] == 255
        window.bench.foreground, window.bench.background = "#ff0000", "#0000ff"
        key(window, Qt.Key.Key_Backspace, ALT)
        assert picture(document)[100, 100].tolist() == [0, 0, 255, 255]
        key(window, Qt.Key.Key_Backspace, CONTROL)
        assert picture(document)[100, 100].tolist() == [255, 0, 0, 255]
        key(window, Qt.Key.Key_Backspace)
        assert picture(document)[100, 100].tolist() == [200, 200, 200, 255]
        assert picture(document)[40, 40].tolist() == [200, 200, 200, 255]


def test_brackets_x_d_and_q(qtbot):
    with main_window(qtbot) as window:
        document = begin(window)
        window.bench.take_up("brush")
        size, hardness = window.bench.options().size, window.bench.options().hardness
        QTest.keyClicks(window.canvas, "]")
        assert window.bench.options().size > size
        QTest.keyClicks(window.canvas, "[")
        assert window.bench.options().size == size
        window.actions_by_id["softer"].trigger()
        assert window.bench.options().hardness < hardness
        window.bench.foreground, window.bench.background = "#112233", "#445566"
        QTest.keyClicks(window.canvas, "x")
        assert window.bench.foreground == "#445566"
        QTest.keyClicks(window.canvas, "d")
        assert (window.bench.foreground, window.bench.background) == ("#000000", "#ffffff")
        before = picture(document)
        key(window, Qt.Key.Key_Q)
        stroke(window, (40, 40), (90, 40))
        assert document.mask.keys() and np.array_equal(picture(document), before)
        qtbot.waitUntil(lambda: window.work.options.mask_options.isVisibleTo(window))


def test_copy_and_paste_make_a_layer(qtbot):
    with main_window(qtbot) as window:
        document = begin(window)
        window.bench.take_up("marquee")
        stroke(window, (20, 20), (60, 50))
        window.copy()
        image = QGuiApplication.clipboard().image()
        assert (image.width(), image.height()) == (40, 30) and image.pixelColor(5, 5) == QColor(200, 200, 200)
        pasted = QImage(20, 10, QImage.Format.Format_RGB32)
        pasted.fill(QColor("lime"))
        QGuiApplication.clipboard().setImage(pasted)
        window.paste()
        assert picture(document)[80, 100].tolist() == [0, 255, 0, 255]
        assert document.history.undo_title == "Place picture"


def test_delete_clears_what_is_selected_and_never_a_picture(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working())
        document = begin(window)
        key(window, Qt.Key.Key_A, CONTROL)
        key(window, Qt.Key.Key_Delete)
        assert not picture(document).any() and len(window.studio.pictures.items) == 1
        seed_locked = window.studio.generation.seed_locked
        key(window, Qt.Key.Key_S)
        assert window.studio.generation.seed_locked == seed_locked


def test_a_press_on_a_looked_at_picture_comes_back_to_the_open_document(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working())
        document = begin(window)
        window.bench.take_up("brush")
        window.studio.viewing.show_result(window.studio.pictures.items[0])
        assert not window.canvas.shows_document
        QTest.mouseClick(window.canvas, LEFT, NO_KEYS, window.canvas.rect().center())
        assert window.canvas.shows_document and window.painting.document is document
        assert not document.history.can_undo


# toolbox, bar, colours


@pytest.mark.parametrize("tool_id", tools())
def test_every_tool_has_a_button_and_a_bar_of_its_own(qtbot, tool_id: str):
    with main_window(qtbot) as window:
        button = window.toolbox.button(tool_id)
        assert button.accessibleName() and button.toolTip()
        QTest.mouseClick(button, LEFT)
        assert window.bench.tool_id == tool_id and button.isChecked()
        for field in dataclasses.fields(tools()[tool_id].options):
            option = option_of(field)
            if option is not None and option.show is Show.BAR:
                control = window.work.options.control(field.name)
                qtbot.waitUntil(lambda control=control: control.isVisibleTo(window))


def test_a_typed_number_sets_the_tool_and_the_tool_shows_in_the_bar(qtbot):
    with main_window(qtbot) as window:
        window.bench.take_up("brush")
        size = window.work.options.control("size")
        assert isinstance(size, NumberSlider)
        size.field.selectAll()
        QTest.keyClicks(size.field, "137")
        QTest.keyClick(size.field, Qt.Key.Key_Return)
        assert window.bench.options().size == 137
        window.bench.set_size(55)
        assert size.value() == 55
        window.bench.take_up("eraser")
        assert window.bench.options().size != 55


@pytest.mark.parametrize("code", ["en", "es"])
def test_in_a_narrow_window_the_last_options_go_into_the_pop_up(qtbot, tmp_path, code):
    with spoken(code, tmp_path), main_window(qtbot, 960, 600) as window:
        document = begin(window)
        options, bench = window.work.options, window.bench
        bench.take_up("mask_brush")
        mode = options.mask_options.mode
        qtbot.waitUntil(lambda: is_whole(options.mask_options) and is_whole(mode))
        hardness = options.control("hardness")
        assert hardness.isHidden() and not options.more.isHidden()
        options.open_more()
        popped = options.control("hardness")
        assert isinstance(popped, NumberSlider) and popped is not hardness and popped.isVisible()
        popped.field.selectAll()
        QTest.keyClicks(popped.field, "35")
        QTest.keyClick(popped.field, Qt.Key.Key_Return)
        assert bench.options().hardness == pytest.approx(0.35) and hardness.value() == 35
        popup = popped.window()
        popup.close()
        qtbot.waitUntil(lambda: options.control("hardness") is hardness)
        bench.set_option("hardness", 0.8)  # what is gone is not asked any more
        assert hardness.value() == 80
        QTest.keyClick(window.canvas, Qt.Key.Key_BracketRight)
        assert document is window.studio.document


def is_whole(widget: QWidget) -> bool:
    """Nothing of it is cut off."""
    return widget.isVisible() and widget.visibleRegion().boundingRect() == widget.rect()


def test_more_options_and_the_pressure_curve(qtbot):
    with main_window(qtbot) as window:
        window.bench.take_up("brush")
        window.work.options.open_more()
        tilt = window.work.options.control("tilt")
        assert isinstance(tilt, QCheckBox)
        tilt.click()
        assert window.bench.options().tilt
        edit = window.work.options.findChild(CurveEdit)
        assert edit is not None
        points = len(window.bench.curve.points)
        QTest.mouseClick(edit, LEFT, NO_KEYS, QPoint(66, 90))
        assert len(window.bench.curve.points) == points + 1 and window.bench.curve(0.5) < 0.5
        QTest.keyClick(edit, Qt.Key.Key_Up)
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        assert len(window.bench.curve.points) == points
        edit.window().close()


def test_the_colours_are_chosen_by_eye_and_by_code(qtbot):
    with main_window(qtbot) as window:
        window.toolbox.swatches.open()
        popup = window.toolbox.swatches.popup
        assert popup is not None
        popup.code.setFocus()
        popup.code.selectAll()
        QTest.keyClicks(popup.code, "2080f0")
        QTest.keyClick(popup.code, Qt.Key.Key_Return)
        assert window.bench.foreground == "#2080f0"
        popup.which.buttons()[1].click()
        QTest.mouseClick(popup.field, LEFT, NO_KEYS, QPoint(popup.field.width() - 2, 2))
        assert QColor(window.bench.background).saturationF() > 0.95 and window.bench.foreground == "#2080f0"
        popup.close()


def test_tab_leaves_no_tools(qtbot):
    with main_window(qtbot) as window:
        window.canvas.setFocus()
        key(window, Qt.Key.Key_Tab)
        assert not window.toolbox.isVisible() and not window.work.options.isVisible()
        key(window, Qt.Key.Key_Tab)
        assert window.toolbox.isVisible() and window.work.options.isVisible()


@pytest.mark.parametrize("tool_id", ["crop", "transform"])
def test_with_handles_in_hand_undo_takes_back_what_was_done_before(qtbot, tool_id):
    with main_window(qtbot) as window:
        document = begin(window)
        before, was = document.size, picture(document)
        window.bench.take_up("brush")
        stroke(window, (40, 40), (90, 40))
        assert not np.array_equal(picture(document), was)
        window.bench.take_up(tool_id)
        window.undo()
        assert np.array_equal(picture(document), was)
        window.redo()
        assert not np.array_equal(picture(document), was)
        assert window.canvas.drawing.is_at_work  # the handles are there again
        window.bench.take_up("crop")
        stroke(window, (before.width - 1, before.height // 2), (before.width // 2, before.height // 2))
        assert document.size == before
        window.undo()  # of the frame that is drawn
        QTest.keyClick(window.canvas, Qt.Key.Key_Return)
        assert document.size == before
        stroke(window, (before.width - 1, before.height // 2), (before.width // 2, before.height // 2))
        QTest.keyClick(window.canvas, Qt.Key.Key_Return)
        assert document.size.width < before.width
        assert window.canvas.facts.text() == f"{document.size.width} × {document.size.height}"
        window.undo()
        assert document.size == before
        QTest.keyClick(window.canvas, Qt.Key.Key_Return)
        assert document.size == before  # the handles stand around the canvas as it is
