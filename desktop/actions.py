"""Every command of the window, said once: the menus, the shortcuts, the palette and the help page read it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.command import CONTEXTS, Command, Menu, Where, Window, menu_titles
from desktop.gallery_commands import (
    arrange_commands,
    gallery_commands,
    library_commands,
    search_commands,
)
from desktop.layer_commands import layer_commands
from desktop.painting_commands import edit_commands, select_commands, tool_commands, view_commands
from desktop.panels.places import ICONS, KEYS, Place
from desktop.picture_commands import picture_commands, viewer_commands
from desktop.widgets.icons import icon

translate = QCoreApplication.translate


def commands() -> tuple[Command, ...]:
    """The table, in the order of the menus and in the language of the moment."""
    return (
        *_file_commands(),
        *library_commands(),
        *_edit_commands(),
        *edit_commands(),
        *search_commands(),
        *select_commands(),
        *tool_commands(),
        *layer_commands(),
        *_generate_commands(),
        *picture_commands(),
        *gallery_commands(),
        *_view_commands(),
        *view_commands(),
        *arrange_commands(),
        *viewer_commands(),
        *_help_commands(),
    )


def _file_commands() -> tuple[Command, ...]:
    menu = Menu.FILE
    return (
        Command("new_document", translate("Commands", "New document…"), menu,
                lambda window: window.documents.new(), ("Ctrl+N",), "file-plus"),
        Command("open_document", translate("Commands", "Open…"), menu,
                lambda window: window.documents.open(), ("Ctrl+O",), "folder-open"),
        Command("recent", translate("Commands", "Open recent"), menu,
                lambda window: window.documents.show_recent(), (), "history"),
        Command("place", translate("Commands", "Place a picture as a layer…"), menu,
                lambda window: window.documents.place(), ("Ctrl+Alt+P",), "layers-plus"),
        Command("save", translate("Commands", "Save"), menu,
                lambda window: window.documents.save(), ("Ctrl+S",), "save"),
        Command("save_as", translate("Commands", "Save as…"), menu,
                lambda window: window.documents.save_as(), ("Ctrl+Shift+S",), "save-all"),
        Command("export", translate("Commands", "Export as a picture…"), menu,
                lambda window: window.documents.export(), ("Ctrl+Shift+E",), "image-down"),
        Command("import_mask", translate("Commands", "Import a mask…"), menu,
                lambda window: window.documents.import_mask(), (), "file-down"),
        Command("export_mask", translate("Commands", "Export the mask…"), menu,
                lambda window: window.documents.export_mask(), (), "file-up"),
        Command("open", translate("Commands", "Start from a picture file…"), menu,
                lambda window: window.choose_start_picture(), ("Ctrl+Alt+O",), "image-plus"),
        Command("take_settings", translate("Commands", "Take settings from a picture file…"), menu,
                lambda window: window.choose_settings_file(), ("Ctrl+Shift+O",), "file-input"),
        Command("library", translate("Commands", "Show the library folder"), menu,
                lambda window: window.pictures.show_library(), ("Ctrl+Shift+L",), "folder-open"),
        Command("get_model", translate("Commands", "Get a model…"), menu,
                lambda window: window.dialogs.show_get_model(), (), "arrow-down-to-line"),
        Command("preferences", translate("Commands", "Preferences"), menu,
                lambda window: window.show_preferences(), ("Ctrl+,",), "settings"),
        Command("quit", translate("Commands", "Quit"), menu,
                lambda window: window.close(), ("Ctrl+Q",), "log-out"),
    )  # fmt: skip


def can_undo(window: Window) -> bool:
    if window.gallery.is_shown():
        return window.gallery.can_undo()
    return window.painting.can_undo() or window.removals.can_undo()


def can_redo(window: Window) -> bool:
    if window.gallery.is_shown():
        return window.gallery.can_redo()
    return window.painting.can_redo() or window.removals.can_redo()


def _edit_commands() -> tuple[Command, ...]:
    menu = Menu.EDIT
    return (
        Command("undo", translate("Commands", "Undo"), menu,
                lambda window: window.undo(), ("Ctrl+Z",), "undo-2",
                possible=can_undo),
        Command("redo", translate("Commands", "Redo"), menu,
                lambda window: window.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo-2",
                possible=can_redo),
        Command("copy", translate("Commands", "Copy"), menu,
                lambda window: window.copy(), ("Ctrl+C",), "copy", Where.PICTURES,
                lambda window: window.painting.can_copy() or window.pictures.has_picture()),
        Command("paste", translate("Commands", "Paste"), menu,
                lambda window: window.paste(), ("Ctrl+V",), "clipboard-paste",
                Where.PICTURES),
        Command("prompt", translate("Commands", "Go to the prompt"), menu,
                lambda window: window.prompt.take_focus(), ("Ctrl+L", "Alt+A"), "text-cursor-input"),
        Command("clear_prompt", translate("Commands", "Start a new prompt"), menu,
                lambda window: window.prompt.start_anew(), ("Ctrl+Alt+N",), "eraser"),
    )  # fmt: skip


def _generate_commands() -> tuple[Command, ...]:
    menu = Menu.GENERATE
    return (
        Command("generate", translate("Commands", "Generate"), menu,
                lambda window: window.generate(), ("Ctrl+Return", "Ctrl+Enter"), "play"),
        Command("generate_first", translate("Commands", "Generate before what waits"), menu,
                lambda window: window.generate(at_front=True),
                ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), "list-start"),
        Command("stop", translate("Commands", "Stop and keep"), menu,
                lambda window: window.stop(), ("Esc",), "square",
                possible=lambda window: window.is_working()),
        Command("cancel", translate("Commands", "Cancel"), menu,
                lambda window: window.cancel(), ("Ctrl+Alt+Return", "Ctrl+Alt+Enter"), "x",
                possible=lambda window: window.is_working()),
        Command("pause", translate("Commands", "Pause or resume the queue"), menu,
                lambda window: window.side.queue.toggle_pause(), ("Ctrl+P",), "pause"),
        Command("cancel_all", translate("Commands", "Cancel everything that waits or runs"), menu,
                lambda window: window.studio.jobs.cancel_all(), ("Ctrl+Shift+X",), "list-x",
                possible=lambda window: window.side.queue.has_open_jobs()),
        Command("remove_finished", translate("Commands", "Remove the finished jobs"), menu,
                lambda window: window.studio.jobs.remove_finished(), (), "list-checks",
                possible=lambda window: window.side.queue.has_finished_jobs()),
        Command("roll_seed", translate("Commands", "Roll a new seed"), menu,
                lambda window: window.studio.generation.roll_seed(), ("Ctrl+R",), "dices"),
        Command("lock_seed", translate("Commands", "Lock or free the seed"), menu,
                lambda window: window.side.settings.toggle_seed_lock(), ("Ctrl+Shift+R",), "lock"),
    )  # fmt: skip


def _view_commands() -> tuple[Command, ...]:
    menu = Menu.VIEW
    return (
        Command("bare", translate("Commands", "Only the picture and the prompt"), menu,
                lambda window: window.modes.toggle_bare(), ("Tab",), "panel-right-close", Where.CANVAS),
        Command("place_canvas", translate("Commands", "Go to the canvas"), menu,
                lambda window: window.go_to(Place.CANVAS), (KEYS[Place.CANVAS],), ICONS[Place.CANVAS]),
        Command("place_gallery", translate("Commands", "Go to the gallery"), menu,
                lambda window: window.go_to(Place.GALLERY), (KEYS[Place.GALLERY],), ICONS[Place.GALLERY]),
        Command("place_learn", translate("Commands", "Teach the model something"), menu,
                lambda window: window.go_to(Place.LEARN), (KEYS[Place.LEARN],), ICONS[Place.LEARN]),
        Command("place_models", translate("Commands", "Go to the models"), menu,
                lambda window: window.go_to(Place.MODELS), (KEYS[Place.MODELS],), ICONS[Place.MODELS]),
        Command("fit", translate("Commands", "Fit the picture"), menu,
                lambda window: window.zoomed.zoom_to_fit(), ("Ctrl+0",), "maximize"),
        Command("full_size", translate("Commands", "Actual pixels"), menu,
                lambda window: window.zoomed.zoom_to(1.0), ("Ctrl+1",), "scan"),
        Command("zoom_in", translate("Commands", "Zoom in"), menu,
                lambda window: window.zoom(True), ("Ctrl++", "Ctrl+="), "zoom-in"),
        Command("zoom_out", translate("Commands", "Zoom out"), menu,
                lambda window: window.zoom(False), ("Ctrl+-",), "zoom-out"),
        Command("full_screen", translate("Commands", "Full screen"), menu,
                lambda window: window.modes.toggle_full_screen(), ("F11",), "expand"),
        Command("next_area", translate("Commands", "Go to the next part of the window"), menu,
                lambda window: window.modes.focus_area(1), ("F6",), "arrow-right-from-line"),
        Command("previous_area", translate("Commands", "Go to the part before"), menu,
                lambda window: window.modes.focus_area(-1), ("Shift+F6",), "arrow-left-from-line"),
    )  # fmt: skip


def _help_commands() -> tuple[Command, ...]:
    menu = Menu.HELP
    return (
        Command("palette", translate("Commands", "Find a command"), menu,
                lambda window: window.show_palette(), ("Ctrl+K", "Ctrl+Shift+P"), "search"),
        Command("keyboard", translate("Commands", "Keyboard"), menu,
                lambda window: window.show_keyboard(), ("F1",), "keyboard"),
        Command("about", translate("Commands", "About Lienzo"), menu,
                lambda window: window.show_about(), (), "info"),
    )  # fmt: skip


def make_actions(window: Window, table: Iterable[Command], owner: QWidget) -> dict[str, QAction]:
    """One `QAction` a command, owned by `owner`; `place_shortcuts` says where their keys act."""
    actions = {}
    for command in table:
        action = QAction(command.text, owner)
        action.setObjectName(command.id)
        action.setShortcuts([QKeySequence(shortcut) for shortcut in command.shortcuts])
        if command.icon:
            action.setIcon(icon(command.icon))
        action.triggered.connect(lambda _=False, command=command: command.run(window))
        actions[command.id] = action
    return actions


def place_shortcuts(
    actions: dict[str, QAction], table: Iterable[Command], places: dict[Where, list[QWidget]]
) -> None:
    """Let each action's keys act where its command says, and nowhere else.

    A place that is not among `places` is built later, and asks again then.
    """
    for command in table:
        action = actions[command.id]
        action.setShortcutContext(CONTEXTS[command.where])
        for widget in places.get(command.where, []):
            widget.addAction(action)


def refresh(window: Window, actions: dict[str, QAction], table: Iterable[Command]) -> None:
    """Enable what can be done now."""
    for command in table:
        actions[command.id].setEnabled(command.possible(window))


def keys_by_menu(table: Iterable[Command]) -> dict[str, list[tuple[str, str]]]:
    """Title of each menu to what it offers and the keys for it, for those that have keys."""
    table = tuple(table)
    return {
        title.replace("&", ""): [
            (command.text, keys_text(command))
            for command in table
            if command.menu is menu and command.shortcuts
        ]
        for menu, title in menu_titles().items()
    }


def keys_text(command: Command) -> str:
    """The command's keys as this system writes them, e.g. `Ctrl+K, Ctrl+Shift+P`."""
    native = QKeySequence.SequenceFormat.NativeText
    # both Enter keys work; one of them is named
    named = [shortcut for shortcut in command.shortcuts if not shortcut.endswith("Enter")]
    return ", ".join(QKeySequence(shortcut).toString(native) for shortcut in named)
