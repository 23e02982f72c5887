"""How the window looks: tokens, the palette and stylesheet made from them, and switching between them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

TEXT_PX, PROMPT_PX, SMALL_PX = 13, 15, 11
RHYTHM_PX, CORNER_PX, ICON_PX = 8, 6, 18


@dataclass(frozen=True)
class Tokens:
    """Every colour of a theme. Surfaces have no tint: an artist judges colour between them."""

    name: str
    desk: str
    """Around the picture."""
    desk_text: str
    """Readable on the desk."""
    window: str
    panel: str
    raised: str
    field: str
    line: str
    text: str
    dim: str
    accent: str
    """Only for the running thing, the chosen thing, the one main button and the mask."""
    accent_ink: str
    pill: str
    """Under the line of facts on the desk; `pill_text` is on it."""
    pill_text: str
    shadow: str
    """The thin edge below and beside the picture."""

    def color(self, token: str) -> QColor:
        """The token as a colour, e.g. `tokens.color("accent")`."""
        return QColor(getattr(self, token))


DARK = Tokens(
    name="dark",
    desk="#1a1a1a",
    desk_text="#e8e8e8",
    window="#222222",
    panel="#292929",
    raised="#343434",
    field="#1f1f1f",
    line="#3c3c3c",
    text="#e8e8e8",
    dim="#9c9c9c",
    accent="#f2643d",
    accent_ink="#1a1a1a",
    pill="#0c0c0c",
    pill_text="#e8e8e8",
    shadow="#0f0f0f",
)
LIGHT = Tokens(
    name="light",
    desk="#bdbdbd",
    desk_text="#1d1d1d",
    window="#ececec",
    panel="#f7f7f7",
    raised="#ffffff",
    field="#ffffff",
    line="#d4d4d4",
    text="#1d1d1d",
    dim="#646464",
    accent="#cf4a22",
    accent_ink="#ffffff",
    pill="#4d4d4d",
    pill_text="#ffffff",
    shadow="#8f8f8f",
)
GREY = replace(DARK, name="grey", desk="#767676", desk_text="#ffffff", shadow="#565656")
"""The dark theme around a desk that reflects 18 %, by which photographers judge exposure."""
THEMES = {tokens.name: tokens for tokens in (DARK, LIGHT, GREY)}


class Theme(QObject):
    """The theme in force; there is one for the application."""

    changed = Signal()
    """After a switch, for what is drawn by hand and kept (Qt repaints widgets by itself)."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = DARK
        self.wanted = "dark"
        self._followed: QApplication | None = None

    def apply(self, app: QApplication, name: str) -> None:
        """See `apply_theme`."""
        self.choose(app, name)
        self.dress(app)
        self.changed.emit()

    def choose(self, app: QApplication, name: str) -> None:
        """See `choose_theme`."""
        self.wanted = name
        if self._followed is not app:
            self._followed = app
            app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
            app.setStyle(QStyleFactory.create("Fusion"))
        tokens = system_tokens(app) if name == "system" else THEMES[name]
        self.tokens = tokens
        font = app.font()
        font.setPixelSize(TEXT_PX)
        app.setFont(font)
        app.setPalette(make_palette(tokens))

    def dress(self, app: QApplication) -> None:
        """Put the stylesheet of the chosen theme on all that is there and will be."""
        app.setStyleSheet(make_stylesheet(self.tokens))

    def _on_system_changed(self) -> None:
        if self.wanted == "system" and self._followed is not None:
            self.apply(self._followed, "system")


theme = Theme()


def apply_theme(app: QApplication, name: str) -> None:
    """Dress the application in `name`: "dark", "light", "grey" or "system" (which it then follows).

    Can be called again at any time. Raises KeyError for a theme there is not.
    """
    theme.apply(app, name)


def choose_theme(app: QApplication, name: str) -> None:
    """All of `apply_theme` but the stylesheet, which `theme.dress` puts on the window when that is built.

    Under a stylesheet Qt styles a widget, with all that is in it, again each time it is put into another: the
    window would take five times as long to build.
    """
    theme.choose(app, name)


def tokens() -> Tokens:
    """The colours in force now; ask when painting, do not keep."""
    return theme.tokens


def system_tokens(app: QApplication) -> Tokens:
    """Light where the system says light; dark where it says dark or nothing."""
    return LIGHT if app.styleHints().colorScheme() is Qt.ColorScheme.Light else DARK


def make_palette(tokens: Tokens) -> QPalette:
    """The tokens as Qt's roles, for what the stylesheet does not reach: native menus, foreign widgets."""
    role = QPalette.ColorRole
    palette = QPalette()
    for color_role, token in {
        role.Window: "window",
        role.Base: "field",
        role.AlternateBase: "panel",
        role.Button: "panel",
        role.ToolTipBase: "raised",
        role.Light: "raised",
        role.Midlight: "raised",
        role.Mid: "line",
        role.Dark: "line",
        role.Shadow: "shadow",
        role.WindowText: "text",
        role.Text: "text",
        role.ButtonText: "text",
        role.ToolTipText: "text",
        role.BrightText: "text",
        role.PlaceholderText: "dim",
        role.Highlight: "accent",
        role.HighlightedText: "accent_ink",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Accent: "accent",
    }.items():
        palette.setColor(color_role, tokens.color(token))
    for color_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, color_role, disabled_color(tokens))
    return palette


def disabled_color(tokens: Tokens) -> QColor:
    """Half-way between the dim text and the panel: seen, but plainly out of use."""
    return mixed(tokens, "dim", "panel", 0.5)


def mixed(tokens: Tokens, over: str, under: str, share: float) -> QColor:
    """The colour between two tokens, `share` (0..1) of the way from `under` to `over`."""
    one, two = tokens.color(over), tokens.color(under)

    def between(upper: int, lower: int) -> int:
        return round(upper * share + lower * (1 - share))

    return QColor(
        between(one.red(), two.red()), between(one.green(), two.green()), between(one.blue(), two.blue())
    )


def make_stylesheet(tokens: Tokens) -> str:
    """`resources/themes/window.qss` with every `@token` replaced."""
    values = {name: str(value) for name, value in asdict(tokens).items()}
    values |= {
        "disabled": disabled_color(tokens).name(),
        "selection": mixed(tokens, "text", "panel", 0.18).name(),
        "hover_line": mixed(tokens, "dim", "line", 0.5).name(),
        "scroll": mixed(tokens, "dim", "panel", 0.5).name(),
        "accent_hover": mixed(tokens, "text", "accent", 0.1).name(),
        "images": (themes_folder() / ("light" if tokens.name == "light" else "dark")).as_posix(),
        "prompt_px": f"{PROMPT_PX}px",
        "small_px": f"{SMALL_PX}px",
    }
    template = (themes_folder() / "window.qss").read_text("utf-8")
    return re.sub(r"@(\w+)", lambda found: values[found[1]], template)


def themes_folder() -> Path:
    """Where the stylesheet and its arrows lie; Qt needs them as real files, as a wheel unpacks them."""
    return cast(Path, resources.files("resources")) / "themes"
