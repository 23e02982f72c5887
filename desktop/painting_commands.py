"""What one does with the keys while painting: every tool, selections and masks, the view of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.command import Command, Menu, Where, Window
from desktop.tools.tool import Tool
from desktop.tools.toolbox import tools

translate = QCoreApplication.translate
CANVAS = Where.CANVAS
MORE_KEYS = {"transform": ("Ctrl+T",)}


def has_document(window: Window) -> bool:
    return window.painting.has_document()


def has_selection(window: Window) -> bool:
    return window.painting.has_selection()


def has_mask(window: Window) -> bool:
    return window.painting.has_mask()


def edit_commands() -> tuple[Command, ...]:
    menu = Menu.EDIT
    return (
        Command("copy_merged", translate("Commands", "Copy what all layers show"), menu,
                lambda window: window.painting.copy(merged=True), ("Ctrl+Shift+C",), "", CANVAS,
                has_document),
        Command("fill", translate("Commands", "Fill with the foreground colour"), menu,
                lambda window: window.painting.fill(), ("Alt+Backspace",), "paint-bucket", CANVAS,
                has_document),
        Command("fill_background", translate("Commands", "Fill with the background colour"), menu,
                lambda window: window.painting.fill(background=True), ("Ctrl+Backspace",), "", CANVAS,
                has_document),
        Command("clear", translate("Commands", "Clear"), menu,
                lambda window: window.painting.clear(), ("Backspace",), "", CANVAS, has_document),
    )  # fmt: skip


def select_commands() -> tuple[Command, ...]:
    menu = Menu.SELECT
    return (
        Command("select_all", translate("Commands", "Select everything"), menu,
                lambda window: window.painting.select_all(), ("Ctrl+A",), "square-dashed", CANVAS,
                has_document),
        Command("select_nothing", translate("Commands", "Select nothing"), menu,
                lambda window: window.painting.select_nothing(), ("Ctrl+D", "Ctrl+Shift+A"), "", CANVAS,
                has_selection),
        Command("select_inverse", translate("Commands", "Invert the selection"), menu,
                lambda window: window.painting.invert(), ("Ctrl+Shift+I",), "", CANVAS, has_document),
        Command("grow", translate("Commands", "Grow the selection"), menu,
                lambda window: window.painting.grow(1), (), "", CANVAS, has_selection),
        Command("shrink", translate("Commands", "Shrink the selection"), menu,
                lambda window: window.painting.grow(-1), (), "", CANVAS, has_selection),
        Command("feather", translate("Commands", "Feather the selection"), menu,
                lambda window: window.painting.feather(), (), "", CANVAS, has_selection),
        Command("quick_mask", translate("Commands", "Paint the mask instead of the picture"), menu,
                lambda window: window.painting.toggle_quick_mask(), ("Q",), "blend", CANVAS, has_document),
        Command("mask_from_selection", translate("Commands", "Selection to mask"), menu,
                lambda window: window.painting.selection_to_mask(), ("Ctrl+M",), "", CANVAS, has_selection),
        Command("selection_from_mask", translate("Commands", "Mask to selection"), menu,
                lambda window: window.painting.mask_to_selection(), ("Ctrl+Shift+M",), "", CANVAS, has_mask),
        Command("mask_from_alpha", translate("Commands", "Mask from what the layer covers"), menu,
                lambda window: window.painting.mask_from_alpha(), (), "", CANVAS, has_document),
        Command("mask_from_luminance", translate("Commands", "Mask from how light the layer is"), menu,
                lambda window: window.painting.mask_from_luminance(), (), "", CANVAS, has_document),
        Command("invert_mask", translate("Commands", "Invert the mask"), menu,
                lambda window: window.painting.invert_mask(), ("Shift+V",), "", CANVAS, has_document),
        Command("clear_mask", translate("Commands", "Empty the mask"), menu,
                lambda window: window.painting.clear_mask(), (), "", CANVAS, has_mask),
    )  # fmt: skip


def tool_commands() -> tuple[Command, ...]:
    menu = Menu.TOOLS
    return (
        *(tool_command(tool) for tool in tools().values()),
        Command("swap_colours", translate("Commands", "Swap the colours"), menu,
                lambda window: window.bench.swap(), ("X",), "arrow-left-right", CANVAS),
        Command("reset_colours", translate("Commands", "Black and white"), menu,
                lambda window: window.bench.reset_colours(), ("D",), "", CANVAS),
        Command("smaller", translate("Commands", "Smaller tip"), menu,
                lambda window: window.bench.step_size(-1), ("[",), "", CANVAS),
        Command("larger", translate("Commands", "Larger tip"), menu,
                lambda window: window.bench.step_size(1), ("]",), "", CANVAS),
        Command("softer", translate("Commands", "Softer tip"), menu,
                lambda window: window.bench.step_hardness(-1), ("Shift+[", "{"), "", CANVAS),
        Command("harder", translate("Commands", "Harder tip"), menu,
                lambda window: window.bench.step_hardness(1), ("Shift+]", "}"), "", CANVAS),
    )  # fmt: skip


def tool_command(tool: Tool) -> Command:
    keys = (tool.key,) if tool.key else ()
    return Command(
        f"tool_{tool.id}", tool.text, Menu.TOOLS, lambda window: window.bench.take_up(tool.id),
        (*keys, *MORE_KEYS.get(tool.id, ())), tool.icon, CANVAS,
    )  # fmt: skip


def view_commands() -> tuple[Command, ...]:
    menu = Menu.VIEW
    return (
        Command("mirror_view", translate("Commands", "Mirror the view"), menu,
                lambda window: window.canvas.mirror(), ("F",), "flip-vertical-2", CANVAS),
        Command("straighten_view", translate("Commands", "Straighten the view"), menu,
                lambda window: window.canvas.straighten(), ("Shift+R",), "", CANVAS),
        Command("mask_only", translate("Commands", "Show only the mask"), menu,
                lambda window: window.canvas.toggle_look("shows_only_mask"), ("\\",), "", CANVAS,
                has_document),
        Command("hide_overlays", translate("Commands", "Hide mask and selection"), menu,
                lambda window: window.canvas.toggle_look("hides_overlays"), ("Shift+H",), "eye", CANVAS,
                has_document),
        Command("show_document", translate("Commands", "Back to the canvas"), menu,
                lambda window: window.studio.viewing.follow(), ("Ctrl+Shift+End",),
                possible=has_document),
    )  # fmt: skip
