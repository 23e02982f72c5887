"""What was learnt is offered by its first letters, and never in the way of who types on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.prompt_completion import (
    Begun,
    Calls,
    Offer,
    begun,
    matching,
    phrase_begun,
    written,
)
from desktop.widgets.prompt_edit import PromptEdit

OFFERS = (
    Offer("zorbi", "zorbi", "zorbi"), Offer("ink soft", "ink soft", "inkstyle"), Offer("plain", "plain"),
    Offer("zig", "zig", "zigzag", by=Calls.WORD), Offer("a:b", "a:b", "abc"),
)  # fmt: skip
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def editor(qtbot: QtBot) -> PromptEdit:
    editor = show_in_window(qtbot, PromptEdit(), 400, 80)
    editor.offer(OFFERS, "Learnt things")
    editor.setFocus()
    return editor


def names(editor: PromptEdit) -> list[str]:
    """What the open list shows."""
    assert editor.completion is not None
    model = editor.completion.completer.completionModel()
    return (
        [model.index(row, 0).data() for row in range(model.rowCount())] if editor.completion.is_open else []
    )


def press(qtbot: QtBot, editor: PromptEdit, key: Qt.Key) -> None:
    """As a keyboard does: to the list while it is open."""
    assert editor.completion is not None
    qtbot.keyClick(editor.completion.completer.popup() if editor.completion.is_open else editor, key)


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("a zor", 5, Begun(2, "zor", Calls.WORD)),
        ("a z", 3, None),
        ("a zor", 4, None),  # in the middle of a word
        ("a <lora:", 8, Begun(2, "", Calls.LORA)),
        ("a <LORA: ink s", 14, Begun(2, "ink s", Calls.LORA)),
        ("<lora:ink:0.8>", 9, None),  # a name that is whole already
        ("<lora:ink:0.8", 13, None),
        ("", 0, None),
        ("(zor, cat)", 4, Begun(1, "zor", Calls.WORD)),
        ("niño", 4, Begun(0, "niño", Calls.WORD)),
    ],
)
def test_what_is_begun_is_found(text: str, at: int, expected: Begun | None):
    assert begun(text, at) == expected


def test_names_words_and_parts_of_names_match():
    def found(typed: str, by: Calls = Calls.WORD) -> list[str]:
        return [offer.name for offer in matching(OFFERS, Begun(0, typed, by))]

    assert found("ZOR") == ["zorbi"]
    assert found("inks") == ["ink soft"] and found("soft") == []
    assert found("soft", by=Calls.LORA) == ["ink soft"]
    assert found("", by=Calls.LORA) == ["zorbi", "ink soft", "plain"]  # no word, no name that cannot be read
    assert found("zig") == ["zig"]


def test_a_lora_is_written_with_its_word_where_that_is_missing():
    what = Begun(2, "zo", Calls.WORD)
    assert written(OFFERS[0], "a zo", what, 4) == "zorbi <lora:zorbi:1>"
    assert written(OFFERS[0], "a zo, Zorbi", what, 4) == "<lora:zorbi:1>"
    assert written(OFFERS[2], "a pl", what, 4) == "<lora:plain:1>"
    assert written(OFFERS[3], "a zi", what, 4) == "zigzag"


def test_it_opens_while_typing_and_enter_takes_it_as_one_undo_step(qtbot: QtBot, editor: PromptEdit):
    qtbot.keyClicks(editor, "a z")
    assert names(editor) == []
    qtbot.keyClicks(editor, "o")
    assert names(editor) == ["zorbi"]
    press(qtbot, editor, Qt.Key.Key_Return)
    assert editor.value() == "a zorbi <lora:zorbi:1>" and names(editor) == []
    editor.undo()
    assert editor.value() == "a zo"


def test_the_arrows_choose_and_tab_takes(qtbot: QtBot, editor: PromptEdit):
    qtbot.keyClicks(editor, "<lora:")
    assert names(editor) == ["zorbi", "ink soft", "plain"]
    press(qtbot, editor, Qt.Key.Key_Down)
    press(qtbot, editor, Qt.Key.Key_Tab)
    assert editor.value() == "inkstyle <lora:ink soft:1>" and editor.hasFocus()


def test_tab_takes_where_another_control_follows(qtbot: QtBot):
    row = QWidget()
    layout = QVBoxLayout(row)
    editor, other = PromptEdit(), PromptEdit()
    layout.addWidget(editor)
    layout.addWidget(other)
    editor.offer(OFFERS, "Words")
    show_in_window(qtbot, row, 400, 200)
    editor.setFocus()
    qtbot.keyClicks(editor, "zo")
    press(qtbot, editor, Qt.Key.Key_Tab)
    assert editor.value() == "zorbi <lora:zorbi:1>" and editor.hasFocus()
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert other.hasFocus()


def test_escape_closes_the_list_and_typing_on_is_left_alone(qtbot: QtBot, editor: PromptEdit):
    qtbot.keyClicks(editor, "zo")
    press(qtbot, editor, Qt.Key.Key_Escape)
    assert names(editor) == [] and editor.value() == "zo"
    qtbot.keyClicks(editor, "o with a lion")
    assert names(editor) == [] and editor.value() == "zoo with a lion"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.value() == "zoo with a lion\n"


def test_generate_goes_through_an_open_list(qtbot: QtBot, editor: PromptEdit):
    qtbot.keyClicks(editor, "zo")
    assert editor.completion is not None
    with qtbot.waitSignal(editor.submitted):
        qtbot.keyClick(
            editor.completion.completer.popup(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
        )
    assert names(editor) == [] and editor.value() == "zo"


def test_what_is_set_or_composed_by_an_input_method_does_as_it_should(qtbot: QtBot, editor: PromptEdit):
    editor.set_value("a zo")
    assert names(editor) == []  # nobody typed it
    editor.set_value("")
    composed = QInputMethodEvent()
    composed.setCommitString("😀 zor")
    QApplication.sendEvent(editor, composed)
    assert names(editor) == ["zorbi"]
    press(qtbot, editor, Qt.Key.Key_Return)
    assert editor.value() == "😀 zorbi <lora:zorbi:1>"


def test_without_anything_learnt_nothing_changes(qtbot: QtBot):
    editor = show_in_window(qtbot, PromptEdit(), 400, 80)
    qtbot.keyClicks(editor, "<lora:zo")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.value() == "<lora:zo\n" and editor.completion is None


def test_lists_are_offered_behind_underscores_and_tags_from_their_comma_on(qtbot: QtBot, editor: PromptEdit):
    tags = ("blue eyes", "blue sky")

    def tags_beginning(phrase: str) -> list[Offer]:
        return [Offer(tag, tag, tag, Calls.TAG) for tag in tags if tag.startswith(phrase)]

    lists = [Offer(name, name, f"__{name}__", Calls.LIST) for name in ("colour", "animals/cats")]
    editor.offer((*OFFERS, *lists), "Words", tags_beginning)
    qtbot.keyClicks(editor, "a fox, blue e")
    assert names(editor) == ["blue eyes"]
    press(qtbot, editor, Qt.Key.Key_Return)
    assert editor.value() == "a fox, blue eyes"
    qtbot.keyClicks(editor, ", __cat")
    assert names(editor) == ["animals/cats"]
    press(qtbot, editor, Qt.Key.Key_Return)
    assert editor.value() == "a fox, blue eyes, __animals/cats__"


@pytest.mark.parametrize(
    ("text", "begins"),
    [("a fox, blue", 7), ("(blue", 1), ("blue e", 0), ("{red|blue", 5), ("a,", None), ("x", None)],
)
def test_a_phrase_begins_behind_its_comma_or_bracket(text: str, begins: int | None):
    phrase = phrase_begun(text, len(text))
    assert (phrase.start if phrase is not None else None) == begins
