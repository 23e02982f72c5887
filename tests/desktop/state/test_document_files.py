"""What the artist does with files: new, open, save, export, masks, recent ones."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from ora_files import archive, png
from PIL import Image
from psd_tools import PSDImage
from studios import heard, studio_with_toy

from desktop.raster.rect import Rect
from desktop.state import document_files
from desktop.state.document.layers import ImageLayer
from desktop.state.document_file.ora_read import open_ora
from engine.api.images import Extent


@pytest.fixture
def studio(qtbot):
    with studio_with_toy(qtbot) as studio:
        yield studio


def done(qtbot, studio) -> None:
    qtbot.waitUntil(lambda: not studio.working.pieces and studio.background.pending == 0)


def paint(studio, value: int = 200) -> None:
    with studio.document.begin("Brush stroke"):
        studio.document.active.pixels.fill(Rect(0, 0, 20, 20), (0, 0, value, 255))


def test_a_new_document_has_its_size_and_what_stands_behind_it(studio):
    studio.files.new(Extent(300, 200), (10, 20, 30))
    ground, layer = studio.document.root.children
    assert studio.document.size == Extent(300, 200) and studio.document.active is layer
    assert (ground.pixels.read(studio.document.canvas) == (30, 20, 10, 255)).all()
    assert not studio.document.is_modified and studio.files.names.present == "Untitled"
    studio.files.new(Extent(64, 64))
    assert [len(layer.pixels.keys()) for layer in studio.document.root.children] == [0]


def test_saving_asks_for_a_name_once_and_then_no_more(qtbot, studio, tmp_path: Path):
    studio.files.new(Extent(40, 30))
    paint(studio)
    assert studio.document.is_modified
    with qtbot.waitSignal(studio.files.name_wanted):
        studio.files.save()
    studio.files.save_as(tmp_path / "house")
    done(qtbot, studio)
    assert studio.document.path == tmp_path / "house.ora" and not studio.document.is_modified
    assert studio.files.names.present == "house.ora" and "house.ora is saved." in heard(studio).texts[-1]
    paint(studio, 90)
    studio.files.save()
    done(qtbot, studio)
    saved = open_ora(tmp_path / "house.ora").state
    assert saved.root.children[0].pixels.read(Rect(0, 0, 1, 1))[0, 0, 2] == 90


def test_what_is_painted_while_it_is_saved_stays_unsaved(qtbot, studio, tmp_path: Path, monkeypatch):
    go, begun = threading.Event(), threading.Event()
    write = document_files.write_document

    def slowly(*args):
        begun.set()
        go.wait(10)
        write(*args)

    monkeypatch.setattr(document_files, "write_document", slowly)
    studio.files.new(Extent(40, 30))
    paint(studio, 50)
    studio.files.save_as(tmp_path / "a.ora")
    assert begun.wait(10)
    paint(studio, 60)
    studio.files.save_as(tmp_path / "a.ora")  # asked again: done when the first is
    assert len(studio.working.pieces) == 1
    go.set()
    qtbot.waitUntil(lambda: not studio.document.is_modified)
    done(qtbot, studio)
    saved = open_ora(tmp_path / "a.ora").state
    assert saved.root.children[0].pixels.read(Rect(0, 0, 1, 1))[0, 0, 2] == 60


def test_a_document_is_opened_with_its_name_and_remembered(qtbot, studio, tmp_path: Path):
    path = archive(tmp_path / "drawing.ora")
    studio.files.open(path)
    done(qtbot, studio)
    assert studio.document.path == path and studio.files.names.recent == [path]
    assert studio.document.size == Extent(6, 4) and not studio.document.is_modified


def test_a_picture_opens_as_a_document_whose_file_is_not_the_picture(qtbot, studio, tmp_path: Path):
    (tmp_path / "foto.png").write_bytes(png(np.zeros((30, 20, 3), np.uint8)))
    studio.files.open(tmp_path / "foto.png")
    done(qtbot, studio)
    assert studio.document.path is None and studio.files.names.present == "foto"
    assert studio.files.names.suggested_path == tmp_path / "foto.ora"
    assert isinstance(studio.document.root.children[0], ImageLayer)


def test_a_picture_is_placed_as_a_layer_and_that_can_be_undone(qtbot, studio, tmp_path: Path):
    (tmp_path / "dog.png").write_bytes(png(np.full((9, 8, 4), 255, np.uint8)))
    studio.files.new(Extent(40, 30))
    studio.files.place(tmp_path / "dog.png")
    done(qtbot, studio)
    assert studio.document.active.name == "dog"
    studio.document.history.undo()
    assert len(studio.document.root.children) == 1


def test_what_is_placed_where_nothing_was_begun_gives_the_canvas_its_size(qtbot, studio, tmp_path: Path):
    (tmp_path / "dog.png").write_bytes(png(np.full((9, 8, 4), 255, np.uint8)))
    assert studio.documents.is_pristine
    studio.files.place(tmp_path / "dog.png")
    done(qtbot, studio)
    assert studio.document.size == Extent(8, 9) and studio.document.active.name == "dog"
    studio.files.place(tmp_path / "dog.png")
    done(qtbot, studio)
    assert len(studio.document.root.children) == 4, "then it is another layer"


def test_a_file_that_cannot_be_read_changes_nothing_and_is_said(qtbot, studio, tmp_path: Path):
    before = studio.document
    (tmp_path / "bad.ora").write_bytes(b"PK\3\4 nonsense")
    studio.files.open(tmp_path / "bad.ora")
    done(qtbot, studio)
    assert studio.document is before and "bad.ora cannot be opened" in heard(studio).texts[-1]


def test_what_cannot_be_saved_is_said_and_stays_modified(qtbot, studio, tmp_path: Path):
    paint(studio)
    studio.files.save_as(tmp_path / "gone" / "a.ora")
    done(qtbot, studio)
    assert studio.document.is_modified and studio.document.path is None
    assert "the folder is missing" in heard(studio).texts[-1]


def test_a_cancelled_save_says_nothing_and_keeps_the_old_file(qtbot, studio, tmp_path: Path):
    path = tmp_path / "a.ora"
    path.write_bytes(b"precious")
    paint(studio)
    studio.files.save_as(path)
    studio.working.pieces[0].work.cancel()
    done(qtbot, studio)
    assert path.read_bytes() == b"precious" and studio.document.is_modified
    assert not heard(studio).texts


def test_pictures_and_photoshop_files_go_out_and_the_document_keeps_its_file(qtbot, studio, tmp_path: Path):
    studio.files.new(Extent(40, 30))
    paint(studio)
    studio.files.export(tmp_path / "a.jpg", {"format": "jpeg", "background": (0, 0, 255)})
    studio.files.export_psd(tmp_path / "a.psd")
    done(qtbot, studio)
    assert np.abs(np.asarray(Image.open(tmp_path / "a.jpg"))[29, 39].astype(int) - (0, 0, 255)).max() < 4
    assert len(PSDImage.open(tmp_path / "a.psd")) == 1
    assert studio.document.path is None and studio.document.is_modified


def test_a_mask_goes_out_and_comes_in(qtbot, studio, tmp_path: Path):
    studio.files.new(Extent(40, 30))
    with studio.document.begin("Mask"):
        studio.document.mask.fill(Rect(5, 5, 10, 10), 200)
    wanted = studio.document.mask.read(studio.document.canvas)
    studio.files.export_mask(tmp_path / "mask.png")
    studio.files.export_mask(tmp_path / "alpha.png", is_alpha=True)
    done(qtbot, studio)
    for name in ("mask.png", "alpha.png"):
        studio.document.history.jump_to(0)
        studio.files.import_mask(tmp_path / name)
        done(qtbot, studio)
        assert (studio.document.mask.read(studio.document.canvas) == wanted).all()


def test_a_document_that_gave_way_unsaved_can_be_gone_on_with(qtbot, studio):
    studio.files.new(Extent(40, 30))
    paint(studio, 77)
    id = studio.document.id
    done(qtbot, studio)
    studio.files.new(Extent(64, 64))
    done(qtbot, studio)
    ((journal, text),) = studio.files.names.kept
    assert text.startswith("Not saved, ")
    studio.files.reopen(journal)
    qtbot.waitUntil(lambda: studio.document.id == id)
    assert studio.document.root.children[0].pixels.read(Rect(0, 0, 1, 1))[0, 0, 2] == 77
    studio.document.history.undo()
    assert not studio.document.root.children[0].pixels.keys()


def test_what_has_no_file_yet_keeps_its_name_through_a_restart_and_when_it_gives_way(qtbot, tmp_path: Path):
    Image.new("RGB", (40, 30), "red").save(tmp_path / "coffee.png")
    with studio_with_toy(qtbot) as studio:
        studio.files.open(tmp_path / "coffee.png")
        done(qtbot, studio)
        paint(studio)
    with studio_with_toy(qtbot) as studio:
        qtbot.waitUntil(lambda: studio.document.size == Extent(40, 30))
        assert studio.files.names.present == "coffee"
        studio.files.new(Extent(8, 8))
        (kept,) = studio.files.names.kept
        assert kept[1].startswith("coffee  ·  Not saved")


def test_recent_documents_are_few_and_each_once(qtbot, studio, tmp_path: Path):
    for number in range(15):
        studio.files.names.remember(tmp_path / f"{number % 13}.ora")
    assert len(studio.files.names.recent) == 12 and studio.files.names.recent[0] == tmp_path / "1.ora"
    studio.files.names.forget_recent()
    assert studio.files.names.recent == []


def test_closing_waits_for_what_is_being_saved(qtbot, tmp_path: Path):
    with studio_with_toy(qtbot) as studio:
        studio.files.new(Extent(900, 900), (1, 2, 3))
        paint(studio)
        studio.files.save_as(tmp_path / "a.ora")
    assert open_ora(tmp_path / "a.ora").state.size == Extent(900, 900)
