"""What classes keep in 32 bits is kept so when the rest is in 16: as the stock loading does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import diffusers
import pytest
import tiny_families
import tiny_other
import torch
import transformers

from engine.api.images import Extent
from engine.api.job_plan import plan_job
from engine.checkpoints.eight_bits import packing
from engine.checkpoints.exact_layers import EXACT, EXACT_IN_HALF
from engine.models.cache import Models, bytes_of
from engine.models.catalog import Catalog
from engine.networks.classes import CONTROLS, NETWORKS, VISION

ENTRIES = {
    "krea2": ("transformer", torch.bfloat16),
    "kandinsky5": ("transformer", torch.bfloat16),
    "sd3": ("text_encoder_3", torch.float16),
}
"""A model, a part of it that has such layers, and the format in which they show."""


@pytest.mark.parametrize("name", ENTRIES)
def test_the_layers_are_those_of_the_stock_loading(name, tmp_path: Path):
    part, dtype = ENTRIES[name]
    is_other = name in tiny_other.OTHERS
    folder = (tiny_other.other_folder if is_other else tiny_families.tiny_folder)(name, tmp_path / name)
    models = Models(Catalog(), "cpu")
    model = models.load(models.catalog.find(str(folder)), dtype)
    model.load_text_encoders()
    mine = model.components[part]
    kind = type(mine)
    told = "dtype" if isinstance(mine, transformers.PreTrainedModel) else "torch_dtype"
    stock = kind.from_pretrained(folder / part, **{told: dtype})
    formats = {key: tensor.dtype for key, tensor in stock.state_dict().items()}
    assert {key: tensor.dtype for key, tensor in mine.state_dict().items()} == formats
    assert torch.float32 in formats.values() and dtype in formats.values()
    assert mine.dtype == stock.dtype == dtype
    assert all(torch.equal(tensor, stock.state_dict()[key]) for key, tensor in mine.state_dict().items())
    info = models.catalog.find(str(folder))
    alone = replace(info, parts=tuple(one for one in info.parts if one.name == part))
    plan = plan_job(alone, Extent(64, 64), 2, is_half=dtype == torch.float16)
    held = {tensor.data_ptr(): bytes_of(tensor) for tensor in mine.parameters()}  # tied ones once
    assert plan.weights_bytes == sum(held.values())


def test_the_forecast_knows_the_layers_of_each_class_that_is_loaded():
    for library, name in sorted(NETWORKS | VISION | CONTROLS):
        room = {"diffusers": diffusers, "transformers": transformers}.get(library)
        kind = getattr(room, name, None)
        always = set(getattr(kind, "_keep_in_fp32_modules_strict", None) or ())
        layers = set(getattr(kind, "_keep_in_fp32_modules", None) or ())
        known = layers | always if library == "diffusers" else always
        assert set(EXACT.get(name, ())) == known, name
        assert set(EXACT_IN_HALF.get(name, ())) == layers - known, name


def test_packed_layers_work_in_the_format_of_the_rest():
    network = torch.nn.Sequential(torch.nn.LayerNorm(64), torch.nn.Linear(64, 64, bias=False))
    state = {"0.weight": torch.ones(64), "0.bias": torch.zeros(64, dtype=torch.bfloat16)}
    packing.put_packed(state, "1.weight", torch.randn(64, 64))
    packing.put_in(network, state)
    assert network[1](torch.ones(1, 64, dtype=torch.bfloat16)).dtype == torch.bfloat16
