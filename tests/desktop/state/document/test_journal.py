"""A document kept through anything: what was painted is there again, with its history."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from document_pictures import fresh, noise

from desktop.bridge.background import Background
from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, merging, restoring
from desktop.state.document.document import Document
from desktop.state.document.document_state import MaskMode
from desktop.state.document.journal import DocumentJournal
from desktop.state.document.layers import MaskLayer, PaintLayer, ResultLayer, Variant
from engine.api.errors import CannotSave
from engine.api.images import Extent


@contextmanager
def opened(path: Path, size: Extent = Extent(700, 500)):
    """A document with its journal; flushed and closed at the end."""
    background = Background()
    restored = restoring.restore(path)
    document = restoring.document_of(restored) if restored.state else Document(size, id=path.stem)
    journal = DocumentJournal(document, restored.file, background, delay_ms=10)
    if restored.state and not restored.aside:
        journal.holds(restored.numbers)
    document.restored = restored
    document.journal = journal
    try:
        yield document
    finally:
        journal.flush()
        background.close()
        restored.file.close()


def stroke(document: Document, rect: Rect, value: int) -> None:
    with document.begin("Brush stroke"):
        document.active.pixels.fill(rect, (value, value, value, 255))


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_everything_is_there_again(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    coverage = Tiles(Kind.COVERAGE)
    coverage.fill(Rect(0, 0, 300, 300), 99)
    with opened(file) as document:
        with document.begin("New layer"):
            document.insert(PaintLayer(name="paint", tiles=noise(1), blend=Blend.OVERLAY, opacity=0.5))
            document.insert(MaskLayer(name="mask", coverage=coverage.snapshot(), offset=(3, 4)))
            variants = (Variant(tiles=noise(2)), Variant(tiles=noise(3), brushed=coverage.snapshot()))
            document.insert(ResultLayer(name="result", variants=variants, chosen=0, mask=coverage.snapshot()))
        merging.group_layers(document, [document.active])
        with document.begin("Select"):
            document.set_selection(coverage.snapshot())
            document.set_mask(coverage.snapshot(), MaskMode.KEEP)
        document.remember_view('{"zoom": 2}')
        picture = fresh(document)
        id = document.id
    with opened(file) as document:
        assert (fresh(document) == picture).all()
        assert document.id == id and document.view == '{"zoom": 2}'
        assert document.selection.read(Rect(0, 0, 1, 1)) == 99 and document.mask_mode is MaskMode.KEEP
        assert [entry.title for entry in document.history.entries] == ["New layer", "Group layers", "Select"]
        document.history.jump_to(0)
        assert not fresh(document).any() and document.selection is None
        document.history.jump_to(3)
        assert (fresh(document) == picture).all()


def test_undone_and_redone_over_restarts(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    pictures = []
    with opened(file) as document:
        for value in range(1, 6):
            pictures.append(fresh(document))
            stroke(document, Rect(value * 40, 0, 200, 300), value)
        document.history.jump_to(3)
    with opened(file) as document:
        assert (fresh(document) == pictures[3]).all()
        document.history.redo()
        assert (fresh(document) == pictures[4]).all()
        document.history.jump_to(1)
        stroke(document, Rect(0, 0, 9, 9), 77)
    with opened(file) as document:
        assert len(document.history.entries) == 2
        document.history.undo()
        assert (fresh(document) == pictures[1]).all()


def test_only_what_changed_is_written(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        with document.begin("Place picture"):
            document.insert(PaintLayer(name="p", tiles=noise(1, Rect(0, 0, 1024, 1024))))
        document.journal.flush()
        assert rows(file, "tiles") == 16
        before = {row for row in sqlite3.connect(file).execute("SELECT number FROM tiles")}
        stroke(document, Rect(0, 0, 10, 10), 3)
        document.journal.flush()
        after = {row for row in sqlite3.connect(file).execute("SELECT number FROM tiles")}
        assert len(after - before) == 1 and not before - after


def test_the_file_lets_go_of_what_the_history_let_go(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        for seed in range(6):
            with document.begin("Place picture"):
                document.insert(PaintLayer(name="p", tiles=noise(seed, Rect(0, 0, 512, 512))))
            layer_commands.delete(document, document.active)
        document.journal.flush()
        assert rows(file, "tiles") == 24
        document.history.limit_bytes = 1 << 20
        document.journal.flush()
        assert rows(file, "tiles") <= 4 and rows(file, "entries") == len(document.history.entries)
    with opened(file) as document:
        assert not fresh(document).any()


def test_a_stroke_in_the_middle_is_kept_and_undone_as_one(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        stroke(document, Rect(0, 0, 300, 300), 5)
        first = fresh(document)
        with document.begin("Brush stroke"):
            document.active.pixels.fill(Rect(100, 0, 50, 300), (9, 9, 9, 255))
            document.journal.flush()
            document.active.pixels.fill(Rect(200, 0, 50, 300), (7, 7, 7, 255))
            document.journal.flush()
            half = fresh(document)
            copy = tmp_path / "b.sqlite"
            copy.write_bytes(file.read_bytes())
            document.active.pixels.fill(Rect(250, 0, 50, 300), (1, 1, 1, 255))
        whole = fresh(document)
    with opened(copy) as document:
        assert (fresh(document) == half).all()
        assert len(document.history.entries) == 2
        document.history.undo()
        assert (fresh(document) == first).all()
        document.history.redo()
    with opened(copy) as document:
        assert (fresh(document) == half).all() and len(document.history.entries) == 2
    with opened(file) as document:
        assert (fresh(document) == whole).all() and len(document.history.entries) == 2


def test_a_damaged_file_is_set_aside_and_what_is_whole_comes_back(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file, Extent(2048, 2048)) as document:
        for seed in range(4):
            with document.begin("Place picture"):
                document.insert(
                    PaintLayer(name=f"p{seed}", tiles=noise(seed, Rect(512 * seed, 0, 512, 2048)))
                )
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40000] = np.random.default_rng(0).bytes(40000)
    file.write_bytes(bytes(data))
    with opened(file) as document:
        assert document.restored.aside and document.restored.lost
        assert (tmp_path / document.restored.aside).read_bytes() == bytes(data)
        assert [layer.name for layer in document.root.children][-1] == "p3"
        held = sum(len(layer.pixels.keys()) for layer in document.root.children)
        assert 56 <= held < 64
        picture = fresh(document)
    with opened(file) as document:
        assert not document.restored.aside and (fresh(document) == picture).all()


def test_a_wrong_byte_in_a_tile_is_noticed(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        stroke(document, document.canvas, 5)
        stroke(document, Rect(0, 0, 9, 9), 6)
    with closing(sqlite3.connect(file)) as connection, connection:
        number, packed = connection.execute(
            "SELECT number, packed FROM tiles WHERE number = (SELECT tile FROM cells WHERE x = 0 AND y = 0)"
        ).fetchone()
        wrong = bytes(packed[:20]) + bytes([packed[20] ^ 1]) + bytes(packed[21:])
        connection.execute("UPDATE tiles SET packed = ? WHERE number = ?", (wrong, number))
    with opened(file) as document:
        assert document.restored.lost == 1 and document.restored.aside
        assert len(document.history.entries) == 0


@pytest.mark.parametrize("content", [b"", b"rubbish" * 9999, b"SQLite format 3\0" + b"\0" * 9999])
def test_a_file_that_is_none_gives_an_empty_document(qtbot, tmp_path, content):
    file = tmp_path / "a.sqlite"
    file.write_bytes(content)
    with opened(file) as document:
        assert document.restored.aside and document.restored.state is None
        stroke(document, Rect(0, 0, 9, 9), 6)
    with opened(file) as document:
        assert len(document.history.entries) == 1


def test_a_saved_document_is_unmodified_after_a_restart(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        stroke(document, Rect(0, 0, 9, 9), 6)
        document.mark_saved(tmp_path / "house.ora")
        assert not document.is_modified
    with opened(file) as document:
        assert not document.is_modified and document.path == tmp_path / "house.ora"
        document.history.undo()
        assert document.is_modified


def test_a_full_disk_is_said_once_and_nothing_is_lost(qtbot, tmp_path, monkeypatch):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        journal, said = document.journal, []
        journal.could_not_save.connect(said.append)
        write = journal.file.write

        def fail(written) -> None:
            raise CannotSave("the disk is full")

        monkeypatch.setattr(journal.file, "write", fail)
        stroke(document, Rect(0, 0, 90, 90), 6)
        journal.flush()
        stroke(document, Rect(50, 50, 90, 90), 7)
        journal.flush()
        assert len(said) == 1 and rows(file, "entries") == 0
        monkeypatch.setattr(journal.file, "write", write)
        picture = fresh(document)
    with opened(file) as document:
        assert (fresh(document) == picture).all() and len(document.history.entries) == 2


def test_a_read_only_file_is_shown_and_not_changed(qtbot, tmp_path):
    file = tmp_path / "a.sqlite"
    with opened(file) as document:
        stroke(document, Rect(0, 0, 90, 90), 6)
        picture = fresh(document)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version=99")
    before = file.read_bytes()
    with opened(file) as document:
        assert document.journal.file.is_read_only and (fresh(document) == picture).all()
        stroke(document, Rect(0, 0, 9, 9), 1)
    assert file.read_bytes() == before
