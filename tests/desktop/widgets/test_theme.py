"""The look: readable in every theme, switched while it runs, neutral but for one accent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QStandardItemModel
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTreeView
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.icons import icon
from desktop.widgets.theme import THEMES, Tokens, apply_theme, disabled_color, make_stylesheet, theme, tokens

TEXT, CONTROL = 4.5, 3.0
SURFACES = ("window", "panel", "raised", "field")
PAIRS = [
    *(
        (text, surface, TEXT)
        for text in ("text", "dim")
        for surface in ("window", "panel", "raised", "field")
    ),
    ("desk_text", "desk", TEXT),
    ("pill_text", "pill", TEXT),
    ("accent_ink", "accent", TEXT),
    *(("accent", surface, CONTROL) for surface in ("window", "panel", "raised", "field")),
    (
        "accent",
        "line",
        2.2,
    ),  # the filled part of a slider beside its groove; the handle (text) marks the value
    ("text", "line", CONTROL),
]


def contrast(one: QColor, two: QColor) -> float:
    """WCAG 2.2, relative luminance."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: QColor) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = color.getRgbF()
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


@pytest.fixture(autouse=True)
def dark_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, "dark")


@pytest.mark.parametrize("look", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize(("over", "under", "least"), PAIRS)
def test_what_is_written_can_be_read(look: Tokens, over: str, under: str, least: float):
    assert contrast(look.color(over), look.color(under)) >= least


@pytest.mark.parametrize("look", THEMES.values(), ids=THEMES)
def test_no_surface_has_a_tint(look: Tokens):
    for surface in ("desk", "window", "panel", "raised", "field", "line", "text", "dim", "pill", "shadow"):
        red, green, blue, _ = look.color(surface).getRgb()
        assert red == green == blue, surface


def test_the_grey_desk_reflects_eighteen_percent():
    assert luminance(THEMES["grey"].color("desk")) == pytest.approx(0.18, abs=0.005)


@pytest.mark.parametrize("look", THEMES.values(), ids=THEMES)
def test_every_image_of_the_stylesheet_is_there_and_every_token_filled(look: Tokens, qapp: QApplication):
    sheet = make_stylesheet(look)
    assert "@" not in sheet.split("*/", 1)[1]
    paths = re.findall(r"url\(([^)]+)\)", sheet)
    assert paths and all(Path(path).is_file() for path in paths)
    assert all(not QIcon(path).pixmap(16, 16).isNull() for path in paths)


def test_a_switch_at_run_time_reaches_widgets_and_icons(qtbot: QtBot, qapp: QApplication):
    apply_theme(qapp, "dark")
    label, button = QLabel("text"), QPushButton(icon("play"), "Go")
    show_in_window(qtbot, label)
    show_in_window(qtbot, button)
    before = ink(button.icon())
    with qtbot.waitSignal(theme.changed):
        apply_theme(qapp, "light")
    assert tokens().name == "light"
    assert label.palette().windowText().color() == THEMES["light"].color("text")
    assert (before, ink(button.icon())) == (QColor("#e8e8e8"), QColor("#1d1d1d"))


def test_an_icon_shows_by_its_colour_whether_it_is_on_or_out_of_use(qapp: QApplication):
    apply_theme(qapp, "dark")
    lock = icon("lock")
    assert ink(lock, QIcon.Mode.Normal, QIcon.State.On) == tokens().color("accent")
    assert ink(lock, QIcon.Mode.Disabled) == disabled_color(tokens())
    assert ink(icon("play", "accent_ink")) == tokens().color("accent_ink")


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_icons_are_drawn_with_the_pixels_the_screen_has(qapp: QApplication, ratio: float):
    pixmap = icon("settings").pixmap(QSize(18, 18), ratio)
    assert pixmap.width() == pytest.approx(18 * ratio, abs=1)


def test_a_copied_icon_survives_its_original(qapp: QApplication):
    copy = QIcon(icon("trash-2"))
    copy.setIsMask(True)  # makes Qt clone the engine
    assert not copy.pixmap(18, 18).isNull()


def test_the_system_theme_is_one_of_ours(qapp: QApplication):
    apply_theme(qapp, "system")
    assert tokens().name in ("dark", "light")


def ink(shown: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, state: QIcon.State = QIcon.State.Off) -> QColor:
    """The colour of the most opaque pixel."""
    image = shown.pixmap(QSize(64, 64), 1.0, mode, state).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    best = max(pixels, key=QColor.alpha)
    return QColor(best.red(), best.green(), best.blue())


def test_a_chosen_row_of_several_columns_is_one_piece(qtbot: QtBot):
    view, model = QTreeView(), QStandardItemModel(2, 3)
    view.setModel(model)
    show_in_window(qtbot, view, 400, 120)
    view.setCurrentIndex(model.index(1, 0))
    row = view.visualRect(model.index(1, 1)).translated(view.viewport().pos())
    seen, middle = view.grab().toImage(), row.center().y()
    colours = {seen.pixelColor(x, middle).name() for x in range(row.left() - 3, row.right() + 4)}
    assert len(colours) == 1


def test_every_role_that_a_widget_has_is_drawn_by_the_theme():
    root = Path(__file__).parents[3]
    style = (root / "resources" / "themes" / "window.qss").read_text("utf-8")
    drawn = set(re.findall(r'role="([\w-]+)"', style))
    given = {
        role
        for path in (root / "desktop").rglob("*.py")
        for role in re.findall(r'(?:role=|"role", )"([\w-]+)"', path.read_text("utf-8"))
    }
    assert given <= drawn
