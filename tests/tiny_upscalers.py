"""Upscaling networks of a few channels, in every layout in which their makers save them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file

from engine.networks.esrgan.sizes import Sizes
from engine.networks.upscalers import make_network

Layout = Literal["new", "middle", "oldest"]
RRDB = Sizes("RRDB", scale=4, features=8, blocks=2, growth=4, doublings=2)
RRDB_2 = Sizes("RRDB", scale=2, features=8, blocks=1, growth=4, folded=2, doublings=2)
SRVGG = Sizes("SRVGG", scale=4, features=8, blocks=2)


def tiny_upscaler(path: Path, sizes: Sizes = RRDB, layout: Layout = "new", wrapper: str = "") -> Any:
    """Saves one with random weights to `path`, and gives it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = make_network(sizes).eval()
    state = {
        wrapper + renamed(name, layout, sizes): tensor.contiguous()
        for name, tensor in network.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)
    return network


def renamed(name: str, layout: Layout, sizes: Sizes) -> str:
    """Real-ESRGAN's `name` as an older program writes it."""
    if layout == "new":
        return name
    name = re.sub(r"\.rdb(\d)\.conv(\d)", r".RDB\1.conv\2", name)
    if layout == "middle":
        name = re.sub(r"^conv_up", "upconv", re.sub(r"^body\.", "RRDB_trunk.", name))
        return re.sub("^conv_hr", "HRconv", re.sub("^conv_body", "trunk_conv", name))
    last = 2 + 3 * sizes.doublings
    ups = {f"conv_up{number + 1}": str(3 + 3 * number) for number in range(sizes.doublings)}
    layers = {"conv_first": "0", "conv_body": f"1.sub.{sizes.blocks}", **ups, "conv_hr": str(last)}
    layers["conv_last"] = str(last + 2)
    layer, _, kind = name.rpartition(".")
    inside = re.sub(r"^body\.", "1.sub.", layer) + ".0"
    return f"model.{layers.get(layer, inside)}.{kind}"
