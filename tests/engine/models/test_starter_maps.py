"""The maps that come with the starter: the stock pipeline runs them beside it, and they are felt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel, StableDiffusionControlNetPipeline
from PIL import Image, ImageDraw

import resources
from engine.api.maps import ControlInfo
from engine.models.catalog import Catalog
from engine.training.scenes.classes import GROUP_NUMBER, NUMBER, PALETTE

MAPS = Path(resources.__file__).parent / "starter_maps"
KINDS = sorted(folder.name for folder in MAPS.iterdir() if folder.is_dir())


def test_each_map_says_what_it_is_and_is_no_model_of_its_own():
    assert {"depth", "lines"} <= set(KINDS)
    card = (MAPS / "README.md").read_text("utf-8")
    for kind in KINDS:
        assert f"`{kind}`" in card
        assert json.loads((MAPS / kind / "training.json").read_bytes())["map"] == kind
    assert {info.name for info in Catalog().beside(ControlInfo)} == {f"starter/{kind}" for kind in KINDS}
    assert not any(MAPS in (info.path or Path()).parents for info in Catalog().infos())


@pytest.mark.parametrize("kind", KINDS)
def test_the_stock_pipeline_runs_it_beside_the_starter(kind: str):
    starter = Catalog().find("starter").path
    network = ControlNetModel.from_pretrained(MAPS / kind)
    pipeline = StableDiffusionControlNetPipeline.from_pretrained(starter, controlnet=network)
    pipeline.set_progress_bar_config(disable=True)

    def drawn(scale: float) -> np.ndarray:
        return pipeline(
            "an apple", image=disc(kind), num_inference_steps=2, output_type="np",
            controlnet_conditioning_scale=scale, generator=torch.Generator().manual_seed(0),
        ).images  # fmt: skip

    with_map = drawn(1.0)
    assert with_map.shape == (1, 64, 64, 3)
    assert np.abs(with_map - drawn(0.0)).mean() > 0.01


def disc(kind: str) -> Image.Image:
    """As each kind of map shows one: an outline, or something edible before a backdrop."""
    backdrop, food = (
        tuple(PALETTE[number].tolist()) for number in (NUMBER["backdrop"], GROUP_NUMBER["food"])
    )
    is_classes = kind == "segmentation"
    picture = Image.new("RGB", (64, 64), backdrop if is_classes else "black")
    ImageDraw.Draw(picture).ellipse(
        (12, 12, 52, 52), food if is_classes else None, "white" if not is_classes else None, 2
    )
    return picture
