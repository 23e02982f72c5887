"""Pictures found by what they look like, by what their prompts mean, and by what a network sees in them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gallery_window import (
    NO_KEYS,
    PATIENCE_MS,
    names,
    pick,
    press,
    type_search,
    wait_for,
)
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from tiny_sight import save_sight

from desktop.gallery.page import GalleryPage
from engine.library.index.learning_progress import LearningProgress


def striped(path: Path, is_upright: bool, shift: int = 0) -> Path:
    """Something to see in it."""
    pixels = np.zeros((96, 96, 3), np.uint8)
    lines = (np.arange(96) + shift) // 12 % 2 == 0
    pixels[lines] = (230, 120, 20)
    Image.fromarray(pixels if is_upright else pixels.swapaxes(0, 1).copy()).save(path)
    return path


@pytest.fixture
def looks(page: GalleryPage, folder: Path, qtbot) -> GalleryPage:
    """Four pictures with stripes are among them: three this way, one the other way."""
    for number in range(3):
        striped(folder / f"lying {number}.png", True, number // 2)
    striped(folder / "standing.png", False)
    page.gallery.folders.look([folder])
    wait_for(qtbot, page, 12)
    return page


def test_more_like_this_by_key_comes_while_pictures_are_looked_at(looks, qtbot):
    page = looks
    pick(page, "lying 1.png")
    press(page, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: page.bar.like.isVisible(), timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: not page.gallery.learning.is_learning and len(page.grid.content) >= 4, timeout=PATIENCE_MS
    )
    wait_for(qtbot, page, len(page.grid.content))
    assert {"lying 0.png", "lying 1.png", "lying 2.png"} == set(names(page)[:3])
    QTest.mouseClick(page.bar.like, Qt.MouseButton.LeftButton)
    wait_for(qtbot, page, 12)


def test_the_like_of_a_picture_dropped_on_the_search_is_found(looks, tmp_path, qtbot):
    page = looks
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(striped(tmp_path / "mine.png", False, 1)))])
    drop = QDropEvent(QPointF(50, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEYS)
    page.bar.field.dropEvent(drop)
    qtbot.waitUntil(lambda: "mine.png" in page.bar.like.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not page.gallery.learning.is_learning, timeout=PATIENCE_MS)

    def comes_first() -> bool:
        keys = page.grid.content.keys.tolist()
        record = page.gallery.records.get(keys[0]) if keys else None
        return record is not None and record.path.name == "standing.png"

    qtbot.waitUntil(comes_first, timeout=PATIENCE_MS)


def test_near_duplicates_stand_together(looks, qtbot):
    page = looks
    page.gallery.find_duplicates()
    qtbot.waitUntil(lambda: not page.gallery.learning.is_learning, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(page.grid.content.group_titles) >= 1, timeout=PATIENCE_MS)
    wait_for(qtbot, page, len(page.grid.content))
    assert {"lying 0.png", "lying 1.png"} <= set(names(page)) and "photo.jpg" not in names(page)


def test_a_question_in_another_language_finds_what_is_meant(page, qtbot):
    QTest.mouseClick(page.bar.meaning, Qt.MouseButton.LeftButton)
    # what reads prompts is a process, which takes its time to start on a machine that is busy
    qtbot.waitUntil(lambda: not page.gallery.learning.is_learning, timeout=3 * PATIENCE_MS)
    type_search(page, "perro junto al mar")
    wait_for(qtbot, page, 4)
    assert all(name.startswith("dog") for name in names(page))
    type_search(page, "perro junto al mar seed:2")
    wait_for(qtbot, page, 1)
    QTest.mouseClick(page.bar.meaning, Qt.MouseButton.LeftButton)
    wait_for(qtbot, page, 0)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_network_in_the_model_folders_sees_the_pictures(window, page, tmp_path, qtbot):
    """Its weights are random; what counts is that it is found, asked in the background, and used."""
    save_sight(tmp_path / "models" / "seer")
    window.studio.settings.model_folders = [str(tmp_path / "models")]
    (photo,) = pick(page, "photo.jpg")
    likeness = page.gallery.catalogue.likeness
    press(page, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: likeness.sight is not None and likeness.sight.name == "seer", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not page.gallery.learning.is_learning, timeout=15 * PATIENCE_MS)
    assert list(likeness.learn_sights()) == []
    wait_for(qtbot, page, 8)
    assert page.grid.content.keys[0] == photo


def test_which_network_sees_is_chosen_and_remembered(window, page, tmp_path, qtbot):
    """None, one or the other; what one of them has looked at stays looked at."""
    for name in ("near", "other"):
        save_sight(tmp_path / "models" / name)
    window.studio.settings.model_folders = [str(tmp_path / "models")]
    likeness, sees = page.gallery.catalogue.likeness, page.bar.sees
    page.gallery.learning.begin = lambda *_: None  # what they see does not matter here
    assert not sees.isVisible()
    QTest.mouseClick(page.bar.meaning, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: likeness.sight is not None, timeout=PATIENCE_MS)
    assert sees.isVisible() and likeness.sight.name == "near" == sees.currentText()
    assert [sees.itemText(row) for row in range(2)] == ["near", "other"]
    sees.setCurrentIndex(1)
    sees.activated.emit(1)
    qtbot.waitUntil(
        lambda: likeness.sight is not None and likeness.sight.name == "other", timeout=PATIENCE_MS
    )
    assert window.studio.settings.seeing_network == str(tmp_path / "models" / "other")
    sees.activated.emit(2)
    assert likeness.sight is None and window.studio.settings.seeing_network == "none"
    QTest.mouseClick(page.bar.meaning, Qt.MouseButton.LeftButton)
    assert not sees.isVisible()


def test_what_takes_its_time_to_load_says_so(page, qtbot):
    loaded = threading.Event()

    def lessons() -> Iterator[LearningProgress]:
        loaded.wait(PATIENCE_MS / 1000)
        yield from ()

    page.gallery.learning.begin("slow", lessons)
    qtbot.waitUntil(lambda: page.status.folder.text() == "Getting ready…", timeout=PATIENCE_MS)
    assert page.status.bar.isVisible() and page.status.bar.maximum() == 0
    loaded.set()
    qtbot.waitUntil(lambda: not page.status.bar.isVisible(), timeout=PATIENCE_MS)
