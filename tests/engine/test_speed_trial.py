"""`lienzo speed`: what each speed does, what a trial of it finds, and that the window can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import tiny_sd

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Finished, Loading
from engine.api.measuring import MeasureRequest
from engine.api.request import Speed
from engine.api.wire import request_from_message, request_to_message
from engine.cli import main
from engine.families.family import Reads
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.kept.speed_memory import measured
from engine.picture import picture
from engine.tasks import run


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def test_the_table_needs_no_trial(capsys):
    assert main(["speed", "starter"]) == 0
    said = capsys.readouterr().out
    assert "bit for bit" in said and "outermost level" in said and "of exact's time" not in said


def test_a_trial_compares_pictures_of_the_same_seed_and_is_remembered(tmp_path: Path, capsys, monkeypatch):
    folder = tiny_sd(tmp_path / "base")
    words = [
        "speed",
        str(folder),
        "--measure",
        "--pictures",
        "2",
        "--steps",
        "8",
        "--device",
        "cpu",
        "--json",
    ]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["speed"] for one in told["measured"]] == ["fast", "fastest"]
    assert all(one["pictures"] == 2 and one["time_ratio"] > 0 for one in told["measured"])
    assert all(one["seconds"] > 0 and one["exact_seconds"] > 0 for one in told["measured"])
    assert all(0 <= one["mean_error"] <= one["worst_error"] <= 255 for one in told["measured"])
    info = Catalog().find(str(folder))
    assert [one.speed for one in measured(info, "cpu")] == [Speed.FAST, Speed.FASTEST]
    assert measured(info, "cuda:0") == ()
    monkeypatch.setattr("engine.api.speed.LEAST_DEEP_STEPS", 7)  # levels that do something else
    assert measured(info, "cpu") == ()


def test_wrong_numbers_are_named(capsys):
    assert main(["speed", "starter", "--measure", "--pictures", "0"]) == 2
    assert "pictures" in capsys.readouterr().err


def test_the_plan_says_memory_and_after_a_picture_how_long(tmp_path: Path, capsys):
    folder = tiny_sd(tmp_path / "base")
    words = ["speed", str(folder), "--plan", "--steps", "6", "--device", "cpu"]
    assert main([*words, "--json"]) == 0
    before = json.loads(capsys.readouterr().out)["plan"]
    assert set(before) == {"exact", "fast", "fastest"} and before["exact"]["memory"]["needed_bytes"] > 0
    assert before["exact"]["fits"] and before["exact"]["seconds"] is None
    request = Catalog().find(str(folder)).request("a dog", width=64, height=64)
    request = replace(request, sampling=replace(request.sampling, steps=6))
    list(run(request, Models(Catalog(), "cpu")))
    assert main([*words, "--json"]) == 0
    after = json.loads(capsys.readouterr().out)["plan"]
    assert after["exact"]["seconds"] > 0 and after["fast"]["seconds"] is None
    assert main(words) == 0
    assert "s a picture" in capsys.readouterr().out


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(Catalog([tmp_path]), "cpu")


def test_an_engine_measures_says_how_far_it_is_and_keeps_what_it_found(tmp_path: Path, models: Models):
    request = MeasureRequest(str(tiny_sd(tmp_path / "base")), pictures=1, steps=2)
    form, pictures = request_to_message(request)
    assert request_from_message(form, pictures) == request
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.share for event in events if isinstance(event, Loading)] == [done / 6 for done in range(7)]
    assert isinstance(events[-1], Finished) and events[-1].images == request.drawn == 6
    assert [one.speed for one in measured(models.catalog.find(request.model), "cpu")] == [
        Speed.FAST,
        Speed.FASTEST,
    ]


def test_a_cancelled_measurement_ends_within_the_picture_and_keeps_nothing(tmp_path: Path, models: Models):
    request = MeasureRequest(str(tiny_sd(tmp_path / "base")), pictures=1, steps=2)
    control, said = Control(wants_previews=False), []
    for event in run(request, models, control):
        said.append(event)
        if isinstance(event, Loading) and event.share:
            control.cancel()
    assert len(said) == 2 and not any(isinstance(event, Finished) for event in said)
    assert measured(models.catalog.find(request.model), "cpu") == ()


def test_a_model_that_draws_nothing_without_a_picture_is_shown_one(tmp_path: Path, models: Models):
    folder = tiny_sd(tmp_path / "instructed", reads=Reads.PICTURE)
    request = MeasureRequest(str(folder), pictures=1, steps=2)
    assert isinstance(list(run(request, models, Control(wants_previews=False)))[-1], Finished)


def test_what_has_no_network_cannot_be_measured(models: Models):
    with pytest.raises(BadRequest, match="no network"):
        run(MeasureRequest("toy"), models)
