"""The gallery in the real window, by keys and pointer: folders, search, marks, stacks, files, undo."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gallery_window import (
    CONTROL,
    NO_KEYS,
    PATIENCE_MS,
    SHIFT,
    eight_pictures,
    gallery_page,
    key_of,
    marks,
    names,
    pick,
    picture,
    press,
    row_of,
    type_search,
    use,
    wait_for,
)
from main_windows import controls, generate, main_window
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog
from tiny_sight import save_sight

from desktop.gallery.facets import TERM, THING
from desktop.gallery.page import GalleryPage
from desktop.panels.places import Place
from desktop.state.gallery.arranging import Grouping
from desktop.widgets.strip import Group
from desktop.window import MainWindow
from engine.library.index.catalogue import Catalogue


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


def test_a_place_with_a_key_of_its_own_and_nothing_in_it_says_what_to_do(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert window.pages.place is Place.GALLERY
    page = window.gallery.page
    qtbot.waitUntil(lambda: page.middle.currentWidget() is page.empty, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.empty_button.isVisible())
    assert page.empty_button.text().strip() == "Add a folder"


def test_a_folder_is_added_where_it_is_and_shown_with_its_small_pictures(page, folder, qtbot):
    assert sorted(names(page)) == sorted(path.name for path in folder.iterdir())
    thumbnails = page.gallery.thumbnails
    qtbot.waitUntil(
        lambda: all(thumbnails.image(id) is not None for id in page.grid.content.keys.tolist()),
        timeout=PATIENCE_MS,
    )
    index = names(page).index("photo.jpg")
    seen = page.grid.viewport().grab().toImage().pixelColor(page.grid.box_of(index).center())
    assert abs(seen.green() - 200) < 8
    assert page.status.count.text().startswith("8 ")
    assert page.grid.content.group_titles == ("Today",)


def test_a_long_name_makes_the_column_of_facts_no_wider(page, folder, qtbot):
    long = picture(folder / f"{'a_very_long_name_' * 6}.png")
    page.gallery.folders.look()
    qtbot.waitUntil(lambda: long.name in names(page), timeout=PATIENCE_MS)
    pick(page, long.name)
    qtbot.waitUntil(lambda: page.marks.place.text() == str(long), timeout=PATIENCE_MS)
    assert page.marks.widget().width() <= page.marks.viewport().width()


def test_search_as_one_types_and_the_newest_question_wins(page, qtbot):
    type_search(page, "beach")
    wait_for(qtbot, page, 4)
    assert all(name.startswith("dog") for name in names(page))
    type_search(page, "seed:>=3 -beach")
    wait_for(qtbot, page, 3)
    QTest.keyClick(page.bar.field, Qt.Key.Key_Down)
    assert page.grid.hasFocus()
    type_search(page, "nothing at all")
    qtbot.waitUntil(lambda: page.middle.currentWidget() is page.empty, timeout=PATIENCE_MS)
    QTest.mouseClick(page.empty_button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, page, 8)


def test_what_is_not_understood_is_said_and_marked_and_nothing_is_lost(page, qtbot):
    type_search(page, "modle:dreamy ")
    qtbot.waitUntil(lambda: page.bar.problem.isVisible(), timeout=PATIENCE_MS)
    assert "model" in page.bar.problem.text()
    assert len(page.grid.content) == 8, "what was found is still shown"
    type_search(page, "model:dreamy ")
    wait_for(qtbot, page, 4)
    assert not page.bar.problem.isVisible()


def test_facets_count_and_narrow_and_widen_again(page, qtbot):
    qtbot.waitUntil(lambda: any(i.text(0) == "sketchy" for i in page.facets.items()), timeout=PATIENCE_MS)
    assert row_of(page, "sketchy").text(1) == "3"
    use(page, "sketchy")
    wait_for(qtbot, page, 3)
    assert page.bar.field.text() == row_of(page, "sketchy").data(0, TERM)
    page.facets.setCurrentItem(row_of(page, "sketchy"))
    QTest.keyClick(page.facets, Qt.Key.Key_Space)
    wait_for(qtbot, page, 8)
    assert page.bar.field.text() == ""
    assert page.facets.currentItem().text(0) == "sketchy", "one stands where one stood"


def test_stars_and_labels_by_keys_are_undone_in_one_step_and_lie_in_the_files(page, folder, qtbot):
    pick(page, "dog 1.png", "cat 5.png")
    press(page, Qt.Key.Key_4)
    press(page, Qt.Key.Key_8)
    qtbot.waitUntil(lambda: marks(page, "cat 5.png").label == "green", timeout=PATIENCE_MS)
    assert marks(page, "dog 1.png").rating == 4 and marks(page, "dog 2.png").rating == 0
    page.gallery._writing.wait()
    assert b"Rating" in (folder / "dog 1.png").read_bytes()
    press(page, Qt.Key.Key_Z, CONTROL)
    press(page, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: marks(page, "cat 5.png").rating == 0, timeout=PATIENCE_MS)
    assert marks(page, "dog 1.png").label == ""
    press(page, Qt.Key.Key_Z, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: marks(page, "dog 1.png").rating == 4, timeout=PATIENCE_MS)


def test_the_panel_says_what_all_share_and_takes_tags_boards_and_notes(page, qtbot):
    pick(page, "dog 1.png", "dog 2.png")
    panel = page.marks
    qtbot.waitUntil(lambda: panel.title.text().startswith("2 "))
    press(page, Qt.Key.Key_T)
    assert panel.tags.hasFocus()
    QTest.keyClicks(panel.tags, "sea, summer,sea")
    QTest.keyClick(panel.tags, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: marks(page, "dog 2.png").tags == ("sea", "summer"), timeout=PATIENCE_MS)
    pick(page, "dog 2.png")
    page.grid.setFocus()
    press(page, Qt.Key.Key_B)
    QTest.keyClicks(panel.boards, "Exhibition")
    QTest.keyClick(panel.boards, Qt.Key.Key_Return)
    QTest.keyClick(panel.boards, Qt.Key.Key_Tab)
    assert panel.notes.hasFocus()
    QTest.keyClicks(panel.notes, "the best one")
    page.grid.setFocus()
    qtbot.waitUntil(lambda: marks(page, "dog 2.png").notes == "the best one", timeout=PATIENCE_MS)
    assert marks(page, "dog 2.png").boards == ("Exhibition",)
    pick(page, "dog 1.png", "dog 2.png")
    qtbot.waitUntil(lambda: panel.tags.text() == "sea, summer")
    assert panel.boards.text() == "" and panel.notes.toPlainText() == ""
    panel.tags.setText("sea")
    panel.tags.editingFinished.emit()
    qtbot.waitUntil(lambda: marks(page, "dog 1.png").tags == ("sea",), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: any(i.text(0) == "Exhibition" for i in page.facets.items()), timeout=PATIENCE_MS)
    use(page, "Exhibition")
    wait_for(qtbot, page, 1)


def test_stars_in_the_panel_light_up_and_the_last_lit_puts_them_out(page, qtbot):
    pick(page, "dog 3.png")
    qtbot.waitUntil(lambda: page.marks.stars[2].isEnabled())
    QTest.mouseClick(page.marks.stars[2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: marks(page, "dog 3.png").rating == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.marks.stars[0].isChecked() and not page.marks.stars[3].isChecked())
    QTest.mouseClick(page.marks.stars[2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: marks(page, "dog 3.png").rating == 0, timeout=PATIENCE_MS)


def test_stacks_gather_one_recipe_and_spread_again(page, qtbot):
    page.grid.setFocus()
    press(page, Qt.Key.Key_G)
    wait_for(qtbot, page, 5)
    top = next(name for name in names(page) if name.startswith("dog"))
    index = names(page).index(top)
    assert page.grid.cell_of(index).stack == 4
    pick(page, top)
    press(page, Qt.Key.Key_Space)
    wait_for(qtbot, page, 8)
    assert {name[:3] for name in names(page)[index : index + 4]} == {"dog"}
    press(page, Qt.Key.Key_Space)
    wait_for(qtbot, page, 5)


@pytest.mark.parametrize(
    ("grouping", "titles"),
    [(Grouping.MODEL, {"dreamy", "sketchy", "No model"}), (Grouping.NONE, set())],
)
def test_groups_by_what_one_likes(page, qtbot, grouping, titles):
    page.bar.grouping.setCurrentIndex(page.bar.grouping.findData(grouping))
    qtbot.waitUntil(lambda: set(page.grid.content.group_titles) == titles, timeout=PATIENCE_MS)
    assert len(page.grid.content) == 8


def test_groups_by_prompt_and_order_by_name(page, qtbot):
    page.bar.grouping.setCurrentIndex(page.bar.grouping.findData(Grouping.PROMPT))
    qtbot.waitUntil(lambda: "a dog on the beach" in page.grid.content.group_titles, timeout=PATIENCE_MS)
    page.bar.grouping.setCurrentIndex(page.bar.grouping.findData(Grouping.NONE))
    page.bar.order.setCurrentIndex(page.bar.order.findData("name"))
    qtbot.waitUntil(lambda: names(page)[0] == "cat 5.png", timeout=PATIENCE_MS)


def test_the_trash_is_undone_and_the_files_are_where_they_were(page, folder, qtbot):
    pick(page, "dog 1.png", "photo.jpg")
    press(page, Qt.Key.Key_Delete)
    wait_for(qtbot, page, 6)
    assert not (folder / "photo.jpg").exists()
    press(page, Qt.Key.Key_Z, CONTROL)
    wait_for(qtbot, page, 8)
    assert (folder / "photo.jpg").exists() and (folder / "dog 1.png").exists()
    press(page, Qt.Key.Key_Y, CONTROL)
    wait_for(qtbot, page, 6)
    assert not (folder / "photo.jpg").exists()


def test_what_was_put_aside_goes_to_the_systems_trash_when_the_window_closes(
    window, page, folder, qtbot, monkeypatch
):
    from desktop.state import trash

    thrown: list[Path] = []
    monkeypatch.setattr(trash, "send_to_trash", thrown.append)
    pick(page, "photo.jpg")
    press(page, Qt.Key.Key_Delete)
    wait_for(qtbot, page, 7)
    window.studio.close()
    assert thrown == [folder / "photo.jpg"]


def test_renaming_keeps_what_is_known_and_is_undone(window, page, folder, qtbot):
    (id,) = pick(page, "dog 4.png")
    press(page, Qt.Key.Key_F2)
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("hund 鳥")
    dialog.accept()
    qtbot.waitUntil(lambda: (folder / "hund 鳥.png").exists(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.gallery.records.get(id).path.name == "hund 鳥.png", timeout=PATIENCE_MS)
    assert page.gallery.picked == [id]
    press(page, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: (folder / "dog 4.png").exists(), timeout=PATIENCE_MS)


def test_moving_goes_to_another_folder_and_back(page, folder, tmp_path, qtbot):
    ids = list(pick(page, "dog 1.png", "dog 2.png"))
    page.gallery.files.move(ids, folder / "best")
    qtbot.waitUntil(lambda: (folder / "best" / "dog 2.png").exists(), timeout=PATIENCE_MS)
    page.gallery._writing.wait()
    page.gallery.steps.undo()
    qtbot.waitUntil(lambda: (folder / "dog 2.png").exists(), timeout=PATIENCE_MS)


def test_another_programs_changes_are_seen(page, folder, qtbot):
    picture(folder / "new.png", "a bird", 99)
    (folder / "cat 5.png").rename(folder / "gato.png")
    (folder / "cat 6.png").unlink()
    page.gallery.folders._look_for_changes()
    qtbot.waitUntil(
        lambda: {"new.png", "gato.png"} <= set(names(page)) if len(page.grid.content) == 9 else False,
        timeout=PATIENCE_MS,
    )
    missing = page.gallery.records.get(key_of(page, "cat 6.png"))
    assert missing.is_missing, "shown as missing, not forgotten"
    assert page.grid.cell_of(names(page).index("cat 6.png")).is_missing


def test_a_picture_made_here_comes_by_itself(window, page, qtbot):
    window.studio.generation.prompt = "a new one"
    window.studio.generate()
    wait_for(qtbot, page, 9)


def test_a_picture_that_cannot_be_shown_says_so(page, folder, qtbot):
    whole = picture(folder / "torn.png", "torn", 7, size=200).read_bytes()
    (folder / "torn.png").write_bytes(whole[: len(whole) - 60])
    page.gallery.folders.look([folder])
    wait_for(qtbot, page, 9)
    index = names(page).index("torn.png")
    qtbot.waitUntil(lambda: page.grid.cell_of(index).mark == "cannot be shown", timeout=PATIENCE_MS)


def test_enter_looks_at_it_large_and_escape_comes_back(window, page, qtbot):
    pick(page, "dog 2.png")
    press(page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.viewer is not None, timeout=PATIENCE_MS)
    assert window.viewer.current.name == "dog 2.png" and len(window.viewer.paths) == 8
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.viewer is None)
    assert page.grid.hasFocus() and page.gallery.picked == [key_of(page, "dog 2.png")]


def test_the_viewers_strip_shows_what_the_grid_has_already(window, page, folder, qtbot):
    qtbot.waitUntil(
        lambda: page.gallery.thumbnails.image(key_of(page, "dog 2.png")) is not None, timeout=PATIENCE_MS
    )
    small = window.looking.thumbs.get(folder / "dog 2.png")
    assert small == page.gallery.thumbnails.image(key_of(page, "dog 2.png"))


def test_after_the_viewer_the_grid_stands_at_the_picture_that_was_looked_at_last(window, page, qtbot):
    pick(page, "dog 2.png")
    press(page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.viewer is not None, timeout=PATIENCE_MS)
    QTest.keyClick(window.viewer, Qt.Key.Key_Right)
    QTest.keyClick(window.viewer, Qt.Key.Key_Right)
    seen = window.viewer.current.name
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.gallery.picked == [key_of(page, seen)], timeout=PATIENCE_MS)
    assert page.grid.current == key_of(page, seen) and page.grid.hasFocus()


def test_after_the_viewer_several_that_were_picked_stay_so(window, page, qtbot):
    chosen = pick(page, "dog 2.png", "dog 3.png", "cat 5.png")
    press(page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.viewer is not None, timeout=PATIENCE_MS)
    QTest.keyClick(window.viewer, Qt.Key.Key_Home, CONTROL)
    seen = window.viewer.current.name
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.grid.current == key_of(page, seen), timeout=PATIENCE_MS)
    assert sorted(page.gallery.picked) == sorted(chosen)


def test_what_the_gallery_trashes_leaves_the_filmstrip_and_returns_to_its_place(window, page, qtbot):
    studio = window.studio
    for number in range(3):
        generate(window, "a bird")
        qtbot.waitUntil(lambda n=number: len(studio.pictures.items) == n + 1, timeout=PATIENCE_MS)
    results = list(studio.pictures.items)
    window.go_to(Place.GALLERY)
    wait_for(qtbot, page, 11)
    pick(page, results[0].name, results[1].name)
    press(page, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: studio.pictures.items == results[2:], timeout=PATIENCE_MS)
    shown = window.filmstrip.strip.items.items(Group.RESULT)
    assert [item.key for item in shown] == results[2:]
    assert not window.removals.can_undo(), "the gallery's own undo brings them back"
    press(page, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: studio.pictures.items == results, timeout=PATIENCE_MS)
    assert [item.key for item in window.filmstrip.strip.items.items(Group.RESULT)] == results
    assert all(result.path.exists() and not result.is_missing for result in results)
    press(page, Qt.Key.Key_Y, CONTROL)
    qtbot.waitUntil(lambda: studio.pictures.items == results[2:], timeout=PATIENCE_MS)


def test_its_settings_are_used_by_key(window, page, qtbot):
    pick(page, "cat 7.png")
    press(page, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.studio.generation.prompt == "a cat number 7", timeout=PATIENCE_MS)


def test_files_go_to_the_clipboard(page, folder, qtbot):
    pick(page, "dog 1.png", "dog 2.png")
    press(page, Qt.Key.Key_C, CONTROL)
    urls = QGuiApplication.clipboard().mimeData().urls()
    assert {Path(url.toLocalFile()).name for url in urls} == {"dog 1.png", "dog 2.png"}


def test_a_search_is_saved_used_and_forgotten(window, page, qtbot):
    type_search(page, "beach")
    wait_for(qtbot, page, 4)
    window.gallery.save_search()
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("My dogs")
    dialog.accept()
    qtbot.waitUntil(lambda: any(i.text(0) == "My dogs" for i in page.facets.items()), timeout=PATIENCE_MS)
    type_search(page, "cat")
    wait_for(qtbot, page, 3)
    use(page, "My dogs")
    wait_for(qtbot, page, 4)
    kind, search = row_of(page, "My dogs").data(0, THING)
    assert kind == "search"
    page.gallery.remove_search(search)
    qtbot.waitUntil(lambda: not any(i.text(0) == "My dogs" for i in page.facets.items()), timeout=PATIENCE_MS)


def test_a_folder_taken_out_takes_its_pictures_along_and_they_come_back(page, folder, qtbot):
    page.gallery.folders.remove(folder)
    qtbot.waitUntil(lambda: len(page.grid.content) == 0, timeout=PATIENCE_MS)
    assert len(list(folder.iterdir())) == 8
    page.gallery.folders.add(folder)
    wait_for(qtbot, page, 8)


def test_a_folder_that_goes_while_it_is_shown_loses_nothing_that_is_known(page, folder, qtbot):
    shutil.move(folder, folder.with_name("gone"))
    page.gallery.folders.look()
    qtbot.waitUntil(
        lambda: all(r.is_missing for r in page.gallery.catalogue.records(page.grid.content.keys)),
        timeout=PATIENCE_MS,
    )
    assert len(page.grid.content) == 8
    shutil.move(folder.with_name("gone"), folder)
    page.gallery.folders.look()
    qtbot.waitUntil(
        lambda: not any(r.is_missing for r in page.gallery.catalogue.records(page.grid.content.keys)),
        timeout=PATIENCE_MS,
    )


def test_hostile_words_are_shown_as_words(page, folder, qtbot, tmp_path):
    red = tmp_path / "red.png"
    Image.new("RGB", (64, 64), (255, 0, 0)).save(red)
    picture(folder / "evil.png", f'<img src="file://{red}" width=400 height=400><h1>x', 55, "<b>model</b>")
    page.gallery.folders.look([folder])
    wait_for(qtbot, page, 9)
    pick(page, "evil.png")
    qtbot.waitUntil(lambda: "<img" in page.marks.prompt.text())
    image = page.marks.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    assert not (pixels[..., :3] == (0, 0, 255)).all(-1).any(), "no picture of the prompt's making"


def test_the_menu_of_the_gallery_offers_only_what_can_be_done(window, page, qtbot):
    pick(page, "dog 1.png")
    place = page.grid.viewport().mapToGlobal(QPoint(5, 5))
    page.menu_asked.emit(place)
    menu = QApplication.activePopupWidget()
    offered = {action.objectName() for action in menu.actions()}
    assert {"favourite", "rename", "move", "trash_picked", "view"} <= offered
    menu.close()


def test_letters_act_in_the_grid_only(window, page, qtbot):
    pick(page, "dog 1.png")
    page.bar.field.setFocus()
    QTest.keyClicks(page.bar.field, "4")
    assert page.bar.field.text() == "4"
    page.gallery._writing.wait()
    assert marks(page, "dog 1.png").rating == 0


def test_every_control_has_a_name_and_can_be_reached(page):
    for control in controls(page):
        text = getattr(control, "text", str)()
        assert control.accessibleName() or text, control


def test_how_it_is_shown_is_remembered(window, page, qtbot):
    QTest.mouseClick(page.bar.squares, Qt.MouseButton.LeftButton)
    page.grid.set_size(99)
    page.bar.order.setCurrentIndex(page.bar.order.findData("oldest"))
    again = GalleryPage(window.studio)
    try:
        assert again.grid.shape_of_items == page.grid.shape_of_items and again.grid.item_px == 99
        assert again.bar.order.currentData() == "oldest"
    finally:
        again.deleteLater()


def test_a_newer_index_is_shown_and_not_changed(window, folder, qtbot, own_home):
    catalogue = Catalogue.open()
    catalogue.add_folder(folder)
    for _ in catalogue.scan():
        pass
    path = catalogue.path
    catalogue.close()
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    window.go_to(Place.GALLERY)
    page = window.gallery.page
    wait_for(qtbot, page, 8)
    pick(page, "dog 1.png")
    press(page, Qt.Key.Key_4)
    page.gallery._writing.wait()
    assert marks(page, "dog 1.png").rating == 0
    assert any("newer" in text for _, text in window.studio.heard.said)


def test_what_a_killed_app_left_aside_goes_to_the_trash_at_the_next_start(window, folder, qtbot, monkeypatch):
    from desktop.state import trash

    thrown: list[Path] = []
    monkeypatch.setattr(trash, "send_to_trash", thrown.append)
    catalogue = Catalogue.open()
    catalogue.add_folder(folder)
    catalogue.close()
    trash.Trash().put(folder / "photo.jpg")
    window.go_to(Place.GALLERY)
    qtbot.waitUntil(lambda: thrown == [folder.resolve() / "photo.jpg"], timeout=PATIENCE_MS)


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


def test_after_closing_nothing_is_asked_any_more(window, page, qtbot):
    """What came just before the end would be searched for in an index that is closed."""
    page.gallery.searching.ask_soon()
    window.studio.close()
    page.gallery.searching.ask_soon()
    page.bar.field.setText("x")
    page.bar.field.textEdited.emit("x")
    qtbot.wait(200)
    assert page.gallery.searching.error is None


def test_the_first_picture_that_the_command_line_makes_is_seen(window, page, qtbot):
    """The library's folder is made with it."""
    library = Path(window.studio.settings.library_path)
    assert not library.exists()
    library.mkdir(parents=True)
    picture(library / "made elsewhere.png", "a bird")
    page.gallery.folders._look_for_changes()  # the timer's
    wait_for(qtbot, page, 9)
    assert "made elsewhere.png" in names(page)


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
