"""The open document: there at once, kept without asking, and there again."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from studios import heard, studio_with_toy

from desktop.raster.rect import Rect
from desktop.state.document import layer_commands, masks
from desktop.state.studio import Studio
from engine.api.images import Extent
from engine.library import folders


def stroke(studio: Studio, value: int = 9) -> None:
    with studio.document.begin("Brush stroke"):
        studio.document.active.pixels.fill(Rect(0, 0, 50, 50), (value, value, value, 255))


def files() -> list:
    return sorted(folders.documents_folder().glob("*.sqlite"))


def test_an_untouched_document_is_not_kept(qtbot):
    with studio_with_toy(qtbot) as studio:
        assert len(studio.document.root.children) == 1
    assert files() == []


def test_what_was_painted_is_there_at_the_next_start_with_its_history(qtbot):
    with studio_with_toy(qtbot) as studio:
        stroke(studio)
        layer_commands.add_paint_layer(studio.document)
        id = studio.document.id
    with studio_with_toy(qtbot) as studio:
        qtbot.waitUntil(lambda: studio.document.id == id)
        assert [layer.name for layer in studio.document.root.children] == ["Layer 1", "Layer 2"]
        studio.document.history.undo()
        assert studio.document.active.pixels.read(Rect(0, 0, 1, 1)).max() == 255
        studio.document.history.undo()
        assert not studio.document.active.pixels.keys()
    assert len(files()) == 1


def test_it_is_written_while_one_works(qtbot):
    with studio_with_toy(qtbot) as studio:
        stroke(studio)

        def is_written() -> bool:
            if not files():
                return False
            with closing(sqlite3.connect(files()[0])) as connection:
                return connection.execute("SELECT count(*) FROM entries").fetchone() == (1,)

        qtbot.waitUntil(is_written, timeout=8000)


def test_a_picture_opens_as_a_document_and_the_painted_one_is_kept(qtbot):
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    with studio_with_toy(qtbot) as studio:
        stroke(studio)
        studio.documents.flush()
        with qtbot.waitSignal(studio.documents.changed):
            studio.documents.open_pixels(pixels, "dog")
        assert studio.document.size == Extent(90, 70)
        assert (studio.document.composite.flattened(studio.document.canvas)[..., 2::-1] == pixels).all()
    assert len(files()) == 2
    with studio_with_toy(qtbot) as studio:
        qtbot.waitUntil(lambda: studio.document.size == Extent(90, 70))


def test_a_saved_document_leaves_no_journal(qtbot, tmp_path):
    with studio_with_toy(qtbot) as studio:
        stroke(studio)
        studio.documents.flush()
        studio.document.mark_saved(tmp_path / "a.ora")
        studio.documents.new(Extent(64, 64))
        studio.background.wait()
        assert files() == []


@pytest.mark.parametrize("content", [b"rubbish" * 999, b""])
def test_a_damaged_canvas_is_said_and_set_aside(qtbot, content):
    path = folders.documents_folder() / "a.sqlite"
    path.write_bytes(content)
    with studio_with_toy(qtbot) as studio:
        qtbot.waitUntil(lambda: any("canvas" in text for text in heard(studio).texts))
        stroke(studio)
    assert any("damaged" in file.name for file in folders.documents_folder().iterdir())


def test_the_limit_of_the_history_follows_the_preferences(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.settings.undo_megabytes = 100
        assert studio.document.history.limit_bytes == 100 << 20
        studio.documents.new(Extent(64, 64))
        assert studio.document.history.limit_bytes == 100 << 20


def test_a_mask_of_the_shelf_goes_to_a_file_and_comes_back(qtbot, tmp_path):
    with studio_with_toy(qtbot) as studio:
        document = studio.document
        with document.begin("Paint the mask"):
            document.mask.fill(Rect(10, 10, 30, 30), 200)
        held = masks.keep(document, "roof")
        masks.clear(document)
        studio.files.export_mask(tmp_path / "roof.png", held=held)
        studio.working.finish()
        studio.files.import_mask(tmp_path / "roof.png", onto_shelf=True)
        studio.working.finish()
        again = document.state.shelf[-1]
        assert again.name == "roof" and again.size == document.size
        assert (again.coverage.read(document.canvas) == held.coverage.read(document.canvas)).all()
