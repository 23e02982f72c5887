"""What one does with the keys in the gallery: rate, label, order, move; and the menu of a picture there."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.command import Command, Menu, Where, Window

translate = QCoreApplication.translate
GALLERY = Where.GALLERY
IN_GRID = ("use_settings", "use_seed", "copy_prompt", "picture_menu", "vary", "start_from")
"""Commands of any picture whose keys act in the grid too; the others have theirs there."""


def has_picked(window: Window) -> bool:
    return window.gallery.has_picked()


def is_gallery(window: Window) -> bool:
    return window.gallery.is_shown()


def library_commands() -> tuple[Command, ...]:
    return (
        Command("add_folder", translate("Commands", "Add a folder to the gallery…"), Menu.FILE,
                lambda window: window.gallery.add_folder(), (), "folder-plus", possible=is_gallery),
        Command("look_again", translate("Commands", "Look at the folders again"), Menu.FILE,
                lambda window: window.gallery.look_again(), ("Ctrl+F5",), "refresh-cw", GALLERY, is_gallery),
    )  # fmt: skip


def search_commands() -> tuple[Command, ...]:
    return (
        Command("gallery_search", translate("Commands", "Search the pictures"), Menu.EDIT,
                lambda window: window.gallery.search(), ("Ctrl+F",), "search",
                possible=is_gallery),
        Command("more_like", translate("Commands", "More like this"), Menu.EDIT,
                lambda window: window.gallery.find_like(), ("L",), "images", GALLERY, has_picked),
        Command("duplicates", translate("Commands", "Find near-duplicates"), Menu.EDIT,
                lambda window: window.gallery.find_duplicates(), (), "copy", possible=is_gallery),
        Command("save_search", translate("Commands", "Save this search…"), Menu.EDIT,
                lambda window: window.gallery.save_search(), (), "bookmark", possible=is_gallery),
    )  # fmt: skip


def arrange_commands() -> tuple[Command, ...]:
    return (
        Command("stacks", translate("Commands", "Gather or spread the stacks"), Menu.VIEW,
                lambda window: window.gallery.toggle_stacks(), ("G",), "layers-2", GALLERY, is_gallery),
    )  # fmt: skip


def gallery_commands() -> tuple[Command, ...]:
    """Of the menu of pictures."""
    return (*_rating_commands(), *_label_commands(), *_word_commands(), *_file_commands())


def _rating_commands() -> tuple[Command, ...]:
    menu = Menu.PICTURE
    names = (
        translate("Commands", "No stars"), translate("Commands", "One star"),
        translate("Commands", "Two stars"),
        translate("Commands", "Three stars"), translate("Commands", "Four stars"),
        translate("Commands", "Five stars"),
    )  # fmt: skip
    return tuple(
        Command(f"rate_{stars}", name, menu, lambda window, stars=stars: window.gallery.rate(stars),
                (str(stars),), "star", GALLERY, has_picked)
        for stars, name in enumerate(names)
    )  # fmt: skip


def _label_commands() -> tuple[Command, ...]:
    """The keys that asset managers have for them; purple has none there either."""
    menu = Menu.PICTURE
    return (
        Command("label_red", translate("Commands", "Red label"), menu,
                lambda window: window.gallery.label("red"), ("6",), "", GALLERY, has_picked),
        Command("label_yellow", translate("Commands", "Yellow label"), menu,
                lambda window: window.gallery.label("yellow"), ("7",), "", GALLERY, has_picked),
        Command("label_green", translate("Commands", "Green label"), menu,
                lambda window: window.gallery.label("green"), ("8",), "", GALLERY, has_picked),
        Command("label_blue", translate("Commands", "Blue label"), menu,
                lambda window: window.gallery.label("blue"), ("9",), "", GALLERY, has_picked),
        Command("label_purple", translate("Commands", "Purple label"), menu,
                lambda window: window.gallery.label("purple"), (), "", GALLERY, has_picked),
        Command("favourite", translate("Commands", "Favourite or not"), menu,
                lambda window: window.gallery.favour(), (".",), "heart", GALLERY, has_picked),
    )  # fmt: skip


def _word_commands() -> tuple[Command, ...]:
    menu = Menu.PICTURE
    return (
        Command("tag", translate("Commands", "Tags…"), menu,
                lambda window: window.gallery.tag(), ("T",), "tag", GALLERY, has_picked),
        Command("board", translate("Commands", "Boards…"), menu,
                lambda window: window.gallery.board(), ("B",), "layout-grid", GALLERY, has_picked),
        Command("notes", translate("Commands", "Notes…"), menu,
                lambda window: window.gallery.note(), ("N",), "file-pen-line", GALLERY, has_picked),
    )  # fmt: skip


def _file_commands() -> tuple[Command, ...]:
    menu = Menu.PICTURE
    return (
        Command("copy_files", translate("Commands", "Copy the files"), menu,
                lambda window: window.gallery.copy(), ("Ctrl+C",), "copy", GALLERY, has_picked),
        Command("rename", translate("Commands", "Rename…"), menu,
                lambda window: window.gallery.rename(), ("F2",), "text-cursor-input", GALLERY,
                lambda window: window.gallery.has_one()),
        Command("move", translate("Commands", "Move to a folder…"), menu,
                lambda window: window.gallery.move(), ("M",), "folder-input", GALLERY, has_picked),
        Command("trash_picked", translate("Commands", "Move what is picked to the trash"), menu,
                lambda window: window.gallery.trash(), ("Del",), "trash-2", GALLERY, has_picked),
    )  # fmt: skip
