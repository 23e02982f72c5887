"""The gallery in a window of its own, over a folder of eight pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gallery_window import eight_pictures, gallery_page
from main_windows import main_window

from desktop.gallery.page import GalleryPage
from desktop.window import MainWindow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return eight_pictures(tmp_path / "elsewhere")


@pytest.fixture
def window(qtbot) -> Iterator[MainWindow]:
    with main_window(qtbot) as window:
        yield window


@pytest.fixture
def page(window: MainWindow, folder: Path, qtbot) -> GalleryPage:
    return gallery_page(qtbot, window, folder)
