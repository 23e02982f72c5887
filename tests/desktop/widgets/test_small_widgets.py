"""Sections, choices, messages, the progress line, labels and bindings."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QStyleOptionComboBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.binding import bind, read
from desktop.widgets.choice import Choice
from desktop.widgets.label import ElidedLabel, Label, plain_tooltip
from desktop.widgets.number import NumberSlider
from desktop.widgets.progress import ProgressLine
from desktop.widgets.prompt_edit import PromptEdit
from desktop.widgets.section import Section
from desktop.widgets.segmented import Segmented
from desktop.widgets.theme import apply_theme, tokens
from desktop.widgets.toast import Toasts


class Settings(QObject):
    changed = Signal(str)

    def __init__(self, **values: object) -> None:
        super().__init__()
        self.__dict__.update(values)

    def set(self, field: str, value: object) -> None:
        setattr(self, field, value)
        self.changed.emit(field)


# sections


def test_a_section_folds_by_click_and_key_and_remembers(qtbot: QtBot):
    kept: dict[str, bool] = {}
    section = Section("Queue", QFrame(), key="queue", recall=kept.get, remember=kept.__setitem__)
    show_in_window(qtbot, section)
    assert not section.is_folded
    qtbot.mouseClick(section.header, Qt.MouseButton.LeftButton)
    assert section.is_folded and not section.content.isVisible() and kept == {"queue": True}
    qtbot.keyClick(section.header, Qt.Key.Key_Right)
    assert not section.is_folded and kept == {"queue": False}
    qtbot.keyClick(section.header, Qt.Key.Key_Space)
    assert section.is_folded
    assert section.header.accessibleName() == "Queue"
    assert section.header.accessibleDescription() == "folded"


def test_a_section_opens_as_it_was_left(qtbot: QtBot):
    section = Section("Queue", key="queue", recall={"queue": True}.get)
    qtbot.addWidget(section)
    assert section.is_folded


# labels


def test_a_wrapped_text_keeps_all_its_lines_in_a_narrow_column(qtbot: QtBot):
    label = Label("a sentence that needs several lines where the column is narrow " * 2)
    label.setWordWrap(True)
    row = QWidget()
    QHBoxLayout(row).addWidget(label)
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.addWidget(row)
    layout.addWidget(QFrame(), 1)
    column.setFixedSize(180, 90)
    show_in_window(qtbot, column)
    assert label.height() >= label.heightForWidth(label.width())
    high = label.height()
    label.setText("short")
    qtbot.waitUntil(lambda: label.minimumHeight() < high / 2)


# choices


@pytest.fixture
def aspect(qtbot: QtBot) -> Segmented:
    row = Segmented([("1:1", "Square"), ("4:3", "Wide"), ("3:4", "High")], name="Shape")
    return show_in_window(qtbot, row, 400, 32)


def test_one_of_the_choices_is_chosen_by_click_or_arrow(qtbot: QtBot, aspect: Segmented):
    assert aspect.value() is None
    qtbot.mouseClick(aspect.buttons()[1], Qt.MouseButton.LeftButton)
    assert aspect.value() == "4:3"
    with qtbot.waitSignal(aspect.value_changed) as said:
        aspect.buttons()[1].setFocus()
        qtbot.keyClick(aspect.buttons()[1], Qt.Key.Key_Right)
    assert said.args == ["3:4"] and aspect.buttons()[2].hasFocus()
    with qtbot.assertNotEmitted(aspect.value_changed):
        aspect.set_value("other")
    assert aspect.value() is None
    assert aspect.buttons()[0].accessibleName() == "Shape: Square"


def test_tab_stops_once_in_a_row_of_choices(aspect: Segmented):
    aspect.set_value("3:4")
    stops = [bool(button.focusPolicy() & Qt.FocusPolicy.TabFocus) for button in aspect.buttons()]
    assert stops == [False, False, True]


def test_other_choices_keep_the_chosen_one(aspect: Segmented):
    aspect.set_value("4:3")
    aspect.set_choices([("4:3", "4:3"), ("2:1", "2:1")])
    assert aspect.value() == "4:3" and [button.text() for button in aspect.buttons()] == ["4:3", "2:1"]


# messages


@pytest.fixture
def toasts(qtbot: QtBot) -> Toasts:
    return Toasts(show_in_window(qtbot, QWidget(), 600, 400))


def test_a_long_message_is_as_high_as_its_words(toasts: Toasts):
    for text in ("One could not be read, and no font has these letters. " * 4, "Two words are here now."):
        toast = toasts.show(text, action="Undo")
        words = next(label for label in toast.findChildren(Label) if label.text() == text)
        assert toast.height() <= max(words.heightForWidth(words.width()), toast.button.height()) + 24


def test_a_message_offers_its_action_and_goes(qtbot: QtBot, toasts: Toasts):
    done: list[str] = []
    toast = toasts.show("<b>Moved</b> to the trash", action="Undo", run=lambda: done.append("undone"))
    assert toast.isVisible() and not toast.isModal()
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in toast.findChildren(Label))
    with qtbot.waitSignal(toast.closed):
        qtbot.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    assert done == ["undone"] and toasts.shown == []


def test_who_types_goes_on_typing_when_a_message_is_answered(qtbot: QtBot, toasts: Toasts):
    field = QLineEdit(toasts._over)
    field.show()
    field.setFocus()
    first = toasts.show("One job waits.", action="Run on")
    first.button.setFocus()
    assert not field.hasFocus()
    with qtbot.waitSignal(first.closed):
        first.button.click()
    assert field.hasFocus()
    with qtbot.waitSignal(toasts.show("Nobody looked.").closed):
        field.setFocus()
        toasts.shown[-1].close_soon()
    assert field.hasFocus()


def test_messages_stack_within_the_window_and_the_oldest_makes_room(qtbot: QtBot, toasts: Toasts):
    for number in range(6):
        toasts.show(f"message {number}")
    assert [toast.text for toast in toasts.shown] == [f"message {number}" for number in range(2, 6)]
    tops = [toast.geometry().top() for toast in toasts.shown]
    assert tops == sorted(tops)
    assert all(toasts.shown[0].parentWidget().rect().contains(toast.geometry()) for toast in toasts.shown)


def test_the_same_message_is_not_shown_twice(toasts: Toasts):
    toasts.show("again")
    toasts.show("again")
    assert len(toasts.shown) == 1


def test_a_message_waits_while_the_pointer_is_on_it(qtbot: QtBot, toasts: Toasts):
    toast = toasts.show("read me")
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))  # wherever the pointer rests
    assert toast.is_counting
    here = QPointF(1, 1)
    QApplication.sendEvent(toast, QEnterEvent(here, here, here))
    assert not toast.is_counting
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast.is_counting
    assert not toasts.show("broken", "error").is_counting


# progress


def test_the_line_fills_with_the_accent(qtbot: QtBot, qapp: QApplication):
    apply_theme(qapp, "dark")
    line = show_in_window(qtbot, ProgressLine(), 200, 3)
    line.set_progress(5, 20)
    image = line.grab().toImage()
    accent = tokens().color("accent").rgb()
    filled = sum(image.pixelColor(x, 1).rgb() == accent for x in range(image.width()))
    assert filled == pytest.approx(image.width() / 4, abs=1)
    assert line.height() == 3 and line.value() == 5 and line.accessibleName()
    line.clear()
    assert line.grab().toImage().pixelColor(0, 1) == tokens().color("line")


def test_the_line_runs_only_while_it_is_seen(qtbot: QtBot):
    line = show_in_window(qtbot, ProgressLine(), 200, 3)
    line.set_busy()
    assert line.is_busy and line.is_running
    line.hide()
    assert not line.is_running
    line.show()
    assert line.is_running
    line.set_progress(1, 2)
    assert not line.is_running


# labels


def test_a_label_shows_markup_as_it_is_typed(qtbot: QtBot):
    label = Label("<img src='http://x'> <b>bold</b>", role="dim")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert "<b>" not in plain_tooltip("<b>") and "&lt;b&gt;" in plain_tooltip("<b>")


def test_a_long_name_gives_way_and_is_told_in_full(qtbot: QtBot):
    label = show_in_window(qtbot, ElidedLabel("a very long <name> of a picture.png"), 60, 20)
    assert label.minimumSizeHint().width() == 0
    assert "&lt;name&gt;" in label.toolTip()
    label.resize(2000, 20)
    assert label.toolTip() == ""


# bindings


def test_a_field_and_its_widget_stay_the_same_both_ways(qtbot: QtBot):
    for widget, first, second in [
        (NumberSlider(0, 100), 20, 30),
        (QLineEdit(), "one", "two"),
        (QCheckBox(), True, False),
        (QSpinBox(), 3, 4),
        (PromptEdit(), "cat", "dog"),
        (Segmented([(1, "one"), (2, "two")]), 1, 2),
    ]:
        qtbot.addWidget(widget)
        settings = Settings(field=first)
        bind(settings, "field", widget)
        assert read(widget) == first
        settings.set("field", second)
        assert read(widget) == second
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItem("Euler", "euler")
    combo.addItem("DDIM", "ddim")
    settings = Settings(field="ddim")
    bind(settings, "field", combo)
    assert combo.currentText() == "DDIM"
    combo.setCurrentIndex(0)
    assert vars(settings)["field"] == "euler"


def test_what_is_typed_reaches_the_state(qtbot: QtBot):
    settings, line, number = Settings(name="", steps=20), QLineEdit(), NumberSlider(1, 100)
    qtbot.addWidget(line)
    qtbot.addWidget(number)
    bind(settings, "name", line)
    bind(settings, "steps", number)
    qtbot.keyClicks(line, "Ana")
    number.set_value(33)
    assert (vars(settings)["name"], vars(settings)["steps"]) == ("Ana", 33)


def test_what_the_state_refuses_is_taken_back(qtbot: QtBot):
    class Strict(Settings):
        @property
        def steps(self) -> int:
            return 20

        @steps.setter
        def steps(self, value: int) -> None:
            raise ValueError(f"{value} is too many")

    number = NumberSlider(1, 100)
    qtbot.addWidget(number)
    binding = bind(Strict(), "steps", number)
    with qtbot.waitSignal(binding.refused) as said:
        number.set_value(90)
    assert said.args == ["90 is too many"] and number.value() == 20


def test_a_state_outlives_its_widget(qtbot: QtBot):
    settings, line = Settings(name="a"), QLineEdit()
    bind(settings, "name", line)
    with qtbot.waitSignal(line.destroyed):
        line.deleteLater()
    settings.set("name", "b")


def test_a_widget_without_a_value_cannot_be_bound(qtbot: QtBot):
    frame = QFrame()
    qtbot.addWidget(frame)
    with pytest.raises(TypeError, match="QFrame"):
        bind(Settings(name=""), "name", frame)


def test_a_choice_that_is_too_narrow_for_its_text_says_so_with_dots(qtbot: QtBot):
    panel = QWidget()
    layout = QVBoxLayout(panel)
    choices = [Choice(), Choice()]
    for choice in choices:
        choice.setFixedWidth(120)
        layout.addWidget(choice)
    choices[0].addItem("The newest pictures of all come first")
    show_in_window(qtbot, panel, 300, 200)
    choices[0].clearFocus()
    option = QStyleOptionComboBox()
    choices[0].initStyleOption(option)
    metrics = choices[0].fontMetrics()
    dots = metrics.elidedText(
        choices[0].currentText(), Qt.TextElideMode.ElideRight, choices[0].room_px(option)
    )
    choices[1].addItem(dots)
    assert dots.endswith("…") and choices[0].grab().toImage() == choices[1].grab().toImage()


def test_the_hint_of_a_narrow_line_stays_one_line(qtbot: QtBot):
    edit = PromptEdit(placeholder="What should not appear anywhere", lines=1)
    show_in_window(qtbot, edit, 140, 40)
    assert edit.placeholderText().endswith("…")
    edit.resize(600, 40)
    assert edit.placeholderText() == "What should not appear anywhere"


def test_the_wheel_scrolls_past_a_choice(qtbot: QtBot):
    choice = show_in_window(qtbot, Choice(name="Sampler"), 200, 32)
    choice.addItems(["Euler", "DDIM"])
    choice.setFocus()
    here = QPointF(10, 10)
    down = QWheelEvent(
        here, here, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(choice, down)
    assert choice.currentIndex() == 0 and not down.isAccepted()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert choice.currentText() == "DDIM"


def test_a_long_name_in_a_message_goes_on_in_the_next_line(toasts: Toasts):
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    toast = toasts.show(f"It has no layer {name}.", "error")
    words = next(label for label in toast.findChildren(Label) if "no layer" in label.text())
    assert words.text().replace("\u200b", "") == toast.text and "It has no layer " in words.text()
    assert words.heightForWidth(words.width()) > 2 * words.fontMetrics().lineSpacing()
    assert max(map(words.fontMetrics().horizontalAdvance, words.text().split("\u200b"))) < words.width()
