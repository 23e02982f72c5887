"""Files and folders dropped on the gallery, as the window system tells it: one, some, ten thousand."""

from __future__ import annotations

from pathlib import Path

import pytest
from gallery_window import NO_KEYS, PATIENCE_MS, picture, wait_for
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.gallery.page import GalleryPage
from desktop.panels.places import Place
from desktop.state.gallery import folders
from desktop.window import MainWindow
from engine.library.index import scan


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ten thousand small pictures, no two the same."""
    folder = tmp_path_factory.mktemp("many")
    data = picture(tmp_path_factory.mktemp("one") / "one.png", size=8).read_bytes()
    for number in range(10_000):
        (folder / f"{number:05}.png").write_bytes(data + number.to_bytes(4, "big"))
    return folder


def files_in_hand(*paths: Path | str) -> QMimeData:
    data = QMimeData()
    data.setUrls([
        QUrl.fromLocalFile(str(path)) if isinstance(path, Path) else QUrl(path) for path in paths
    ])  # fmt: skip
    return data


def drop_on(widget: QWidget, data: QMimeData) -> bool:
    """As the window system tells it: in, over, let go; returns whether the widget would have it."""
    copy, left, place = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, QPoint(50, 50)
    enter = QDragEnterEvent(place, copy, data, left, NO_KEYS)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    for _ in range(30):
        QApplication.sendEvent(widget, QDragMoveEvent(place, copy, data, left, NO_KEYS))
    QApplication.sendEvent(widget, QDropEvent(QPointF(place), copy, data, left, NO_KEYS))
    return True


def wait_for_keys(qtbot, page: GalleryPage, count: int) -> None:
    qtbot.waitUntil(lambda: len(page.grid.content) == count, timeout=2 * PATIENCE_MS)


def empty_gallery(qtbot, window: MainWindow) -> GalleryPage:
    window.go_to(Place.GALLERY)
    page = window.gallery.page
    qtbot.waitUntil(lambda: page.middle.currentWidget() is page.empty, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not page.gallery.folders.is_looking, timeout=PATIENCE_MS)
    return page


def test_a_dropped_file_brings_its_folder_onto_the_page_where_nothing_is_yet(window, folder, qtbot):
    page = empty_gallery(qtbot, window)
    assert drop_on(page.empty, files_in_hand(folder / "dog 1.png"))
    wait_for(qtbot, page, 8)
    assert page.gallery.folders.folders[-1] == folder


def test_folders_dropped_on_pictures_are_added_but_for_those_that_are_there(page, folder, tmp_path, qtbot):
    for name in ("north", "north/deep", "south"):
        (tmp_path / name).mkdir()
        picture(tmp_path / name / f"{name.replace('/', ' ')}.png")
    picture(folder / "fresh.png")
    dropped = files_in_hand(tmp_path / "north", tmp_path / "north/deep", tmp_path / "south/south.png", folder)
    assert drop_on(page.grid.viewport(), dropped)
    wait_for(qtbot, page, 12)
    assert set(page.gallery.folders.folders[-2:]) == {tmp_path / "north", tmp_path / "south"}


def test_what_is_no_file_of_this_computer_is_refused(page, qtbot):
    assert not drop_on(page.grid.viewport(), files_in_hand("https://example.org/dog.png"))
    text = QMimeData()
    text.setHtml("<img src='file:///etc/passwd'>")
    assert not drop_on(page.grid.viewport(), text) and not drop_on(page.empty, text)


def test_ten_thousand_files_are_dropped(window, many, tmp_path, qtbot):
    page = empty_gallery(qtbot, window)
    paths = sorted(many.iterdir())
    assert drop_on(page.empty, files_in_hand(*paths))
    wait_for_keys(qtbot, page, 10_000)
    assert page.gallery.folders.folders == [many]
    assert len(page.grid.content) == 10_000 and page.status.count.text().startswith("10")
    qtbot.waitUntil(lambda: not page.gallery.folders.is_looking, timeout=PATIENCE_MS)
    heron = picture(tmp_path / "one more.png", "a heron")
    assert drop_on(page.grid.viewport(), files_in_hand(*paths, heron))
    wait_for_keys(qtbot, page, 10_001)


def test_looking_at_ten_thousand_files_is_stopped_and_goes_on_at_the_next_look(
    window, many, qtbot, monkeypatch
):
    monkeypatch.setattr(scan, "WRITE_EVERY_S", 0.0)
    monkeypatch.setattr(folders, "SHOWN_EVERY", 0.001)
    page = empty_gallery(qtbot, window)
    assert drop_on(page.empty, files_in_hand(many))
    qtbot.waitUntil(lambda: page.gallery.searching.arranged.count > 0, timeout=PATIENCE_MS)
    QTest.mouseClick(page.status.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.gallery.folders.is_looking, timeout=PATIENCE_MS)
    found = page.gallery.searching.arranged.count
    assert 0 < found < 10_000
    page.gallery.folders.look()
    wait_for_keys(qtbot, page, 10_000)
