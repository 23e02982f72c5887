"""The gallery in the real window, and what one does in it by keys and pointer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from patience import patience_ms
from PIL import Image, PngImagePlugin
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.gallery.page import GalleryPage
from desktop.panels.places import Place
from desktop.window import MainWindow

PATIENCE_MS = patience_ms(30)
CONTROL, SHIFT, NO_KEYS = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier,
)  # fmt: skip


def picture(path: Path, prompt: str = "a dog", seed: int = 1, model: str = "dreamy", size: int = 48) -> Path:
    """As A1111 writes it."""
    text = PngImagePlugin.PngInfo()
    told = f"Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: {seed}, Size: {size}x{size}, Model: {model}"
    text.add_text("parameters", f"{prompt}\n{told}")
    pixels = np.full((size, size, 3), (seed * 37 % 256, 90, 160), np.uint8)
    Image.fromarray(pixels).save(path, pnginfo=text)
    return path


def eight_pictures(folder: Path) -> Path:
    """A folder of four dogs of one recipe, three cats of another model, a photo."""
    folder.mkdir()
    for seed in range(1, 5):
        picture(folder / f"dog {seed}.png", "a dog on the beach", seed)
    for seed in range(5, 8):
        picture(folder / f"cat {seed}.png", f"a cat number {seed}", seed, "sketchy", 64)
    Image.new("RGB", (80, 40), (3, 200, 3)).save(folder / "photo.jpg")
    return folder


def gallery_page(qtbot, window: MainWindow, folder: Path) -> GalleryPage:
    """The gallery, with the folder (of eight) looked at."""
    window.go_to(Place.GALLERY)
    page = window.gallery.page
    assert page is not None
    qtbot.waitUntil(lambda: page.gallery.catalogue is not None, timeout=PATIENCE_MS)
    page.gallery.folders.add(folder)
    wait_for(qtbot, page, 8)
    page.grid.setFocus()
    return page


def wait_for(qtbot, page: GalleryPage, count: int) -> None:
    """So many are shown, and what is known of them is here."""

    def are_there() -> bool:
        ids = page.grid.content.keys.tolist()
        return len(ids) == count and all(page.gallery.records.get(id) is not None for id in ids)

    qtbot.waitUntil(are_there, timeout=PATIENCE_MS)


def names(page: GalleryPage) -> list[str]:
    known = map(page.gallery.records.get, page.grid.content.keys.tolist())
    return [record.path.name for record in known if record is not None]  # others are still being read


def key_of(page: GalleryPage, name: str) -> int:
    return page.grid.content.keys.tolist()[names(page).index(name)]


def pick(page: GalleryPage, *chosen: str) -> list[int]:
    """With the pointer, as one does."""
    for number, name in enumerate(chosen):
        index = names(page).index(name)
        keys = CONTROL if number else NO_KEYS
        QTest.mouseClick(
            page.grid.viewport(), Qt.MouseButton.LeftButton, keys, page.grid.box_of(index).center()
        )
    QApplication.processEvents()  # which commands can be used now is looked at once for many changes
    return page.gallery.picked


def marks(page: GalleryPage, name: str):
    """As the index says it now."""
    catalogue = page.gallery.catalogue
    assert catalogue is not None
    return next(
        record.marks for record in catalogue.records(page.grid.content.keys) if record.path.name == name
    )


def press(page: GalleryPage, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEYS) -> None:
    """A key in the grid, when it is known which commands can be used now."""
    page.window().activateWindow()  # a dialog may have been open
    page.grid.setFocus()
    QApplication.processEvents()
    QTest.keyClick(page.grid, key, modifiers)


def type_search(page: GalleryPage, text: str) -> None:
    page.window().activateWindow()  # a dialog may have been open
    QApplication.processEvents()
    QTest.keyClick(page.grid, Qt.Key.Key_F, CONTROL)
    assert page.bar.field.hasFocus()
    page.bar.field.selectAll()
    QTest.keyClicks(page.bar.field, text)


def row_of(page: GalleryPage, text: str):
    return next(item for item in page.facets.items() if item.text(0) == text)


def use(page: GalleryPage, text: str) -> None:
    """A click on a row of the column."""
    item = row_of(page, text)
    section = item.parent()
    assert section is not None
    section.setExpanded(True)
    place = page.facets.visualItemRect(item).center()
    QTest.mouseClick(page.facets.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, place)
