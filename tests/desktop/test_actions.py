from __future__ import annotations

from collections import Counter
from importlib import resources

from main_windows import generate, main_window
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from desktop.actions import commands, keys_text
from desktop.command import Command, Menu, Where, menu_titles
from desktop.gallery_commands import IN_GRID

SINGLE = (Where.CANVAS, Where.FILMSTRIP, Where.PICTURES, Where.GALLERY, Where.VIEWER)
ACTS_IN = {
    Where.WINDOW: ["canvas", "filmstrip", "viewer", "grid"],
    Where.CANVAS: ["canvas"],
    Where.FILMSTRIP: ["filmstrip", "viewer"],
    Where.PICTURES: ["canvas", "filmstrip", "viewer"],
    Where.VIEWER: ["viewer"],
    Where.GALLERY: ["grid"],
}


def test_every_command_has_its_own_id_a_text_and_an_icon_that_exists(qapp):
    table = commands()
    assert not [name for name, count in Counter(command.id for command in table).items() if count > 1]
    icons = resources.files("resources") / "icons"
    for command in table:
        assert command.text and command.menu in menu_titles()
        assert not command.icon or (icons / f"{command.icon}.svg").is_file(), command.icon


def test_no_two_commands_want_the_same_key(qapp):
    keys = Counter(
        (shortcut, place)
        for command in commands()
        for shortcut in command.shortcuts
        for place in {*ACTS_IN[command.where], *(["grid"] if command.id in IN_GRID else [])}
    )
    assert not [key for key, count in keys.items() if count > 1]
    assert all(not QKeySequence(key).isEmpty() for key, _ in keys)


def test_keys_without_ctrl_or_alt_act_only_where_pictures_are(qapp):
    for command in commands():
        for shortcut in command.shortcuts:
            if is_plain(shortcut):
                assert command.where in SINGLE, command.id


def is_plain(shortcut: str) -> bool:
    """A key that types something, or Tab or Delete."""
    return len(shortcut.removeprefix("Shift+")) == 1 or shortcut in ("Tab", "Del", "Backspace")


def test_letters_in_the_prompt_are_only_typed(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: bool(window.studio.pictures.items))
        window.studio.generation.prompt = ""
        window.prompt.take_focus()
        seed = window.studio.generation.seed
        QTest.keyClicks(window.prompt.editor, "bias")
        assert window.prompt.editor.toPlainText() == "bias"
        assert window.studio.generation.seed == seed and len(window.studio.jobs.jobs) == 1


def test_every_command_can_be_found_in_the_menu_and_in_the_palette(qtbot):
    with main_window(qtbot) as window:
        parts = [action.menu() for action in window.menu.actions()]
        in_menus = [action.objectName() for part in parts for action in part.actions()]
        assert in_menus == [command.id for command in commands()]
        assert len(parts) == len(Menu)


def test_what_cannot_be_done_now_is_disabled(qtbot):
    with main_window(qtbot) as window:
        actions = window.actions_by_id
        for name in ("stop", "cancel", "undo", "redo", "copy", "branch", "trash", "use_seed", "cancel_all"):
            assert not actions[name].isEnabled(), name
        generate(window)
        qtbot.waitUntil(lambda: actions["trash"].isEnabled() and not window.is_working())
        assert actions["copy"].isEnabled() and actions["use_seed"].isEnabled()
        assert not actions["branch"].isEnabled()


def test_the_seed_of_the_shown_picture_is_used_with_one_letter(qtbot):
    with main_window(qtbot) as window:
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and window.actions_by_id["use_seed"].isEnabled())
        seed = window.studio.pictures.items[0].recipe.request.sampling.seed
        window.studio.generation.roll_seed()
        window.canvas.setFocus()
        QTest.keyClick(window.canvas, Qt.Key.Key_S)
        assert window.studio.generation.seed == seed and window.studio.generation.seed_locked


def test_two_names_of_the_enter_key_are_shown_as_one():
    both = Command("x", "X", Menu.HELP, lambda window: None, ("Ctrl+Return", "Ctrl+Enter"))
    assert keys_text(both).count(",") == 0
