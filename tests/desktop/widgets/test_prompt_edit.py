"""The prompt editor: weights by keys, plain text only, anything pasted is survived."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.prompt_edit import PromptEdit
from desktop.widgets.prompt_marks import python_index, qt_index

CONTROL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def editor(qtbot: QtBot) -> PromptEdit:
    editor = PromptEdit("a cute beagle smiling", placeholder="What should appear?")
    return show_in_window(qtbot, editor, 400, 80)


def select(editor: PromptEdit, words: str) -> None:
    cursor = editor.textCursor()
    start = qt_index(editor.value(), editor.value().index(words))
    cursor.setPosition(start)
    cursor.setPosition(start + qt_index(words, len(words)), cursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def drop(editor: PromptEdit, mime: QMimeData) -> bool:
    target = editor.viewport()
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(target.rect().center(), copy, mime, left, none)
    QApplication.sendEvent(target, enter)
    QApplication.sendEvent(target, QDropEvent(QPointF(target.rect().center()), copy, mime, left, none))
    return enter.isAccepted()


def test_control_up_weighs_the_selected_words_as_one_undo_step(qtbot: QtBot, editor: PromptEdit):
    select(editor, "cute beagle")
    qtbot.keyClick(editor, Qt.Key.Key_Up, CONTROL)
    qtbot.keyClick(editor, Qt.Key.Key_Up, CONTROL)
    assert editor.value() == "a (cute beagle:1.2) smiling"
    assert editor.textCursor().selectedText() == "cute beagle"
    editor.undo()
    assert editor.value() == "a (cute beagle:1.1) smiling"
    editor.undo()
    assert editor.value() == "a cute beagle smiling"


def test_control_down_weighs_the_word_at_the_cursor(qtbot: QtBot, editor: PromptEdit):
    cursor = editor.textCursor()
    cursor.setPosition(4)
    editor.setTextCursor(cursor)
    qtbot.keyClick(editor, Qt.Key.Key_Down, CONTROL)
    assert editor.value() == "a (cute:0.9) beagle smiling"


def test_weights_find_their_words_behind_emoji(qtbot: QtBot, editor: PromptEdit):
    editor.set_value("🐶🐶 a beagle")
    select(editor, "beagle")
    qtbot.keyClick(editor, Qt.Key.Key_Up, CONTROL)
    assert editor.value() == "🐶🐶 a (beagle:1.1)"
    assert editor.textCursor().selectedText() == "beagle"
    assert [python_index("🐶b", qt_index("🐶b", at)) for at in range(3)] == [0, 1, 2]


def test_keys_ask_for_pictures_and_history(qtbot: QtBot, editor: PromptEdit):
    for signal, key, modifiers in [
        (editor.submitted, Qt.Key.Key_Return, CONTROL),
        (editor.submitted, Qt.Key.Key_Enter, CONTROL | Qt.KeyboardModifier.KeypadModifier),
        (editor.submitted_first, Qt.Key.Key_Return, CONTROL | SHIFT),
        (editor.history_previous, Qt.Key.Key_Up, ALT),
        (editor.history_next, Qt.Key.Key_Down, ALT),
    ]:
        with qtbot.waitSignal(signal):
            qtbot.keyClick(editor, key, modifiers)
    assert editor.value() == "a cute beagle smiling"


def test_what_the_model_does_not_read_is_dimmed_and_struck(editor: PromptEdit):
    editor.set_cut_at(2)
    [unread] = editor.extraSelections()
    assert unread.cursor.selectedText() == "cute beagle smiling"
    assert unread.format.fontStrikeOut()
    editor.set_cut_at(None)
    assert editor.extraSelections() == []


def test_rich_text_comes_in_plain_and_clean(editor: PromptEdit):
    editor.selectAll()
    mime = QMimeData()
    mime.setHtml("<b>bold</b>")
    mime.setText("bold\0 and\x07 <i>x</i>")
    QGuiApplication.clipboard().setMimeData(mime)
    editor.paste()
    assert editor.value() == "bold\ufffd and <i>x</i>"


def test_a_hundred_thousand_characters_are_no_matter(qtbot: QtBot, editor: PromptEdit):
    started = time.process_time()
    editor.set_value("(a cute beagle:1.2) " * 5_000)
    editor.set_cut_at(50)
    select(editor, "cute")
    qtbot.keyClick(editor, Qt.Key.Key_Up, CONTROL)
    assert len(editor.value()) == 100_000 + len("(:1.1)")
    assert time.process_time() - started < 20  # a hang, not a speed


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "سلام", "🏳️‍🌈", "\u202eabc"])
def test_strange_text_is_held(editor: PromptEdit, text: str):
    editor.set_value(text)
    assert editor.value() in (text, text.replace("\ud800", "\ufffd").replace("\0", "\ufffd"))


def test_a_dropped_picture_is_passed_on_and_text_goes_in(qtbot: QtBot, editor: PromptEdit, tmp_path: Path):
    path = tmp_path / "dog.PNG"
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    with qtbot.waitSignal(editor.picture_dropped) as said:
        assert drop(editor, mime)
    assert said.args == [str(path)]
    mime = QMimeData()
    mime.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
    with qtbot.waitSignal(editor.picture_dropped) as said:
        drop(editor, mime)
    assert said.args is not None and said.args[0].width() == 4
    assert editor.value() == "a cute beagle smiling"


def test_a_network_address_is_refused(qtbot: QtBot, editor: PromptEdit):
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/dog.png")])
    with qtbot.waitSignal(editor.remote_refused) as said:
        drop(editor, mime)
    assert said.args == ["https://example.org/dog.png"]


def test_it_grows_with_the_text_up_to_its_limit(qtbot: QtBot, editor: PromptEdit):
    two = editor.sizeHint().height()
    line = editor.fontMetrics().lineSpacing()
    editor.set_value("a\nb\nc")
    qtbot.waitUntil(lambda: editor.sizeHint().height() == two + line)
    editor.set_value("\n" * 50)
    qtbot.waitUntil(lambda: editor.sizeHint().height() == two + 4 * line)


def test_set_value_of_the_same_text_keeps_the_cursor_and_says_nothing(qtbot: QtBot, editor: PromptEdit):
    select(editor, "cute")
    with qtbot.assertNotEmitted(editor.value_changed):
        editor.set_value("a cute beagle smiling")
    assert editor.textCursor().selectedText() == "cute"


def test_tab_leaves_the_editor(qtbot: QtBot, editor: PromptEdit):
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert "\t" not in editor.value()
