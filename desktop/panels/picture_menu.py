"""The menu of a picture or step: on the canvas, in the filmstrip, by pointer or key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

PICTURE_MENU = (
    "branch", "start_from", "use_settings", "use_seed", "",
    "copy", "copy_prompt", "show_in_folder", "", "trash",
)  # fmt: skip
"""Ids of commands; an empty one is a line between groups."""
DOCUMENT_MENU = (
    "select_all", "select_nothing", "select_inverse", "", "copy", "copy_merged", "paste", "clear", "fill",
    "tool_transform", "", "quick_mask", "mask_from_selection", "selection_from_mask", "invert_mask", "",
    "fit", "full_size", "mirror_view", "straighten_view",
)  # fmt: skip
CANVAS_MENU = (*PICTURE_MENU, "", "fit", "full_size")


def picture_menu(actions: Mapping[str, QAction], entries: Sequence[str], parent: QWidget) -> QMenu:
    """A menu of the commands `entries`, deleted when it closes."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for name in entries:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
    return menu
