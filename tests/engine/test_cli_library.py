"""`lienzo library`: as scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from picture_files import PLAIN, a1111, ours, png, put
from tiny_sight import save_sight

from engine.cli import main
from engine.library.folders import cache_folder

FIELDS = {
    "path", "prompt", "negative_prompt", "seed", "model", "sampler", "steps", "size", "date", "program",
    "rating", "tags",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "art", one=a1111("a beagle", 42), deep__two=ours(), photo=PLAIN, bad=b"nothing")
    return tmp_path / "art"


def library(capsys: pytest.CaptureFixture, *words: str, code: int = 0) -> object:
    assert main(["library", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_folder_is_added_and_searched(folder: Path, capsys):
    added = library(capsys, "add", str(folder))
    assert (added["pictures"], added["added"]) == (4, 3)
    assert [entry["path"] for entry in added["refused"]] == [str(folder / "bad.png")]
    (found,) = library(capsys, "search", "beagle seed:42")
    assert set(found) == FIELDS
    assert found["path"] == str(folder / "one.png") and found["program"] == "A1111"
    assert (found["prompt"], found["negative_prompt"], found["seed"]) == ("a beagle", "blurry", 42)
    assert (found["model"], found["sampler"], found["steps"], found["size"]) == (
        "sdxl",
        "euler_a",
        20,
        "24x16",
    )
    assert (found["rating"], found["tags"]) == (0, [])
    assert len(library(capsys, "search")) == 3 and len(library(capsys, "search", "", "--limit", "2")) == 2
    put(folder, later=a1111("later"))
    assert len(library(capsys, "search", "later")) == 1, "what came meanwhile is seen"


def test_plain_lines_for_people(folder: Path, capsys):
    assert main(["library", "add", str(folder)]) == 0
    assert "3 new" in capsys.readouterr().err
    assert main(["library", "search", "lighthouse"]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(folder / "deep" / "two.png") and "1 found" in captured.err
    assert main(["library", "show", str(folder / "deep" / "two.png")]) == 0
    assert "a lighthouse" in capsys.readouterr().out


def test_show_says_all_and_the_text_as_it_was(folder: Path, tmp_path: Path, capsys):
    shown = library(capsys, "show", str(folder / "deep" / "two.png"))
    assert set(shown) > FIELDS and shown["recipe"]["request"]["prompt"] == "a lighthouse"
    odd = tmp_path / "odd.png"
    odd.write_bytes(png(parameters="a dog\nSteps: 3, Oddity: yes, Seed: 4", workflow="not json"))
    shown = library(capsys, "show", str(odd))
    assert shown["texts"] == {"parameters": "a dog\nSteps: 3, Oddity: yes, Seed: 4", "workflow": "not json"}
    assert shown["parameters"]["other"] == {"Oddity": "yes"}
    assert library(capsys, "show", str(tmp_path / "none.png"), code=5)["error"] == "UnreadableFile"


def test_a_missing_picture_is_still_shown(folder: Path, capsys):
    library(capsys, "add", str(folder))
    (folder / "one.png").unlink()
    library(capsys, "check")
    shown = library(capsys, "show", str(folder / "one.png"))
    assert shown["is_missing"] and shown["prompt"] == "a beagle"


def test_check_mends_a_damaged_index(folder: Path, capsys):
    library(capsys, "add", str(folder))
    (cache_folder() / "index.sqlite").write_bytes(b"rubbish" * 1000)
    told = library(capsys, "check")
    assert len(told["mended"]) == 1 and told["pictures"] == 4
    assert library(capsys, "check")["mended"] == []
    assert len(library(capsys, "search", "beagle")) == 1


def test_check_finds_pictures_that_are_not_what_they_were(folder: Path, capsys):
    data = (folder / "deep" / "two.png").read_bytes()
    put(folder, cut=data[:-30], other=ours(pixels_sha256="0" * 64))
    library(capsys, "add", str(folder))
    told = library(capsys, "check", "--pictures", code=5)
    assert {Path(entry["path"]).stem for entry in told["damaged"]} == {"cut", "other"}


def test_rebuild_and_a_lost_index_find_all_again(folder: Path, capsys):
    library(capsys, "add", str(folder))
    assert library(capsys, "rebuild")["added"] == 3
    (cache_folder() / "index.sqlite").unlink()
    assert len(library(capsys, "search")) == 3


@pytest.mark.parametrize(
    "words", [["search", "rating:many"], ["search", "", "--order", "taste"], ["add", "nowhere"]]
)
def test_mistakes_end_with_code_2_and_a_sentence(words: list[str], capsys):
    assert library(capsys, *words, code=2)["error"] == "BadRequest"


def test_search_by_meaning_by_a_picture_and_with_a_network_of_ones_own(folder: Path, tmp_path: Path, capsys):
    library(capsys, "add", str(folder))

    def names(*words: str) -> list[str]:
        return [Path(entry["path"]).name for entry in library(capsys, "search", *words)]

    assert names("un perro pequeño", "--meaning")[0] == "one.png"
    assert names("torre con luz para los barcos seed:7", "--meaning") == ["two.png"]
    assert names("--like", str(folder / "one.png"))[0] in ("one.png", "photo.png")
    save_sight(tmp_path / "seer")
    assert len(names("--like", str(folder / "one.png"), "--sees", str(tmp_path / "seer"))) == 3
    assert library(capsys, "search", "seed:7", "--meaning", code=2)["error"]
