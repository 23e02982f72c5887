"""Sheets: axes as typed, cells as ordinary pictures, the labelled whole, and going on after a kill."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.errors import BadRequest, ModelNotFound
from engine.api.images import ImageInput
from engine.api.learnt import Lora
from engine.api.request import GenerationRequest, Sampling
from engine.cli import main
from engine.library.pictures import open_picture, read_metadata
from engine.models.catalog import Catalog
from engine.sheets.axis import Axis, AxisKind, read_axis, read_values
from engine.sheets.compose import FRAME, compose, layout
from engine.sheets.made import find_made, missing
from engine.sheets.sheet import Place, Sheet, place_of

BASE = GenerationRequest(
    "toy", "a dog, by the sea", width=64, height=48, sampling=Sampling("euler", 3, 7.0, seed=9)
)


def sheet(*axes: str, base: GenerationRequest = BASE) -> Sheet:
    return Sheet(base, *map(read_axis, axes))


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("seeds=1,2,3", AxisKind.SEEDS, ("1", "2", "3")),
        ("seed=18446744073709551615", AxisKind.SEEDS, ("18446744073709551615",)),
        ("guidance=3..9:3", AxisKind.GUIDANCE, ("3", "6", "9")),
        ("cfg=0.2..1:0.2", AxisKind.GUIDANCE, ("0.2", "0.4", "0.6", "0.8", "1")),
        ("steps=30..10:10", AxisKind.STEPS, ("30", "20", "10")),
        ("prompts=dog, cat ,\"red, shy fox\"", AxisKind.PROMPTS, ("dog", "cat", "red, shy fox")),
        ("lora:ink=-0.5,0,1", AxisKind.LORA, ("-0.5", "0", "1")),
        ("seeds=1,1,2", AxisKind.SEEDS, ("1", "2")),
    ],
)  # fmt: skip
def test_axes_are_read_as_they_are_typed(text: str, kind: AxisKind, values: tuple[str, ...]):
    axis = read_axis(text)
    assert (axis.kind, axis.values) == (kind, values)


@pytest.mark.parametrize(
    "text",
    ["", "seeds", "seeds=", "colour=red", "seeds=1,x", "seeds=1.5", "steps=0", "guidance=inf", "guidance=nan",
     "lora=1", "seeds=1..9999999999", "steps=1..5:0", "strength=2"],
)  # fmt: skip
def test_an_axis_that_cannot_be_is_named(text: str):
    with pytest.raises(BadRequest):
        read_axis(text)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1), min_size=1))
def test_values_survive_being_written_down(words: list[str]):
    values = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(values)
    assert read_values(AxisKind.PROMPTS, written.getvalue()) == values


def test_cells_are_ordinary_requests_that_know_their_place():
    asked = sheet("prompts=dog,cat", "seeds=5,6")
    cells = {cell.place: cell.request for cell in asked.cells(Catalog().find)}
    assert cells[Place(1, 0)].prompt == "a cat, by the sea" and cells[Place(1, 0)].sampling.seed == 5
    assert cells[Place(0, 1)].prompt == BASE.prompt and cells[Place(0, 1)].sampling.seed == 6
    for place, request in cells.items():
        assert request.images == 1
        assert place_of(GenerationRequest.from_json(json.loads(json.dumps(request.to_json())))) == (
            asked.id,
            place,
        )
    assert place_of(BASE) is None


def test_every_setting_can_be_an_axis():
    start = replace(BASE, image=ImageInput.of(np.zeros((48, 64, 3), np.uint8)), loras=(Lora("ink", 1.0),))
    find = Catalog().find
    strengths = [cell.request.sampling.strength for cell in sheet("strength=0.5,1", base=start).cells(find)]
    assert strengths == [0.5, 1.0]
    weights = [cell.request.loras for cell in sheet("lora:ink=0,0.5", base=start).cells(find)]
    assert weights == [(Lora("ink", 0.0),), (Lora("ink", 0.5),)]
    samplers = [cell.request.sampling.scheduler for cell in sheet("samplers=DPM++ 2M,euler").cells(find)]
    assert samplers == ["dpmpp_2m", "euler"]


def test_a_model_is_loaded_once():
    """Rows are models here, and columns seeds: all of one model come first all the same."""
    order = [cell.request.model for cell in sheet("seeds=1,2", "models=toy,starter").cells(Catalog().find)]
    assert order == ["toy", "toy", "starter", "starter"]
    across = [cell.request.model for cell in sheet("models=toy,starter", "seeds=1,2").cells(Catalog().find)]
    assert across == order


@pytest.mark.parametrize(
    ("axes", "error"),
    [
        (("prompts=horse,cat",), BadRequest),
        (("samplers=euler,nothing",), BadRequest),
        (("strength=0.5",), BadRequest),
        (("seeds=1,2", "seeds=3"), BadRequest),
        (("models=toy,nowhere",), ModelNotFound),
        (("seeds=1..100", "steps=1..100"), BadRequest),
    ],
)
def test_what_does_not_fit_is_said_before_any_work(axes: tuple[str, ...], error: type[Exception]):
    with pytest.raises(error):
        sheet(*axes).cells(Catalog().find)


def test_a_sheet_comes_back_from_json():
    asked = sheet("prompts=dog,cat", "lora:ink=0,1", "seeds=1,2")
    back = Sheet.from_json(json.loads(json.dumps(asked.to_json())))
    assert back == asked and back.id == asked.id and back.count == 8
    assert replace(asked, base=replace(BASE, prompt="a dog")).id != asked.id


def test_the_whole_shows_every_cell_in_its_place_and_an_empty_one_for_what_is_missing():
    asked = sheet("seeds=1,2,3", "guidance=3,5", "steps=2,4")
    colours = {place: (place.x * 60 + 20, place.y * 90 + 10, place.z * 200 + 5) for place in asked.places()}

    def picture(place: Place):
        if place == Place(2, 1, 1):
            return None
        return np.full((48, 64, 3), colours[place], np.uint8)

    whole = compose(asked, picture)
    laid_out = layout(asked, (64, 48))
    assert whole.shape[:2] == laid_out.size[::-1]
    for place in asked.places():
        left, top = laid_out.corner(place)
        middle = tuple(whole[top + 10, left + 40])
        assert middle == (colours[place] if place != Place(2, 1, 1) else (250, 250, 250))
    left, top = laid_out.corner(Place(2, 1, 1))
    assert tuple(whole[top, left + 5]) == FRAME
    labels = whole[: laid_out.corner(Place(0))[1], laid_out.side :]
    assert (labels < 100).any()  # something is written above


def test_a_huge_sheet_is_as_large_as_can_be_opened():
    asked = sheet("seeds=1..100", "steps=1..20")
    laid_out = layout(asked, (1024, 1024))
    assert max(laid_out.size) <= 16_000 and laid_out.cell[0] < 1024


def run_cli(*words: str) -> int:
    return main(["sheet", "a dog", "-m", "toy", "--size", "64x48", "--steps", "3", *words])


def test_from_the_command_line_to_a_sheet_and_its_pictures(tmp_path: Path, capsys):
    out = tmp_path / "perros.png"
    assert run_cli("--x", "seeds=1,2", "--y", "guidance=3,5", "-o", str(out), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == str(out) and len(told["cells"]) == 4
    cell = told["cells"][3]
    assert cell["values"] == {"seeds": "2", "guidance": "5"} and cell["seed"] == 2
    recipe = read_metadata(Path(cell["path"])).recipe
    assert recipe is not None and recipe.request.sampling.guidance == 5
    own = read_metadata(out).recipe
    assert own is not None and own.request.prompt == "a dog"
    listed = own.extra["sheet"]["cells"]  # type: ignore[index,call-overload]
    assert [entry["file"] for entry in listed] == [Path(entry["path"]).name for entry in told["cells"]]
    assert main(["inspect", "--verify", cell["path"]]) == 0
    assert main(["inspect", "--verify", str(out)]) == 2
    assert "sheet of pictures" in capsys.readouterr().err


def test_a_sheet_is_not_overwritten_unasked(tmp_path: Path, capsys):
    out = tmp_path / "sheet.png"
    assert run_cli("--x", "seeds=1", "-o", str(out)) == 0
    assert run_cli("--x", "seeds=1", "-o", str(out)) == 9
    assert "exists already" in capsys.readouterr().err
    assert run_cli("--x", "seeds=1", "-o", str(out), "--force") == 0
    assert len(list((tmp_path / "sheet").iterdir())) == 1  # the cell was there already


def test_a_mistyped_axis_is_one_sentence_and_makes_nothing(tmp_path: Path, capsys):
    assert run_cli("--x", "seeds=one", "-o", str(tmp_path / "s.png")) == 2
    assert "whole number" in capsys.readouterr().err
    assert run_cli("-o", str(tmp_path / "s.png")) == 2
    assert not list(tmp_path.glob("s*"))


def test_what_a_kill_left_is_taken_up_again(tmp_path: Path):
    """Without a seed said: the second run goes on with the seed of the first."""
    out, folder = tmp_path / "sheet.png", tmp_path / "sheet"
    words = [sys.executable, "-m", "engine.cli", "sheet", "a dog", "-m", "toy", "--size", "512x512",
             "--steps", "30", "--x", "guidance=1..12", "-o", str(out)]  # fmt: skip
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*.png"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.png")}
    assert 2 <= len(before) < 12 and not out.exists()
    assert subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 0
    after = sorted(folder.glob("*.png"))
    assert len(after) == 12
    assert {path: path.stat().st_mtime_ns for path in before} == before
    seeds = {read_metadata(path).recipe.request.sampling.seed for path in after}  # type: ignore[union-attr]
    assert len(seeds) == 1
    assert open_picture(out).width > 12 * 512 // 2


def test_cells_of_another_sheet_in_the_folder_are_left_alone(tmp_path: Path):
    assert run_cli("--x", "seeds=1,2", "-o", str(tmp_path / "sheet.png")) == 0
    other = Sheet(BASE, Axis(AxisKind.SEEDS, ("1", "2")))
    assert find_made(tmp_path / "sheet", other) == {}
    assert missing(other, []) == [Place(0), Place(1)]
