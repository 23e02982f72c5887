"""The icon set: what the window names is there, and nothing else is carried along."""

from __future__ import annotations

import re
from pathlib import Path

from desktop.widgets.icons import icon_pixmap, svg_source

ROOT = Path(__file__).parents[3]
ICONS = ROOT / "resources" / "icons"
SOURCES = "\n".join(path.read_text("utf-8") for path in (ROOT / "desktop").rglob("*.py"))


def test_every_icon_that_is_named_is_there():
    named = set(re.findall(r"\bicon\(\s*\"([a-z0-9-]+)\"", SOURCES))
    assert named and all(svg_source(name) for name in named)


def test_no_icon_is_carried_that_nothing_names():
    unused = [path.stem for path in ICONS.glob("*.svg") if f'"{path.stem}"' not in SOURCES]
    assert unused == []


def test_every_icon_takes_the_colour_of_the_theme():
    for path in ICONS.glob("*.svg"):
        assert 'stroke="currentColor"' in path.read_text("utf-8"), path.name


def test_the_licence_lies_beside_the_icons():
    assert "ISC License" in (ICONS / "LICENSE").read_text("utf-8")


def test_an_icon_without_room_paints_nothing_and_complains_of_nothing(qtbot):
    assert icon_pixmap(svg_source("play"), "#ffffff", 0, 0).isNull()
