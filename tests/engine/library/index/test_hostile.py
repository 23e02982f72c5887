"""What a disk, a clock, another program or a stranger does to the catalogue: named, borne, nothing lost."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from libraries import found, look, names, open_in
from picture_files import PLAIN, a1111, ours, put, zipped_zeros

from engine.library.index import scan as scanning
from engine.library.index.catalogue import Catalogue
from engine.library.index.ordering import Order
from engine.library.marks import Marks, read_marks
from engine.library.packets import packet_of
from engine.library.png_chunks import chunk, with_chunks


@pytest.fixture
def piecemeal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch is written as it comes, so that a scan can be met in its middle."""
    monkeypatch.setattr(scanning, "WRITE_EVERY_S", 0.0)


def in_file(path: Path) -> Marks:
    return read_marks(packet_of(path.read_bytes()))


# the disk


@pytest.mark.usefixtures("piecemeal")
def test_a_folder_renamed_while_it_is_read_is_followed_and_nothing_is_there_twice(
    catalogue: Catalogue, folder: Path
):
    put(folder, **{f"a__n{number:03}": a1111(f"one {number}", number) for number in range(600)})
    scan = catalogue.scan()
    next(progress for progress in scan if progress.read)
    before = {record.path.name: record.id for record in catalogue.records(catalogue.search("").ids)}
    assert 0 < len(before) < 600
    catalogue.mark(before.values(), rating=3)
    (folder / "a").rename(folder / "b")
    assert list(scan)[-1].is_done
    look(catalogue)
    records = {record.path.name: record for record in catalogue.records(catalogue.search("").ids)}
    assert len(records) == len(catalogue.search("")) == 600
    assert all(record.path.parent == folder / "b" and not record.is_missing for record in records.values())
    assert {name: records[name].id for name in before} == before
    assert len(catalogue.search("rating:3")) == len(before)
    assert {written.cause for written in catalogue.write_owed()} == {""}
    assert all(in_file(records[name].path).rating == 3 for name in before)


def test_a_folder_in_whose_place_a_file_lies_leaves_its_pictures_missing(catalogue: Catalogue, folder: Path):
    put(folder, a__one=a1111("one"), two=a1111("two"))
    look(catalogue)
    (folder / "a").rename(folder / ".away")
    (folder / "a").write_text("I am a file")
    assert look(catalogue).missing == 1
    assert found(catalogue, "is:missing") == {"one"} and found(catalogue) == {"one", "two"}
    (folder / "a").unlink()
    (folder / ".away").rename(folder / "a")
    look(catalogue)
    assert found(catalogue, "-is:missing") == {"one", "two"}


def test_the_librarys_folder_itself_replaced_by_a_file_forgets_nothing(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"))
    look(catalogue)
    folder.rename(folder.with_name("away"))
    folder.write_text("")
    look(catalogue)
    assert found(catalogue, "is:missing") == {"one"} and catalogue.folders() == [folder]


@pytest.mark.usefixtures("piecemeal")
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root looks and writes everywhere")
def test_a_folder_closed_while_it_is_read_is_read_when_it_opens(catalogue: Catalogue, folder: Path):
    put(folder, **{f"a__n{number:03}": a1111(f"one {number}") for number in range(600)})
    scan = catalogue.scan()
    next(progress for progress in scan if progress.read)
    (folder / "a").chmod(0)
    try:
        last = list(scan)[-1]
        assert last.is_done and len(last.refused) == 100
    finally:
        (folder / "a").chmod(0o700)
    look(catalogue)
    assert len(catalogue.search("-is:missing")) == 600


# the clock


def test_a_clock_that_jumps_leaves_an_order_that_stays(catalogue: Catalogue, folder: Path):
    """Files from before 1970 and after 2100, and a thousand in one second."""
    times = {"old": -86_400 * 400, "epoch": 0, "now": 1.7e9, "far": 5e9, "same": 1.7e9, "alike": 1.7e9}
    put(folder, **{name: PLAIN + name.encode() for name in times})
    for name, seconds in times.items():
        os.utime(folder / f"{name}.png", (seconds, seconds))
    look(catalogue)
    newest = names(catalogue)
    assert newest[0] == "far" and set(newest[1:4]) == {"now", "same", "alike"}
    assert set(newest[4:]) == {"epoch", "old"}
    assert names(catalogue) == newest and names(catalogue, order=Order.OLDEST) == newest[::-1]
    assert sum(value.count for value in catalogue.facets(catalogue.search(""))["date"]) == 6
    for record in catalogue.records(catalogue.search("").ids):
        assert record.date is not None and record.date.year >= 1969


@pytest.mark.skipif(os.name == "nt", reason="the zone cannot be set there")
def test_the_hour_that_comes_twice_and_the_one_that_never_comes(
    catalogue: Catalogue, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    import time

    monkeypatch.setenv("TZ", "America/Sao_Paulo")  # midnight itself was left out there
    time.tzset()
    try:
        hours = [1541300400 + number * 1800 for number in range(-4, 5)]  # 4 November 2018, 0:00 -> 1:00
        put(folder, **{f"n{number}": PLAIN + bytes([number]) for number in range(len(hours))})
        for number, seconds in enumerate(hours):
            os.utime(folder / f"n{number}.png", (seconds, seconds))
        look(catalogue)
        assert names(catalogue, order=Order.OLDEST) == [f"n{number}" for number in range(len(hours))]
        (month,) = catalogue.facets(catalogue.search(""))["date"]
        assert (month.value, month.count, len(catalogue.search(month.term))) == ("2018-11", 9, 9)
        days = [len(catalogue.search(f"date:2018-11-{day}")) for day in ("03", "04")]
        assert days == [4, 5]
    finally:
        monkeypatch.undo()
        time.tzset()


# other programs

RATE = """
import sys
from pathlib import Path
from engine.library.index.catalogue import Catalogue
home, first = Path(sys.argv[1]), int(sys.argv[2])
catalogue = Catalogue.open(home / "index.sqlite", home / "library.sqlite")
for id in catalogue.search("").ids.tolist():
    if id % 2 == first:
        catalogue.mark([id], rating=first + 1, tags=[f"program {first}"])
list(catalogue.write_owed())
catalogue.close()
"""


def test_two_programs_rate_at_once_and_no_rating_is_lost(catalogue: Catalogue, folder: Path, tmp_path: Path):
    put(folder, **{f"n{number:02}": ours(f"one {number}", number) for number in range(40)})
    look(catalogue)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(RATE), str(tmp_path), str(first)],
            cwd=Path(__file__).parents[4],
        )
        for first in (0, 1)
    ]
    assert [program.wait(120) for program in programs] == [0, 0]
    list(catalogue.write_owed())
    for record in catalogue.records(catalogue.search("").ids):
        first = record.id % 2
        assert (record.marks.rating, record.marks.tags) == (first + 1, (f"program {first}",))
        assert in_file(record.path) == record.marks
    assert catalogue.check() == "" and catalogue.kept.owed() == []
    assert look(catalogue).to_read == 0


@pytest.mark.usefixtures("piecemeal")
def test_one_program_rates_while_another_looks_at_the_folders(
    catalogue: Catalogue, folder: Path, tmp_path: Path
):
    put(folder, **{f"n{number:03}": a1111(f"one {number}", number) for number in range(600)})
    other = open_in(tmp_path)
    rated = set()
    for _ in catalogue.scan():
        ids = other.search("rating:0").ids[:20]
        other.mark(ids, rating=4)
        rated |= set(ids.tolist())
    assert rated and set(catalogue.search("rating:4").ids.tolist()) == rated
    assert len(catalogue.search("")) == 600
    other.close()


# strangers' files


def zipped_text(key: bytes, zipped: bytes) -> bytes:
    return chunk(b"zTXt", key + b"\0\0" + zipped)


def with_size(width: int, height: int) -> bytes:
    head = struct.pack(">II", width, height) + PLAIN[24:29]
    return PLAIN[:8] + chunk(b"IHDR", head) + PLAIN[33:]


BOMBS = {
    "text": with_chunks(PLAIN, [zipped_text(b"parameters", zipped_zeros(200))]),
    "profile": with_chunks(PLAIN, [chunk(b"iCCP", b"a\0\0" + zipped_zeros(100))]),
    "texts": with_chunks(PLAIN, [zipped_text(b"k%d" % n, zipped_zeros(4)) for n in range(40)]),
    "many": with_chunks(PLAIN, [chunk(b"tEXt", b"k%d\0v" % n) for n in range(50_000)]),
    "wide": with_size(30_000, 30_000),
    "endless": with_size(2**31 - 1, 1),
}


def test_bombs_are_shown_with_what_is_known_of_them(catalogue: Catalogue, folder: Path):
    resource = pytest.importorskip("resource")
    put(folder, **BOMBS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert look(catalogue).refused == ()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150 << 10, "the texts were inflated whole"
    records = {record.path.stem: record for record in catalogue.records(catalogue.search("").ids)}
    assert set(records) == set(BOMBS)
    assert "parameters" in records["text"].skipped and records["texts"].skipped
    assert (records["wide"].width, records["endless"].width) == (30_000, 2**31 - 1)
    facets = catalogue.facets(catalogue.search(""))
    assert {value.value for value in facets["size"]} == {"24x16", "30000x30000", f"{2**31 - 1}x1"}


def test_a_strangers_words_are_found_and_saved_again_as_they_were(catalogue: Catalogue, folder: Path):
    """Right-to-left marks, joiners and accents stay; what cannot be shown went."""
    words = "a \u202egnihton\u202c 👩‍🎨 e\u0301 \u0000\u0007 end"
    put(folder, one=a1111(words))
    look(catalogue)
    (record,) = catalogue.records(catalogue.search("end").ids)
    assert "\u202e" in record.prompt and "👩‍🎨" in record.prompt and "\u0007" not in record.prompt
    raw = record.path.read_bytes()
    catalogue.mark([record.id], tags=["\u202eevil"])
    list(catalogue.write_owed())
    after = record.path.read_bytes()
    start = raw.index(b"parameters")
    length = raw.index(b"IDAT") - start - 8
    assert raw[start : start + length] in after and after.endswith(raw[raw.index(b"IDAT") - 4 :])
    assert found(catalogue, 'tag:"\u202eevil"') == {"one"}


def test_widths_beyond_any_screen_are_laid_out(catalogue: Catalogue, folder: Path):
    put(folder, a=with_size(2**31 - 1, 1), b=with_size(1, 2**31 - 1), c=PLAIN)
    look(catalogue)
    columns = catalogue.search("").columns
    assert np.all(columns["width"] > 0) and np.all(columns["height"] > 0)
    assert names(catalogue, order=Order.LARGEST)[-1] == "c"
