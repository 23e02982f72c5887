"""The columns kept beside the index: used where they are of this very index, passed over where not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from libraries import found, look, open_in
from picture_files import a1111, put

from engine.library.index import columns as column_store
from engine.library.index import snapshot
from engine.library.index.catalogue import Catalogue


@pytest.fixture
def kept(catalogue: Catalogue, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an index with twenty pictures that was closed with its columns beside it."""
    monkeypatch.setattr(snapshot, "MANY_CHANGES", 1)
    put(folder, **{f"n{number}": a1111(f"one <lora:ink:1> {number}") for number in range(20)})
    look(catalogue)
    catalogue.mark(catalogue.search("").ids[:3], tags=["sea"], boards=["best"])
    catalogue.close()
    assert snapshot.place_of(tmp_path / "index.sqlite").exists()
    return tmp_path


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One entry for each time that every row had to be read."""
    times: list[int] = []
    load = column_store.load
    monkeypatch.setattr(column_store, "load", lambda connection: (times.append(1), load(connection))[1])
    yield times


def test_what_was_kept_is_what_the_index_says(kept: Path, unread: list[int]):
    with_kept = open_in(kept)
    one = with_kept.columns()
    assert unread == []
    with with_kept.reading() as connection:
        other = column_store.load(connection)
    with_kept.close()
    assert (one.stamp, one.names, one.directories) == (other.stamp, other.names, other.directories)
    for name in column_store.FIELDS:
        assert one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name]), name
        assert not one[name].flags.writeable
    for table in column_store.MANY:
        assert np.array_equal(one.pairs[table].pictures, other.pairs[table].pictures)
        assert np.array_equal(one.pairs[table].names, other.pairs[table].names)


def test_what_changed_since_is_in_what_is_found(
    kept: Path, folder: Path, unread: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(snapshot, "MANY_CHANGES", 500)  # so that it is not kept again
    before = snapshot.place_of(kept / "index.sqlite").stat()
    first = open_in(kept)
    put(folder, new=a1111("a heron"))
    look(first)
    first.mark(first.search("heron").ids, rating=4)
    first.close()
    assert snapshot.place_of(kept / "index.sqlite").stat().st_mtime_ns == before.st_mtime_ns
    second = open_in(kept)
    assert found(second, "rating:4") == {"new"} and len(second.search("tag:sea")) == 3
    assert len(second.search("")) == 21 and unread == []
    second.close()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("rot", [b"", b"\xa5" * 300])
def test_what_rotted_is_passed_over(kept: Path, unread: list[int], share: float, rot: bytes):
    place = snapshot.place_of(kept / "index.sqlite")
    data = place.read_bytes()
    at = int(len(data) * share)
    place.write_bytes(data[:at] + rot + data[at + len(rot) :] if rot else data[:at])
    catalogue = open_in(kept)
    assert len(catalogue.search("tag:sea lora:ink")) == 3 and unread == [1]
    catalogue.close()


def test_another_indexs_is_passed_over(kept: Path, folder: Path, unread: list[int]):
    """Made again from the pictures, an index counts from the beginning."""
    catalogue = open_in(kept)
    (folder / "n3.png").unlink()
    for _ in catalogue.rebuild():
        pass
    assert len(catalogue.search("")) == 19
    catalogue.close()
    (kept / "index.sqlite").unlink()
    third = open_in(kept)
    look(third)
    assert len(third.search("")) == 19 and unread
    third.close()


def test_an_older_copy_of_the_index_is_believed_over_what_is_kept(kept: Path, unread: list[int]):
    index = kept / "index.sqlite"
    old = index.read_bytes()
    catalogue = open_in(kept)
    catalogue.mark(catalogue.search("").ids, rating=5)
    catalogue.close()
    index.write_bytes(old)
    again = open_in(kept)
    assert len(again.search("rating:5")) == 0 and unread == [1]
    again.close()


def test_a_full_or_closed_disk_is_no_matter(kept: Path, monkeypatch: pytest.MonkeyPatch):
    from engine.api.errors import CannotSave

    def full(*_: object) -> None:
        raise CannotSave("The disk is full.")

    monkeypatch.setattr(snapshot, "save_bytes", full)
    catalogue = open_in(kept)
    catalogue.mark(catalogue.search("").ids, rating=2)
    catalogue.close()
    again = open_in(kept)
    assert len(again.search("rating:2")) == 20
    again.close()
