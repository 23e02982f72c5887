"""The gallery in the real window, by keys and pointer: folders, search, marks, stacks, files, undo."""

from __future__ import annotations

import numpy as np
import pytest
from gallery_window import (
    CONTROL,
    PATIENCE_MS,
    SHIFT,
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
from main_windows import controls
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog

from desktop.gallery.facets import TERM, THING
from desktop.gallery.page import GalleryPage
from desktop.panels.places import Place
from desktop.state.gallery.arranging import Grouping


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


def test_a_long_name_makes_the_column_of_facts_no_wider(window, page, folder, qtbot):
    long = picture(folder / f"{'a_very_long_name_' * 6}.png")
    page.gallery.folders.look()
    qtbot.waitUntil(lambda: long.name in names(page), timeout=PATIENCE_MS)
    pick(page, long.name)
    qtbot.waitUntil(lambda: page.marks.place.text() == str(long), timeout=PATIENCE_MS)
    assert page.marks.widget().width() <= page.marks.viewport().width()
    window.resize(960, 600)
    QApplication.processEvents()
    assert page.width() <= 960 and page.marks.width() >= page.marks.narrowest, "a narrow window cuts nothing"


def test_search_as_one_types_and_the_newest_question_wins(page, qtbot):
    type_search(page, "beach")
    wait_for(qtbot, page, 4)
    assert all(name.startswith("dog") for name in names(page))
    type_search(page, "seed:>=3 -beach")
    wait_for(qtbot, page, 3)
    QTest.keyClick(page.bar.field, Qt.Key.Key_Down)
    assert page.grid.hasFocus()
    type_search(page, "nothing at all")
    page.grid.setFocus()
    qtbot.waitUntil(lambda: page.middle.currentWidget() is page.empty, timeout=PATIENCE_MS)
    assert page.empty.hasFocus(), "the keyboard stays where the pictures were"
    QTest.mouseClick(page.empty_button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, page, 8)
    assert page.grid.hasFocus()


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
    QTest.keyClick(panel.notes, Qt.Key.Key_Escape)
    assert page.grid.hasFocus(), "back to the pictures, and what was written is kept"
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


def test_its_settings_are_used_by_key(window, page, qtbot):
    pick(page, "cat 7.png")
    press(page, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.studio.generation.prompt == "a cat number 7", timeout=PATIENCE_MS)


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
    assert {"favourite", "rename", "move", "trash_picked", "view", "duplicates"} <= offered
    assert {"start_from", "as_layer", "as_map", "as_reference"} <= offered, "as everywhere else"
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


def test_after_closing_nothing_is_asked_any_more(window, page, qtbot):
    """What came just before the end would be searched for in an index that is closed."""
    page.gallery.searching.ask_soon()
    window.studio.close()
    page.gallery.searching.ask_soon()
    page.bar.field.setText("x")
    page.bar.field.textEdited.emit("x")
    qtbot.wait(200)
    assert page.gallery.searching.error is None
