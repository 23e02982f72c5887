"""What one does with layers, results and kept masks from menus, keys and the palette."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.command import Command, Menu, Window

translate = QCoreApplication.translate


def has_layer(window: Window) -> bool:
    return window.side.layers.commands.has_layer()


def layer_commands() -> tuple[Command, ...]:
    menu = Menu.LAYER
    return (
        Command("new_layer", translate("Commands", "New layer"), menu,
                lambda window: window.side.layers.commands.add(), ("Ctrl+Shift+N",), "plus"),
        Command("new_group", translate("Commands", "New group"), menu,
                lambda window: window.side.layers.commands.add_group(), (), "folder-plus"),
        Command("new_mask_layer", translate("Commands", "New mask layer"), menu,
                lambda window: window.side.layers.commands.add_mask(), (), "blend"),
        Command("duplicate_layer", translate("Commands", "Duplicate the layer"), menu,
                lambda window: window.side.layers.commands.duplicate(), ("Ctrl+J",), "copy",
                possible=lambda window: has_layer(window)),
        Command("delete_layer", translate("Commands", "Delete the layer"), menu,
                lambda window: window.side.layers.commands.delete(), (), "trash-2",
                possible=lambda window: has_layer(window)),
        Command("group_layers", translate("Commands", "Group the layers"), menu,
                lambda window: window.side.layers.commands.group(), ("Ctrl+G",), "folder",
                possible=lambda window: has_layer(window)),
        Command("ungroup_layers", translate("Commands", "Ungroup the layers"), menu,
                lambda window: window.side.layers.commands.ungroup(), ("Ctrl+Shift+G",)),
        Command("merge_down", translate("Commands", "Merge down"), menu,
                lambda window: window.side.layers.commands.merge_down(), ("Ctrl+E",), "arrow-down-to-line",
                possible=lambda window: window.side.layers.commands.can_merge()),
        Command("visible_layer", translate("Commands", "New layer from the visible ones"), menu,
                lambda window: window.side.layers.commands.add_visible(), ("Ctrl+Alt+Shift+E",), "layers-2"),
        Command("flatten", translate("Commands", "Flatten"), menu,
                lambda window: window.side.layers.commands.flatten()),
        Command("raise_layer", translate("Commands", "Move the layer up"), menu,
                lambda window: window.side.layers.commands.raise_layer(), ("Ctrl+]",), "arrow-up",
                possible=lambda window: has_layer(window)),
        Command("lower_layer", translate("Commands", "Move the layer down"), menu,
                lambda window: window.side.layers.commands.lower_layer(), ("Ctrl+[",), "arrow-down",
                possible=lambda window: has_layer(window)),
        Command("hide_layer", translate("Commands", "Show or hide the layer"), menu,
                lambda window: window.side.layers.commands.toggle_visible(), (), "eye",
                possible=lambda window: has_layer(window)),
        Command("lock_layer", translate("Commands", "Lock or unlock the layer"), menu,
                lambda window: window.side.layers.commands.toggle_locked(), ("Ctrl+/",), "lock",
                possible=lambda window: has_layer(window)),
        Command("next_variant", translate("Commands", "Next variant of the result"), menu,
                lambda window: window.side.layers.commands.step_variant(1), ("Alt+Right",), "arrow-right",
                possible=lambda window: window.side.layers.commands.has_result()),
        Command("previous_variant", translate("Commands", "Previous variant of the result"), menu,
                lambda window: window.side.layers.commands.step_variant(-1), ("Alt+Left",), "arrow-left",
                possible=lambda window: window.side.layers.commands.has_result()),
        Command("before_after", translate("Commands", "Before and after the result"), menu,
                lambda window: window.side.layers.commands.toggle_before(), ("Ctrl+Alt+B",),
                possible=lambda window: window.side.layers.commands.has_result()),
        Command("keep_mask", translate("Commands", "Keep the mask on the shelf"), menu,
                lambda window: window.side.mask_shelf.keep(), (), "bookmark-plus",
                possible=lambda window: bool(window.studio.document.mask.keys())),
    )  # fmt: skip
