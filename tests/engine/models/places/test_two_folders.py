"""What is said of one stage alone is true: beside its partner it is found, whatever saved it."""

from __future__ import annotations

import json
from pathlib import Path

import diffusers
import pytest

from engine.families.not_drawn import FIRST, not_drawn
from engine.families.not_drawn import SECOND as SECOND_WHY
from engine.families.same_networks import own_pipeline
from engine.families.stages import FIRST_OF, PREFIX, SECOND, SECOND_OF
from engine.models.places.two_folders import other_stage_of

STAGES = [
    name for name in sorted(dir(diffusers)) if (found := not_drawn(name)) and found.why in (FIRST, SECOND_WHY)
]
"""Pipelines that are refused with the hint."""
PARTNERS = {PREFIX: FIRST_OF, SECOND: SECOND_OF}
"""What their parts are called before the other's, to that other and them."""


def folder(path: Path, pipeline: str) -> Path:
    path.mkdir(parents=True)
    part = ["diffusers", "UNet2DConditionModel"]
    (path / "model_index.json").write_text(json.dumps({"_class_name": pipeline, "unet": part}))
    return path


def test_the_hint_is_said_of_every_stage_that_is_found_beside_another():
    assert {*FIRST_OF.values(), *SECOND_OF.values()} == {own_pipeline(name) for name in STAGES}
    assert len(STAGES) > len({own_pipeline(name) for name in STAGES})


@pytest.mark.parametrize("in_cache", [False, True], ids=["side by side", "in a cache"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_other_stage_finds_it(stage, in_cache, tmp_path):
    def place(name: str) -> Path:
        return tmp_path / (f"models--maker--{name}/snapshots/abc" if in_cache else name)

    beside = folder(place("stage"), stage)
    found = []
    for prefix, table in PARTNERS.items():
        for other, wanted in table.items():
            if wanted == own_pipeline(stage):
                drawn_with = folder(place(other), other)
                index = json.loads((drawn_with / "model_index.json").read_text())
                found.append((other_stage_of(drawn_with, index), prefix))
    assert found
    for other, prefix in found:
        assert other is not None and (other.folder, other.prefix) == (beside, prefix)
