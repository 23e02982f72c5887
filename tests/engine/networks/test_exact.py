"""What classes keep in 32 bits is kept so when the rest is in 16: as the stock loading does it."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_families
import tiny_other
import torch
import transformers

from engine.checkpoints.eight_bits import packing
from engine.models.cache import Models
from engine.models.catalog import Catalog

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


def test_packed_layers_work_in_the_format_of_the_rest():
    network = torch.nn.Sequential(torch.nn.LayerNorm(64), torch.nn.Linear(64, 64, bias=False))
    state = {"0.weight": torch.ones(64), "0.bias": torch.zeros(64, dtype=torch.bfloat16)}
    packing.put_packed(state, "1.weight", torch.randn(64, 64))
    packing.put_in(network, state)
    assert network[1](torch.ones(1, 64, dtype=torch.bfloat16)).dtype == torch.bfloat16
