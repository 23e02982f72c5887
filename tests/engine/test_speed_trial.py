"""`lienzo speed`: what each speed does, what a trial of it finds, and that the window can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import tiny_sd

from engine.api.request import Speed
from engine.cli import main
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
