"""A number is dragged, typed and stepped; nothing typed is lost in silence, nothing changes by scrolling."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.number import NumberSlider, read_number


@pytest.fixture
def steps(qtbot: QtBot) -> NumberSlider:
    return shown(qtbot, NumberSlider(1, 150, name="Steps"), 20)


@pytest.fixture
def guidance(qtbot: QtBot) -> NumberSlider:
    return shown(qtbot, NumberSlider(0, 30, step=0.5, decimals=2, name="Guidance"), 7.5)


def shown(qtbot: QtBot, number: NumberSlider, value: float) -> NumberSlider:
    number.set_value(value)
    return show_in_window(qtbot, number, 240, 32)


def test_the_longest_number_of_a_range_is_not_cut(qtbot: QtBot):
    memory = shown(qtbot, NumberSlider(64, 65536, step=64, suffix=" MB"), 1024)
    assert memory.field.cursorPositionAt(QPoint(1, memory.field.height() // 2)) == 0
    assert memory.field.width() > shown(qtbot, NumberSlider(0, 100), 5).field.width()


def type_in(qtbot: QtBot, number: NumberSlider, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    number.field.setFocus()
    number.field.selectAll()
    qtbot.keyClicks(number.field, text)
    qtbot.keyClick(number.field, key)


def turn_wheel(widget: QWidget, notches: int = 1) -> bool:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        *[
            ("7,5", 7.5),
            ("7.5", 7.5),
            (" 12 ", 12),
            ("-3", -3),
            ("−" + "3", -3),
            ("1 000", 1000),
            (".5", 0.5),
        ],
        *[(text, None) for text in ("nan", "inf", "", "a", "1_0", "1,2,3")],
        ("−3", -3),
        ("42 px", 42),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, number: float | None):
    assert read_number(typed, " px") == number


def test_what_is_typed_counts_after_enter_or_tab(qtbot: QtBot, guidance: NumberSlider):
    with qtbot.waitSignal(guidance.value_changed) as said:
        type_in(qtbot, guidance, "6,25")
    assert said.args == [6.25] and guidance.value() == 6.25
    type_in(qtbot, guidance, "9.5", Qt.Key.Key_Tab)
    assert guidance.value() == 9.5 and guidance.slider.value() == 19


def test_an_int_stays_an_int(qtbot: QtBot, steps: NumberSlider):
    type_in(qtbot, steps, "33")
    assert steps.value() == 33 and isinstance(steps.value(), int)
    assert steps.field.text() == "33"


def test_escape_brings_the_old_number_back(qtbot: QtBot, steps: NumberSlider):
    type_in(qtbot, steps, "99", Qt.Key.Key_Escape)
    assert steps.field.text() == "20" and steps.value() == 20


def test_a_number_out_of_range_goes_to_the_end_and_shows_it(qtbot: QtBot, steps: NumberSlider):
    type_in(qtbot, steps, "9999")
    assert steps.value() == 150 and steps.field.text() == "150"
    assert steps.field.property("clamped")
    qtbot.waitUntil(lambda: not steps.field.property("clamped"))


def test_nonsense_is_put_right(qtbot: QtBot, steps: NumberSlider):
    with qtbot.assertNotEmitted(steps.value_changed):
        type_in(qtbot, steps, "many")
    assert steps.field.text() == "20"


def test_arrows_step_and_shift_or_control_steps_finely(qtbot: QtBot, guidance: NumberSlider):
    guidance.slider.setFocus()
    qtbot.keyClick(guidance.slider, Qt.Key.Key_Right)
    assert guidance.value() == 8.0
    qtbot.keyClick(guidance.slider, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert guidance.value() == 7.95
    qtbot.keyClick(guidance.field, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert guidance.value() == 8.0
    qtbot.keyClick(guidance.slider, Qt.Key.Key_PageUp)
    assert guidance.value() == 13.0
    qtbot.keyClick(guidance.slider, Qt.Key.Key_Home)
    assert guidance.value() == 0


def test_a_drag_moves_by_whole_steps(qtbot: QtBot, guidance: NumberSlider):
    values: list[float] = []
    guidance.value_changed.connect(values.append)
    guidance.slider.setSliderPosition(40)
    assert values == [20.0] and guidance.field.text() in ("20.00", "20,00")


def test_the_wheel_needs_the_focus(qtbot: QtBot, steps: NumberSlider):
    steps.field.setFocus()
    assert not turn_wheel(steps.slider) and steps.value() == 20
    steps.slider.setFocus()
    assert turn_wheel(steps.slider) and steps.value() == 21


def test_the_wheel_never_acts_while_the_panel_scrolls(qtbot: QtBot):
    area, page = QScrollArea(), QWidget()
    number = NumberSlider(0, 100)
    number.set_value(50)
    layout = QVBoxLayout(page)
    layout.addWidget(number)
    page.setMinimumSize(200, 2000)
    area.setWidget(page)
    show_in_window(qtbot, area, 240, 200)
    number.slider.setFocus()
    area.verticalScrollBar().setValue(50)
    assert not turn_wheel(number.slider) and number.value() == 50


def test_more_may_be_typed_than_the_slider_reaches(qtbot: QtBot):
    number = shown(qtbot, NumberSlider(1, 1000, slider_maximum=100), 50)
    type_in(qtbot, number, "700")
    assert number.value() == 700 and number.slider.value() == number.slider.maximum() == 99


def test_a_screen_reader_hears_the_name(steps: NumberSlider):
    assert steps.slider.accessibleName() == steps.field.accessibleName() == "Steps"


def test_not_a_number_is_refused(steps: NumberSlider):
    with pytest.raises(ValueError, match="not a number"):
        steps.set_value(float("nan"))
