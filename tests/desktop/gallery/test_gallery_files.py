"""The gallery's files: renamed, moved, thrown away, changed by others, and what a folder does meanwhile."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

from gallery_window import (
    CONTROL,
    PATIENCE_MS,
    key_of,
    marks,
    names,
    pick,
    picture,
    press,
    wait_for,
)
from main_windows import generate
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog

from desktop.panels.places import Place
from desktop.widgets.strip import Group
from engine.library import disks
from engine.library.index.catalogue import Catalogue


def test_the_trash_is_undone_and_the_files_are_where_they_were(page, folder, qtbot):
    pick(page, "dog 1.png", "photo.jpg")
    press(page, Qt.Key.Key_Delete)
    wait_for(qtbot, page, 6)
    assert not (folder / "photo.jpg").exists()
    press(page, Qt.Key.Key_Z, CONTROL)
    wait_for(qtbot, page, 8)
    assert (folder / "photo.jpg").exists() and (folder / "dog 1.png").exists()
    assert {names(page)[page.grid.content.keys.tolist().index(id)] for id in page.gallery.picked} == {
        "dog 1.png",
        "photo.jpg",
    }, "they are picked again"
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


def test_a_picture_made_here_comes_by_itself_and_is_followed_in_the_filmstrip_too(window, page, qtbot):
    window.studio.generation.prompt = "a new one"
    window.studio.generate()
    wait_for(qtbot, page, 9)
    qtbot.waitUntil(lambda: not page.gallery.folders.is_looking, timeout=PATIENCE_MS)
    (result,) = window.studio.pictures.items
    moved = result.path.rename(result.path.with_name("moved by another program.png"))
    page.gallery.folders._look_for_changes()  # the timer's
    qtbot.waitUntil(lambda: result.path == moved, timeout=PATIENCE_MS)
    assert not result.is_missing


def test_a_picture_that_cannot_be_shown_says_so(page, folder, qtbot):
    whole = picture(folder / "torn.png", "torn", 7, size=200).read_bytes()
    (folder / "torn.png").write_bytes(whole[: len(whole) - 60])
    page.gallery.folders.look([folder])
    wait_for(qtbot, page, 9)
    index = names(page).index("torn.png")
    qtbot.waitUntil(lambda: page.grid.cell_of(index).mark == "cannot be shown", timeout=PATIENCE_MS)


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


def test_files_go_to_the_clipboard(page, folder, qtbot):
    pick(page, "dog 1.png", "dog 2.png")
    press(page, Qt.Key.Key_C, CONTROL)
    urls = QGuiApplication.clipboard().mimeData().urls()
    assert {Path(url.toLocalFile()).name for url in urls} == {"dog 1.png", "dog 2.png"}


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


def test_the_first_picture_that_the_command_line_makes_is_seen(window, page, qtbot):
    """The library's folder is made with it."""
    library = Path(window.studio.settings.library_path)
    assert not library.exists()
    library.mkdir(parents=True)
    picture(library / "made elsewhere.png", "a bird")
    page.gallery.folders._look_for_changes()  # the timer's
    wait_for(qtbot, page, 9)
    assert "made elsewhere.png" in names(page)


def test_a_share_that_hangs_holds_neither_other_folders_nor_the_window(
    window, page, tmp_path, qtbot, monkeypatch
):
    """Its calls block until somebody lets them go, which a thread does in the end, so that this test ends."""
    share, answers, listed = tmp_path / "share", threading.Event(), os.scandir
    share.mkdir()

    def scandir(path):
        if os.fsencode(share) in os.fsencode(path):
            answers.wait()
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(disks, "HURRIED_S", 0.5)
    release = threading.Timer(60, answers.set)
    release.start()
    page.gallery.catalogue.disks.hurry()
    with qtbot.waitSignal(window.studio.messages.said, timeout=PATIENCE_MS) as said:
        page.gallery.folders.add(share)
    assert str(share) in said.args[1] and "does not answer" in said.args[1]
    picture(tmp_path / "elsewhere" / "late.png")
    page.gallery.folders._look_for_changes()  # the timer's
    wait_for(qtbot, page, 9)
    page.gallery.folders.look([share])
    window.studio.close()
    assert not answers.is_set(), "the window closes while its disk does not answer"
    release.cancel()
    answers.set()


def test_what_another_program_of_ours_marks_or_makes_anew_is_seen_and_nothing_is_mixed_up(
    page, folder, qtbot
):
    """The command line rates a picture, then makes the whole index again: numbers then are others'."""
    gallery = page.gallery
    pick(page, "dog 1.png")
    press(page, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: marks(page, "dog 1.png").rating == 2, timeout=PATIENCE_MS)
    gallery._writing.wait()
    cat = key_of(page, "cat 5.png")
    other = Catalogue.open()
    try:
        other.mark([cat], rating=3)
        gallery.folders._look_for_changes()  # the timer's
        qtbot.waitUntil(lambda: gallery.records.get(cat).marks.rating == 3, timeout=PATIENCE_MS)
        list(other.write_owed())
        picture(folder / "newest.png", "a whale")
        list(other.rebuild())
    finally:
        other.close()
    gallery.folders._look_for_changes()
    qtbot.waitUntil(lambda: not gallery.picked, timeout=PATIENCE_MS)
    wait_for(qtbot, page, 9)
    told = {record.id: record.path for record in gallery.catalogue.records(page.grid.content.keys)}
    assert told == {id: gallery.records.get(id).path for id in told}
    assert not gallery.steps.can_undo(), "what it would undo is another picture now"
    assert marks(page, "dog 1.png").rating == 2 and marks(page, "cat 5.png").rating == 3
