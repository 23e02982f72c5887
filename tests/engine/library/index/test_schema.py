"""The index file itself: damaged, newer, read-only, replaced, held by another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from libraries import found, look, open_in
from picture_files import a1111, put

from engine.api.errors import CannotSave, UnreadableFile
from engine.library import sqlite_file
from engine.library.index import schema
from engine.library.index.catalogue import Catalogue


@pytest.fixture
def filled(catalogue: Catalogue, folder: Path) -> Catalogue:
    put(folder, **{f"n{number}": a1111(f"one {number}") for number in range(50)})
    look(catalogue)
    return catalogue


def overwrite_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096, 2):
        data[page * 4096 : page * 4096 + 2000] = b"\xa5" * 2000
    path.write_bytes(data)


def drop_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE words")


@pytest.mark.parametrize(
    "damage",
    [
        overwrite_pages,
        drop_a_table,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("I am a letter\n" * 500),
        lambda path: path.write_bytes(path.read_bytes()[:20_000]),
    ],
)
def test_damage_is_found_at_start_set_aside_and_made_good(
    filled: Catalogue, tmp_path: Path, damage: Callable[[Path], object]
):
    filled.close()
    damage(tmp_path / "index.sqlite")
    again = open_in(tmp_path)
    try:
        assert [note.code for note in again.notes] == ["index_damaged"]
        assert again.needs_scan and again.check() == ""
        assert len(list(tmp_path.glob("index.sqlite.damaged-*"))) == 1
        look(again)
        assert len(again.search("one")) == 50 and not again.needs_scan
    finally:
        again.close()


def test_damage_while_it_is_used_is_said_and_mended(filled: Catalogue, tmp_path: Path):
    overwrite_pages(tmp_path / "index.sqlite")
    assert filled.check()
    list(filled.rebuild())
    assert filled.check() == "" and len(filled.search("one")) == 50


def test_a_newer_index_is_read_and_never_changed(filled: Catalogue, folder: Path, tmp_path: Path):
    filled.close()
    path = tmp_path / "index.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={schema.FORMAT + 1}")
    before = path.read_bytes()
    newer = open_in(tmp_path)
    try:
        assert newer.is_read_only and [note.code for note in newer.notes] == ["index_newer"]
        assert len(newer.search("one")) == 50
        for change in (
            lambda: list(newer.scan()),
            lambda: newer.mark(newer.search("").ids, rating=1),
            lambda: list(newer.rebuild()),
            lambda: newer.forget([1]),
        ):
            with pytest.raises(CannotSave, match="only read"):
                change()
    finally:
        newer.close()
    assert path.read_bytes() == before


def test_an_older_index_is_made_again(filled: Catalogue, tmp_path: Path):
    filled.close()
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.execute("PRAGMA user_version=0")
    again = open_in(tmp_path)
    assert again.needs_scan
    look(again)
    assert len(again.search("one")) == 50
    again.close()


def test_an_index_that_is_held_is_only_read(
    filled: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_file, "PATIENCE_S", 0.05)
    with closing(sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        other = open_in(tmp_path)
        assert other.is_read_only and len(other.search("one")) == 50
        other.close()


def test_who_holds_the_index_while_one_rates_is_named(filled: Catalogue, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sqlite_file, "PATIENCE_S", 0.05)
    other = open_in(tmp_path)
    try:
        with closing(sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(CannotSave, match="Close the other program"):
                other.mark(other.search("").ids[:1], rating=1)
        look(other)
        list(other.write_owed())  # what was said is kept all the same
        assert found(other, "rating:1")
    finally:
        other.close()


def test_an_index_made_again_by_another_program_is_followed(filled: Catalogue, tmp_path: Path, folder: Path):
    other = open_in(tmp_path)
    try:
        generation = filled.generation
        assert len(filled.search("one")) == 50
        put(folder, more=a1111("one more"))
        list(other.rebuild())
        assert len(filled.search("one")) == 51 and filled.generation > generation
        filled.mark(filled.search("more").ids, rating=5)
        assert found(other, "rating:5") == {"more"}
    finally:
        other.close()


def test_a_strangers_index_runs_nothing(filled: Catalogue, tmp_path: Path):
    filled.close()
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.execute("CREATE VIEW trap AS SELECT load_extension('x')")
    again = open_in(tmp_path)
    with pytest.raises(UnreadableFile, match="unsafe use"), again._index.reading() as connection:
        connection.execute("SELECT * FROM trap").fetchall()
    again.close()


def test_an_index_that_was_left_sound_is_not_looked_through_again(
    filled: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    thorough: list[bool] = []
    whole = schema.damage_of
    monkeypatch.setattr(
        schema,
        "damage_of",
        lambda path, is_thorough=True: thorough.append(is_thorough) or whole(path, is_thorough),
    )
    filled.close()
    open_in(tmp_path).close()
    (tmp_path / "index.sqlite").touch()
    again = open_in(tmp_path)
    assert thorough == [False, True]
    assert len(again.search("one")) == 50
    again.close()


def test_who_comes_after_the_end_is_told_so(filled: Catalogue):
    filled.close()
    with pytest.raises(UnreadableFile, match="is closed"):
        filled.search("one")
    with pytest.raises(UnreadableFile, match="is closed"), filled.writing():
        pass
