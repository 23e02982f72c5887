"""`lienzo speed`: what each speed does, what a trial of it finds, and that the window can read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import tiny_sd

from engine.api.request import Speed
from engine.cli import main
from engine.models.catalog import Catalog
from engine.models.speed_memory import measured
from engine.picture import picture


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def test_the_table_needs_no_trial(capsys):
    assert main(["speed", "starter"]) == 0
    said = capsys.readouterr().out
    assert "bit for bit" in said and "outermost level" in said and "of exact's time" not in said


def test_a_trial_compares_pictures_of_the_same_seed_and_is_remembered(tmp_path: Path, capsys):
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


def test_wrong_numbers_are_named(capsys):
    assert main(["speed", "starter", "--measure", "--pictures", "0"]) == 2
    assert "pictures" in capsys.readouterr().err
