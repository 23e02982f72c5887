"""What one does with a finished picture, wherever it is seen, and in the viewer."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.command import Command, Menu, Where, Window
from desktop.gallery.viewer.stage import Mode
from desktop.state.borrowing import Part

translate = QCoreApplication.translate


def has_file(window: Window) -> bool:
    return window.pictures.has_file()


def has_recipe(window: Window) -> bool:
    return window.pictures.has_recipe()


def can_be_followed(window: Window) -> bool:
    return window.pictures.has_result() and window.side.maps.can_follow_pictures()


def can_be_enlarged(window: Window) -> bool:
    return has_file(window) or window.painting.has_document()


def can_be_taken_after(window: Window) -> bool:
    return window.pictures.has_result() and window.side.references.can_add()


def looks_large(window: Window) -> bool:
    return window.viewer is not None


def picture_commands() -> tuple[Command, ...]:
    menu, where, strips = Menu.PICTURE, Where.PICTURES, Where.FILMSTRIP
    return (
        Command("view", translate("Commands", "Look at it large"), menu,
                lambda window: window.going.view_chosen(), ("F7",), "images", possible=has_file),
        Command("branch", translate("Commands", "Branch from this step"), menu,
                lambda window: window.pictures.branch(), ("B",), "git-branch", strips,
                lambda window: window.pictures.has_step()),
        Command("start_from", translate("Commands", "Start from it"), menu,
                lambda window: window.chosen.start_from(), ("I",), "image-up", strips,
                lambda window: window.pictures.has_picture() or window.pictures.has_result()),
        Command("as_layer", translate("Commands", "Place it as a layer"), menu,
                lambda window: window.chosen.place(), (), "layers-plus",
                possible=lambda window: window.pictures.has_result()),
        Command("as_map", translate("Commands", "Follow it with a map…"), menu,
                lambda window: window.chosen.follow(), (), "waypoints",
                possible=can_be_followed),
        Command("as_reference", translate("Commands", "Take after it"), menu,
                lambda window: window.chosen.take_after(), (), "image-plus",
                possible=can_be_taken_after),
        Command("use_settings", translate("Commands", "Use its settings"), menu,
                lambda window: window.pictures.use(), ("A",), "sliders-horizontal", where, has_recipe),
        Command("use_prompt", translate("Commands", "Use its prompt"), menu,
                lambda window: window.pictures.use(Part.PROMPT), (), "type", possible=has_recipe),
        Command("use_seed", translate("Commands", "Use its seed"), menu,
                lambda window: window.pictures.use(Part.SEED), ("S",), "sprout", where, has_recipe),
        Command("use_size", translate("Commands", "Use its size"), menu,
                lambda window: window.pictures.use(Part.SIZE), (), "ruler-dimension-line",
                possible=has_recipe),
        Command("use_model", translate("Commands", "Use its model"), menu,
                lambda window: window.pictures.use(Part.MODEL), (), "box", possible=has_recipe),
        Command("vary", translate("Commands", "Vary: four other seeds"), menu,
                lambda window: window.pictures.vary(), ("V",), "shuffle", strips,
                lambda window: window.pictures.has_result()),
        Command("make_again", translate("Commands", "Make it again"), menu,
                lambda window: window.pictures.make_again(), (), "refresh-cw",
                possible=lambda window: window.pictures.has_result()),
        Command("verify", translate("Commands", "Make it again and compare every pixel"), menu,
                lambda window: window.pictures.verify(), (), "shield-check",
                possible=lambda window: window.pictures.has_result()),
        Command("sheet", translate("Commands", "Make a sheet…"), menu,
                lambda window: window.chosen.make_sheet(), ("Ctrl+Shift+T",), "grid-3x3"),
        Command("enlarge", translate("Commands", "Enlarge…"), menu,
                lambda window: window.chosen.enlarge(), ("Ctrl+Alt+I",), "scaling", possible=can_be_enlarged),
        Command("copy_prompt", translate("Commands", "Copy its prompt"), menu,
                lambda window: window.pictures.copy_prompt(), ("P",), "clipboard-copy", where, has_recipe),
        Command("export_pictures", translate("Commands", "Export pictures…"), menu,
                lambda window: window.chosen.export(), ("Ctrl+Alt+E",), "image-down", possible=has_file),
        Command("show_in_folder", translate("Commands", "Show in its folder"), menu,
                lambda window: window.pictures.show_in_folder(), ("Ctrl+Shift+F",), "folder-search",
                possible=lambda window: window.pictures.has_result()),
        Command("trash", translate("Commands", "Move to the trash"), menu,
                lambda window: window.pictures.trash(), ("Del",), "trash-2", where,
                lambda window: window.pictures.has_result()),
        Command("picture_menu", translate("Commands", "What can be done with it"), menu,
                lambda window: window.going.ask_for_menu(), ("Shift+F10",), where=where),
        Command("follow", translate("Commands", "Back to the running picture"), menu,
                lambda window: window.studio.viewing.follow(), ("Ctrl+End",), "arrow-right-to-line"),
        Command("previous", translate("Commands", "Previous picture"), menu,
                lambda window: window.going.by(-1), ("Ctrl+Left",), "arrow-left"),
        Command("next", translate("Commands", "Next picture"), menu,
                lambda window: window.going.by(1), ("Ctrl+Right",), "arrow-right"),
    )  # fmt: skip


def viewer_commands() -> tuple[Command, ...]:
    menu, where = Menu.VIEW, Where.VIEWER
    return (
        Command("compare_side", translate("Commands", "Compare side by side"), menu,
                lambda window: compare(window, Mode.SIDE), ("C",), "columns-2", where, looks_large),
        Command("compare_slider", translate("Commands", "Compare with a slider"), menu,
                lambda window: compare(window, Mode.SLIDER), ("L",), "square-split-horizontal", where,
                looks_large),
        Command("compare_difference", translate("Commands", "Show what differs"), menu,
                lambda window: compare(window, Mode.DIFFERENCE), ("D",), "diff", where, looks_large),
        Command("compare_swap", translate("Commands", "Change sides"), menu,
                lambda window: window.viewer and window.viewer.swap(), ("X",), "arrow-left-right", where,
                looks_large),
        Command("viewer_recipe", translate("Commands", "Show or hide the recipe"), menu,
                lambda window: window.viewer and window.viewer.toggle_info(), ("Ctrl+I",), "panel-right",
                where, looks_large),
        Command("slides", translate("Commands", "Slide show"), menu,
                lambda window: window.going.show_slides(), ("F5",), "presentation",
                possible=lambda window: looks_large(window) or has_file(window)),
    )  # fmt: skip


def compare(window: Window, mode: Mode) -> None:
    if window.viewer is not None:
        window.viewer.compare(mode)
