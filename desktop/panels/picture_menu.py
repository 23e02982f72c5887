"""The menu of a picture or step, wherever it is seen, by pointer or key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

translate = QCoreApplication.translate

USE_ONLY = ("use_prompt", "use_seed", "use_size", "use_model")
USE_ONLY_MENU, AGAIN_MENU = "use_only", "again"
AGAIN = ("vary", "make_again", "verify", "sheet")
PICTURE_MENU = (
    "view", "branch", "start_from", "as_layer", "as_map", "as_reference", "",
    "use_settings", USE_ONLY_MENU, AGAIN_MENU, "",
    "enlarge", "copy", "copy_prompt", "export_pictures", "show_in_folder", "", "trash",
)  # fmt: skip
"""Ids of commands; an empty one is a line between groups, and two are menus of their own."""
DOCUMENT_MENU = (
    "select_all", "select_nothing", "select_inverse", "", "copy", "copy_merged", "paste", "clear", "fill",
    "tool_transform", "", "quick_mask", "mask_from_selection", "selection_from_mask", "invert_mask", "",
    "enlarge", "", "fit", "full_size", "mirror_view", "straighten_view",
)  # fmt: skip
CANVAS_MENU = (*PICTURE_MENU, "", "fit", "full_size")
VIEWER_MENU = (
    *PICTURE_MENU[1:], "", "compare_side", "compare_slider", "compare_difference", "viewer_recipe", "slides",
)  # fmt: skip
GALLERY_MENU = (
    "view", "more_like", "duplicates", "",
    "start_from", "as_layer", "as_map", "as_reference", "",
    "use_settings", USE_ONLY_MENU, AGAIN_MENU, "enlarge", "",
    "favourite", "tag", "board", "notes", "", "copy_files", "copy_prompt", "export_pictures", "",
    "rename", "move", "show_in_folder", "", "trash_picked",
)  # fmt: skip
"""Of those that are picked in the grid, with what only the gallery can do."""


def canvas_menu(shows_document: bool) -> Sequence[str]:
    """Of what the canvas shows: a document, or a picture that one looks at."""
    return DOCUMENT_MENU if shows_document else CANVAS_MENU


def picture_menu(actions: Mapping[str, QAction], entries: Sequence[str], parent: QWidget) -> QMenu:
    """A menu of the commands `entries`, deleted when it closes."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    below = {
        USE_ONLY_MENU: (translate("PictureMenu", "Use only"), USE_ONLY),
        AGAIN_MENU: (translate("PictureMenu", "Again"), AGAIN),
    }
    for name in entries:
        if name in below:
            title, names = below[name]
            menu.addMenu(title).addActions([actions[entry] for entry in names])
        elif name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
    return menu
