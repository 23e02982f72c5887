"""Boards in the real window: made, filled by dragging, renamed and deleted, all of it undone."""

from __future__ import annotations

from gallery_window import (
    CONTROL,
    NO_KEYS,
    PATIENCE_MS,
    marks,
    pick,
    press,
    row_of,
    type_search,
    use,
    wait_for,
)
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog
from studios import heard

from desktop.gallery.facets import THING
from desktop.gallery.page import GalleryPage


def answer(page: GalleryPage, text: str) -> None:
    """To the dialog that asks for a name."""
    dialog = page.window().findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue(text)
    dialog.accept()


def stand_on(page: GalleryPage, text: str) -> None:
    page.facets.setFocus()
    page.facets.setCurrentItem(row_of(page, text))


def boards(page: GalleryPage) -> list[str]:
    return [item.text(0) for item in page.facets.items() if item.data(0, THING)[0] == "board"]


def wait_for_boards(qtbot, page: GalleryPage, *names: str) -> None:
    qtbot.waitUntil(lambda: boards(page) == list(names), timeout=PATIENCE_MS)


def make_board(page: GalleryPage, qtbot, name: str) -> None:
    stand_on(page, "New board…")
    QTest.keyClick(page.facets, Qt.Key.Key_Return)
    answer(page, name)
    qtbot.waitUntil(lambda: name in boards(page), timeout=PATIENCE_MS)


class FromTheGrid(QDropEvent):
    """As Qt makes it while a drag that began in the grid is under way."""

    def __init__(self, page: GalleryPage, place: QPoint) -> None:
        self.data = page.grid.files_of_picked()
        copy = Qt.DropAction.CopyAction
        super().__init__(QPointF(place), copy, self.data, Qt.MouseButton.LeftButton, NO_KEYS)
        self._grid = page.grid

    def source(self):
        return self._grid


def drop_on(page: GalleryPage, text: str) -> FromTheGrid:
    event = FromTheGrid(page, page.facets.visualItemRect(row_of(page, text)).center())
    page.facets.dragMoveEvent(event)  # type: ignore[arg-type]
    page.facets.dropEvent(event)
    return event


def test_an_empty_board_is_made_renamed_and_deleted_by_keyboard_and_undone(page, qtbot):
    make_board(page, qtbot, "Wall")
    stand_on(page, "Wall")
    QTest.keyClick(page.facets, Qt.Key.Key_F2)
    answer(page, "North wall")
    wait_for_boards(qtbot, page, "North wall")
    stand_on(page, "North wall")
    QTest.keyClick(page.facets, Qt.Key.Key_Delete)
    wait_for_boards(qtbot, page)
    for names in (["North wall"], ["Wall"], []):
        press(page, Qt.Key.Key_Z, CONTROL)
        wait_for_boards(qtbot, page, *names)
    press(page, Qt.Key.Key_Y, CONTROL)
    wait_for_boards(qtbot, page, "Wall")


def test_the_board_that_pictures_are_held_over_is_seen_though_it_is_selected(page, qtbot):
    make_board(page, qtbot, "Wall")
    pick(page, "dog 1.png")
    stand_on(page, "Wall")
    place = page.facets.visualItemRect(row_of(page, "Wall"))
    before = page.facets.viewport().grab(place).toImage()
    held = FromTheGrid(page, place.center())
    page.facets.dragMoveEvent(held)  # type: ignore[arg-type]
    assert page.facets.viewport().grab(place).toImage() != before
    page.facets.dragLeaveEvent(held)  # type: ignore[arg-type]
    assert page.facets.viewport().grab(place).toImage() == before


def test_pictures_let_go_over_a_board_are_on_it(page, qtbot):
    make_board(page, qtbot, "Wall")
    pick(page, "dog 1.png", "cat 5.png")
    assert drop_on(page, "Wall").isAccepted()
    qtbot.waitUntil(lambda: marks(page, "cat 5.png").boards == ("Wall",), timeout=PATIENCE_MS)
    use(page, "Wall")
    wait_for(qtbot, page, 2)
    press(page, Qt.Key.Key_Z, CONTROL)
    wait_for(qtbot, page, 0)


def test_let_go_over_the_row_that_makes_boards_they_are_on_a_new_one(page, qtbot):
    pick(page, "dog 1.png", "dog 2.png")
    drop_on(page, "New board…")
    answer(page, "Dogs")
    qtbot.waitUntil(lambda: marks(page, "dog 2.png").boards == ("Dogs",), timeout=PATIENCE_MS)
    assert marks(page, "dog 3.png").boards == ()


def test_nothing_else_takes_pictures_and_files_from_elsewhere_are_no_pictures_of_the_gallery(page, qtbot):
    pick(page, "dog 1.png")
    assert not drop_on(page, "Add a folder…").isAccepted()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/x.png")])
    place = QPointF(page.facets.visualItemRect(row_of(page, "New board…")).center())
    event = QDropEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEYS)
    page.facets.dragMoveEvent(event)  # type: ignore[arg-type]
    assert not event.isAccepted()


def test_a_search_that_is_narrowed_to_a_board_follows_its_name_and_widens_when_it_is_gone(page, qtbot):
    pick(page, "dog 1.png")
    page.gallery.board_work.make("Wall", page.gallery.picked)
    wait_for_boards(qtbot, page, "Wall")
    use(page, "Wall")
    wait_for(qtbot, page, 1)
    page.gallery.board_work.rename("Wall", "Door")
    qtbot.waitUntil(lambda: page.bar.field.text() == 'board:"Door"', timeout=PATIENCE_MS)
    wait_for(qtbot, page, 1)
    page.gallery.board_work.delete("Door")
    wait_for(qtbot, page, 8)
    assert page.bar.field.text() == ""


def test_a_name_that_is_taken_is_said_and_nothing_changes(window, page, qtbot):
    make_board(page, qtbot, "Wall")
    make_board(page, qtbot, "Door")
    said = heard(window.studio).said
    page.gallery.board_work.rename("Door", "Wall")
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE_MS)
    assert "already" in said[0][1] and boards(page) == ["Wall", "Door"]


def test_a_saved_search_is_renamed_and_forgotten_and_both_are_undone(page, qtbot):
    type_search(page, "beach")
    wait_for(qtbot, page, 4)
    page.gallery.save_search("Dogs")
    qtbot.waitUntil(lambda: bool(page.gallery.searches), timeout=PATIENCE_MS)
    stand_on(page, "Dogs")
    QTest.keyClick(page.facets, Qt.Key.Key_F2)
    answer(page, "Beach dogs")
    qtbot.waitUntil(lambda: page.gallery.searches[0].title == "Beach dogs", timeout=PATIENCE_MS)
    stand_on(page, "Beach dogs")
    QTest.keyClick(page.facets, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not page.gallery.searches, timeout=PATIENCE_MS)
    press(page, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: [s.title for s in page.gallery.searches] == ["Beach dogs"], timeout=PATIENCE_MS)
    press(page, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: page.gallery.searches[0].title == "Dogs", timeout=PATIENCE_MS)
