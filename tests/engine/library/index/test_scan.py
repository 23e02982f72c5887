"""Folders looked at: what is new, changed, moved, gone, hostile; and two who do it at once."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from libraries import found, look, names, open_in
from picture_files import PLAIN, a1111, ours, pillow, png, put, recipe

from engine.api.errors import BadRequest
from engine.library.index import reader_process
from engine.library.index.catalogue import Catalogue
from engine.library.index.reading import Refusal
from engine.library.pictures import encode_image


def test_each_file_is_read_once(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111(), deep__two=ours())
    first = look(catalogue)
    assert (first.seen, first.added, first.read, first.is_done) == (2, 2, 2, True)
    again = look(catalogue)
    assert (again.seen, again.to_read, again.added, again.changed, again.missing) == (2, 0, 0, 0, 0)


def test_what_changed_is_read_again_in_its_row(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("a dog"))
    look(catalogue)
    (id,) = catalogue.search("dog").ids
    put(folder, one=a1111("a cat", 99))
    assert look(catalogue).changed == 1
    assert catalogue.search("cat").ids.tolist() == [id] and not len(catalogue.search("dog"))


def test_a_record_says_what_the_file_says(catalogue: Catalogue, folder: Path):
    put(folder, one=ours(seed=2**63 + 5))
    look(catalogue)
    (record,) = catalogue.records(catalogue.search("").ids)
    assert (record.prompt, record.negative_prompt, record.seed) == ("a lighthouse", "dull", 2**63 + 5)
    assert (record.model, record.family, record.sampler, record.steps) == (
        "Starter",
        "sprites",
        "euler_a",
        12,
    )
    assert (record.guidance, record.strength, record.program, record.size) == (5.5, None, "Lienzo", "24x16")
    assert record.date is not None and record.date.timestamp() == 1772600767
    assert record == catalogue.record_at(folder / "one.png")


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff"])
def test_our_recipe_in_every_format(catalogue: Catalogue, folder: Path, format: str):
    suffix = {"jpeg": "jpg", "tiff": "tif"}.get(format, format)
    (folder / f"one.{suffix}").write_bytes(ours(format=format))
    assert look(catalogue).refused == ()
    (record,) = catalogue.records(catalogue.search("").ids)
    assert (record.format, record.size, record.prompt, record.seed) == (format, "24x16", "a lighthouse", 7)


def test_a_sheet_is_told_from_its_cells(catalogue: Catalogue, folder: Path):
    mark = {"id": "a1", "place": [0, 0, 0]}
    cell = replace(recipe("one"), request=replace(recipe("one").request, extra={"sheet": mark}))
    put(
        folder,
        sheet=ours("one", extra={"sheet": {"cells": [], "id": "a1"}}),
        cell=encode_image(np.zeros((16, 24, 3), np.uint8), cell),
    )
    look(catalogue)
    assert found(catalogue, "kind:sheet") == {"sheet"} and found(catalogue, "kind:text") == {"cell"}


def test_sideways_photos_are_as_wide_as_one_sees_them(catalogue: Catalogue, folder: Path):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    (folder / "photo.jpg").write_bytes(pillow("JPEG", (30, 20), exif=exif))
    (folder / "plain.webp").write_bytes(pillow("WEBP", (30, 20)))
    (folder / "exact.webp").write_bytes(pillow("WEBP", (30, 20), lossless=True))
    look(catalogue)
    sizes = {record.path.stem: record.size for record in catalogue.records(catalogue.search("").ids)}
    assert sizes == {"photo": "20x30", "plain": "30x20", "exact": "30x20"}


def test_a_renamed_folder_and_file_are_followed(catalogue: Catalogue, folder: Path):
    put(folder, a__one=a1111("one"), a__b__two=a1111("two"), three=a1111("three"))
    look(catalogue)
    ids = {name: catalogue.search(name).ids.tolist() for name in ("one", "two", "three")}
    (folder / "a").rename(folder / "z")
    (folder / "three.png").rename(folder / "drei.png")
    progress = look(catalogue)
    assert (progress.moved, progress.missing, progress.read) == (3, 0, 0)
    assert ids == {name: catalogue.search(name).ids.tolist() for name in ("one", "two", "three")}
    assert found(catalogue, "name:drei") == {"drei"} and not found(catalogue, "name:three")
    assert catalogue.record_at(folder / "z" / "b" / "two.png") is not None


def test_a_copy_on_another_disk_takes_the_place_of_what_went(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"))
    look(catalogue)
    ids = catalogue.search("one").ids.tolist()
    catalogue.mark(ids, rating=3)
    data = (folder / "one.png").read_bytes()
    (folder / "one.png").unlink()
    put(folder, there__copy=data)  # another inode, another time
    look(catalogue)
    assert catalogue.search("rating:3").ids.tolist() == ids and found(catalogue) == {"copy"}


def test_what_went_is_missing_and_comes_back(catalogue: Catalogue, folder: Path, tmp_path: Path):
    put(folder, a__one=a1111("one"), two=a1111("two"))
    look(catalogue)
    shutil.move(folder / "a", tmp_path / "elsewhere")
    assert look(catalogue).missing == 1
    assert found(catalogue) == {"one", "two"} and found(catalogue, "is:missing") == {"one"}
    assert look(catalogue).missing == 0
    shutil.move(tmp_path / "elsewhere", folder / "a")
    look(catalogue)
    assert not found(catalogue, "is:missing")


def test_a_whole_disk_that_is_away_forgets_nothing(catalogue: Catalogue, folder: Path, tmp_path: Path):
    put(folder, one=a1111("one"))
    look(catalogue)
    folder.rename(tmp_path / "away")
    assert look(catalogue).missing == 1
    assert found(catalogue, "one is:missing") == {"one"}
    folder.write_text("a file has its name now")
    look(catalogue)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    look(catalogue)
    assert found(catalogue, "-is:missing") == {"one"}


def test_a_folder_taken_out_is_found_no_more_and_comes_back_with_its_ids(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"))
    look(catalogue)
    ids = catalogue.search("").ids.tolist()
    catalogue.remove_folder(folder)
    assert not len(catalogue.search("")) and (folder / "one.png").exists()
    catalogue.add_folder(folder)
    look(catalogue)
    assert catalogue.search("").ids.tolist() == ids


def test_a_folder_within_another_is_not_taken_out_with_it(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"), inner__two=a1111("two"))
    catalogue.add_folder(folder / "inner")
    look(catalogue)
    catalogue.remove_folder(folder)
    assert found(catalogue) == {"two"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root looks into everything")
def test_closed_doors_leave_what_is_known(catalogue: Catalogue, folder: Path):
    put(folder, a__one=a1111("one"))
    look(catalogue)
    (folder / "a").chmod(0)
    try:
        progress = look(catalogue)
        assert progress.unlisted and progress.missing == 0
        assert not found(catalogue, "is:missing")
    finally:
        (folder / "a").chmod(0o755)


def test_watching_tells_which_folders_to_look_at_again(catalogue: Catalogue, folder: Path):
    put(folder, a__one=a1111("one"), b__two=a1111("two"))
    look(catalogue)
    assert catalogue.changed_folders() == []
    put(folder, b__new__three=a1111("three"))
    (folder / "a" / "one.png").unlink()
    os.utime(folder / "a", ns=(1, 1))
    os.utime(folder / "b", ns=(2, 2))
    changed = catalogue.changed_folders()
    assert set(changed) == {folder / "a", folder / "b"}
    list(catalogue.scan(changed, is_recursive=False))
    assert found(catalogue, "three") == {"three"} and found(catalogue, "is:missing") == {"one"}
    assert catalogue.changed_folders() == []
    shutil.rmtree(folder / "b")
    os.utime(folder, ns=(3, 3))
    list(catalogue.scan(catalogue.changed_folders(), is_recursive=False))
    assert found(catalogue, "is:missing") == {"one", "two", "three"}
    assert catalogue.changed_folders() == []


HOSTILE = {
    "text.png": b"I am no picture",
    "empty.png": b"",
    "fits.png": b"SIMPLE  =                    T" + b" " * 60,
    "psd.png": b"8BPS\0\x01" + bytes(40),
    "zero.png": PLAIN[:16] + bytes(8) + PLAIN[24:],
    "head.jpg": b"\xff\xd8\xff\xe0\0",
    "short.webp": b"RIFF\xff\xff\xff\xffWEBPVP8X",
    "tiny.tif": b"II*\0\xff\xff\xff\x7f",
}


def test_hostile_files_are_named_and_the_rest_goes_on(catalogue: Catalogue, folder: Path):
    for name, data in HOSTILE.items():
        (folder / name).write_bytes(data)
    put(folder, good=a1111("good"))
    progress = look(catalogue)
    assert {path.name for path, _ in progress.refused} == set(HOSTILE)
    assert all(cause for _, cause in progress.refused)
    assert found(catalogue) == {"good"}
    assert look(catalogue).to_read == 0, "what was refused is not read again"
    (folder / "text.png").write_bytes(a1111("better"))
    assert look(catalogue).added == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without pipes that have names")
def test_a_pipe_called_png_keeps_nobody_waiting(catalogue: Catalogue, folder: Path):
    os.mkfifo(folder / "pipe.png")
    assert [cause for _, cause in look(catalogue).refused] == ["it is not an ordinary file"]


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 3000, '{"sui_image_params": {"prompt": "\\ud800", "seed": ' + "9" * 5000 + "}}",
        '{"prompt": NaN}', "{" * 100_000, '{"sui_image_params": {"prompt": 1e999, "steps": -5}}',
        "x" * (9 << 20), "\nSteps: 1e999, Seed: -1, Size: 0x0", "<lora:a:1>" * 10_000, "((((" * 10_000,
    ],
)  # fmt: skip
def test_hostile_words_are_harmless(catalogue: Catalogue, folder: Path, text: str):
    put(folder, bad=png(parameters=text, lienzo=text, prompt=text, workflow=text))
    look(catalogue)
    assert found(catalogue) == {"bad"}
    catalogue.facets(catalogue.search(""))


@pytest.mark.parametrize(
    "packet", ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>Rating&b;</a>", "Rating <", "\0Label" * 99]
)
def test_hostile_xmp_is_harmless(catalogue: Catalogue, folder: Path, packet: str):
    put(folder, bad=png(**{"XML:com.adobe.xmp": packet}))
    look(catalogue)
    assert found(catalogue, "rating:0") == {"bad"}


NAMES = [
    "日本 港",
    "żółw",
    "مرفأ",
    "a\nb",
    "emoji 🐕‍🦺",
    "ends with space ",
    "x" * 240,
    "'; DROP TABLE pictures",
    "a%_[b]",
]


def test_names_in_any_script(catalogue: Catalogue, folder: Path):
    for name in NAMES:
        (folder / f"{name}.png").write_bytes(a1111(name))
    look(catalogue)
    assert {record.path.stem for record in catalogue.records(catalogue.search("").ids)} == set(NAMES)
    assert found(catalogue, "日本") == {"日本 港"} and found(catalogue, "zołw") == {"żółw"}


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may be any bytes")
def test_a_name_that_is_no_utf8(catalogue: Catalogue, folder: Path):
    path = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.png"))
    path.write_bytes(a1111("odd"))
    look(catalogue)
    (record,) = catalogue.records(catalogue.search("odd").ids)
    assert record.path == path and record.path.exists()


def test_links_to_folders_are_no_way_into_a_loop(catalogue: Catalogue, folder: Path):
    put(folder, a__one=a1111("one"))
    try:
        (folder / "a" / "loop").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("links need a privilege here")
    assert look(catalogue).seen == 1


def test_hidden_folders_and_the_trash_are_passed_over(catalogue: Catalogue, folder: Path):
    put(folder, **{".lienzo-removed__one": a1111(), ".git__two": a1111(), "three": a1111()})
    look(catalogue)
    assert found(catalogue) == {"three"}


def test_a_cancelled_scan_keeps_what_it_found(catalogue: Catalogue, folder: Path):
    put(folder, **{f"n{number}": a1111(f"one {number}") for number in range(600)})
    scan = catalogue.scan()
    for progress in scan:
        if progress.read:
            break
    scan.close()
    assert 0 < len(catalogue.search("")) < 600
    assert look(catalogue).read == 600 - progress.read
    assert len(catalogue.search("")) == 600


def test_a_folder_removed_while_it_is_read(catalogue: Catalogue, folder: Path):
    put(folder, **{f"a__n{number}": a1111(f"one {number}") for number in range(600)})
    scan = catalogue.scan()
    next(progress for progress in scan if progress.read)
    shutil.rmtree(folder / "a")
    last = list(scan)[-1]
    assert last.is_done and last.refused == ()
    look(catalogue)
    assert len(catalogue.search("-is:missing")) == 0


def test_two_programs_look_at_once_and_see_one_another(catalogue: Catalogue, folder: Path, tmp_path: Path):
    put(folder, **{f"n{number}": a1111(f"one {number}") for number in range(600)})
    other = open_in(tmp_path)
    try:
        ours_, theirs = catalogue.scan(), other.scan()
        for pair in zip(ours_, theirs, strict=False):
            assert pair
        list(ours_), list(theirs)
        assert len(catalogue.search("")) == len(other.search("")) == 600
        other.mark(other.search("seed:1").ids[:5], rating=4)
        assert len(catalogue.search("rating:4")) == 5
    finally:
        other.close()


def test_processes_of_their_own_read_many(
    catalogue: Catalogue, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    from engine.library.index import readers

    monkeypatch.setattr(readers, "FEWEST_FOR_PROCESSES", 10)
    put(folder, bad=b"no picture", **{f"n{number}": a1111(f"one {number}") for number in range(300)})
    progress = look(catalogue)
    assert (progress.added, len(progress.refused)) == (300, 1)
    assert len(names(catalogue)) == 300


def test_words_that_no_utf8_holds_come_from_the_process_too():
    """Damaged metadata is named by its keyword, whatever that is."""
    told = [Refusal(b"a.png", 1, 2, 3, "\ud800"), None]
    packed = reader_process._packed([reader_process._form(one) for one in told])
    assert [reader_process._outcome(b"a.png", form) for form in reader_process._unpacked(packed)] == told


def test_a_folder_that_is_none_is_refused(catalogue: Catalogue, tmp_path: Path):
    with pytest.raises(BadRequest, match="is no folder"):
        catalogue.add_folder(tmp_path / "nothing")
