"""Upscaling networks: recognised by what they hold, loaded in every layout, named where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from headers import write_header
from safetensors.torch import load_file, save_file
from tiny import tiny_sd
from tiny_upscalers import RRDB, RRDB_2, SRVGG, tiny_upscaler

from engine.api.errors import ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.upscale import UpscalerInfo
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.headers.files import read_header
from engine.models.parts.upscaler_files import only_upscaler, read_upscaler
from engine.networks.upscalers import known_network, load_upscaler

PICTURE = torch.rand(1, 3, 7, 10, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("sizes", "layout", "wrapper"),
    [
        (RRDB, "new", ""), (RRDB, "new", "params_ema."), (RRDB, "middle", ""), (RRDB, "oldest", ""),
        (RRDB_2, "new", ""), (SRVGG, "new", ""), (SRVGG, "new", "params."),
    ],
)  # fmt: skip
def test_every_layout_is_known_and_gives_the_same_picture(tmp_path: Path, sizes, layout, wrapper):
    path = tmp_path / "a.safetensors"
    made = tiny_upscaler(path, sizes, layout, wrapper)
    found = known_network(read_header(path))
    assert found is not None and found.sizes == sizes
    loaded = load_upscaler(found, torch.float32, torch.device("cpu"))
    with torch.inference_mode():
        assert torch.equal(loaded(PICTURE), made(PICTURE))
        assert loaded(PICTURE).shape == (1, 3, 7 * sizes.scale, 10 * sizes.scale)


def test_the_catalog_lists_them_and_finds_them_by_name_and_path(tmp_path: Path):
    tiny_upscaler(tmp_path / "ESRGAN" / "real.safetensors")
    tiny_upscaler(tmp_path / "ESRGAN" / "compact.safetensors", SRVGG)
    tiny_sd(tmp_path / "base")
    catalog = Catalog([tmp_path])
    told = [
        (info.name, info.architecture, info.scale, info.is_built_in) for info in catalog.beside(UpscalerInfo)
    ]
    assert told == [("compact", "SRVGG", 4, True), ("real", "RRDB", 4, True)]
    assert catalog.beside(UpscalerInfo) == Catalog([tmp_path]).beside(
        UpscalerInfo
    )  # the second is read from memory
    path = str(tmp_path / "ESRGAN" / "real.safetensors")
    assert (
        catalog.find_beside(UpscalerInfo, "real").path
        == catalog.find_beside(UpscalerInfo, path).path
        == Path(path)
    )
    assert only_upscaler(catalog.beside(UpscalerInfo)) is None
    assert only_upscaler(catalog.beside(UpscalerInfo)[:1]) == catalog.beside(UpscalerInfo)[0]
    assert [info.name for info in catalog.infos() if info.path and tmp_path in info.path.parents] == ["base"]
    with pytest.raises(ModelNotFound, match="compact, real"):
        catalog.find_beside(UpscalerInfo, "swinir")
    with pytest.raises(UnsupportedModel, match="no upscaling network"):
        catalog.find_beside(UpscalerInfo, str(tmp_path / "base"))
    with pytest.raises(UnsupportedModel, match="lienzo upscale"):
        catalog.find(path)


def test_another_architecture_names_the_library_that_loads_it(tmp_path: Path):
    shapes = {"layers.0.residual_group.blocks.0.attn.relative_position_bias_table": (225, 6)}
    path = write_header(tmp_path / "swin.safetensors", shapes, "F32")
    found = read_upscaler(path)
    assert (found.info.architecture, found.info.is_built_in, found.ours) == ("SwinIR", False, None)
    with pytest.raises(UnsupportedModel, match="spandrel") as caught:
        Models(Catalog(), "cpu").load_upscaler(found, torch.float32)
    assert caught.value.data["problem"] == "needs_spandrel"


def test_wrong_things_are_named(tmp_path: Path):
    path = tmp_path / "real.safetensors"
    tiny_upscaler(path)
    state = load_file(path)
    lacking = {name: tensor for name, tensor in state.items() if name != "body.1.rdb3.conv5.bias"}
    save_file(lacking, tmp_path / "lacking.safetensors")
    with pytest.raises(UnsupportedModel, match=r"body\.1\.rdb3\.conv5\.bias"):
        Models(Catalog(), "cpu").load_upscaler(read_upscaler(tmp_path / "lacking.safetensors"), torch.float32)
    state["conv_hr.weight"][0] = float("nan")
    save_file(state, tmp_path / "nan.safetensors")
    with pytest.raises(UnsafeFile, match="no numbers at all"):
        Models(Catalog(), "cpu").load_upscaler(read_upscaler(tmp_path / "nan.safetensors"), torch.float32)
    save_file({**state, "extra.weight": torch.zeros(3)}, tmp_path / "more.safetensors")
    assert known_network(read_header(tmp_path / "more.safetensors")) is None
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnsafeFile):
        read_upscaler(path)
