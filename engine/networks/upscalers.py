"""Networks that enlarge pictures: what their files are, and the two commonest, RRDB and SRVGG.

RRDB is ESRGAN's (https://arxiv.org/abs/1809.00219) and Real-ESRGAN's (https://arxiv.org/abs/2107.10833),
whose compact models are SRVGG. Files name the same layers in three ways; all become Real-ESRGAN's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.weights import State, build_empty, check_fits, fill, meta_tensors, read_tensors
from engine.networks.esrgan.sizes import Sizes

if TYPE_CHECKING:
    import torch

WRAPPERS = ("", "params_ema.", "params.", "model.", "module.", "net_g.", "netG.")
"""What programs put before every name."""
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class UpscalerFile:
    """One that passed the pre-flight; no number is read yet."""

    weights: WeightFile
    names: Mapping[str, str]
    """Our names to the file's."""
    sizes: Sizes


def known_network(weights: WeightFile) -> UpscalerFile | None:
    """What `weights` hold, from the header alone; None for an architecture that is not one of ours."""
    for wrapper in WRAPPERS:
        plain = {name: tensor.shape for name, tensor in weights.under(wrapper).items()}
        for names, sizes_of in ((_rrdb_names(plain), _rrdb_sizes), (_srvgg_names(plain), _srvgg_sizes)):
            if not names:
                continue
            shapes = {new: plain[old] for new, old in names.items()}
            if len(names) == len(plain) and (sizes := sizes_of(shapes)) is not None:
                return UpscalerFile(weights, {new: wrapper + old for new, old in names.items()}, sizes)
    return None


# names


def _srvgg_names(plain: Shapes) -> dict[str, str]:
    return {name: name for name in plain} if plain and all(name.startswith("body.") for name in plain) else {}


def _rrdb_names(plain: Shapes) -> dict[str, str]:
    """Real-ESRGAN's names to those of a file; empty where some name is none of RRDB's."""
    renamed = {}
    ends = _ends_of_oldest(plain) if "0.weight" in plain else {}
    for old in plain:
        layer, _, kind = old.rpartition(".")
        new = ends.get(layer) or _middle_name(layer)
        if new is None:
            return {}
        renamed[f"{new}.{kind}"] = old
    return renamed


def _middle_name(layer: str) -> str | None:
    layer = re.sub(r"^(RRDB_trunk|1\.sub)\.(\d+)\.", r"body.\2.", layer)
    layer = re.sub(r"\.RDB([123])\.conv([1-5])(\.0)?$", r".rdb\1.conv\2", layer)
    layer = {"trunk_conv": "conv_body", "HRconv": "conv_hr"}.get(layer, layer)
    layer = re.sub(r"^upconv(\d)$", r"conv_up\1", layer)
    known = r"conv_(first|body|hr|last|up\d)|body\.\d+\.rdb[123]\.conv[1-5]"
    return layer if re.fullmatch(known, layer) else None


def _ends_of_oldest(plain: Shapes) -> dict[str, str]:
    """Of the oldest layout, whose layers outside the blocks are counted: a doubling is two places and one."""
    trunk = [name for name in plain if re.fullmatch(r"1\.sub\.\d+\.weight", name)]
    after = sorted({int(name.split(".")[0]) for name in plain if name.split(".")[0].isdigit()} - {0, 1})
    if len(trunk) != 1 or len(after) < 2:
        return {}
    ups = {str(place): f"conv_up{number}" for number, place in enumerate(after[:-2], 1)}
    return {
        "0": "conv_first", trunk[0].removesuffix(".weight"): "conv_body", **ups,
        str(after[-2]): "conv_hr", str(after[-1]): "conv_last",
    }  # fmt: skip


# sizes


def _rrdb_sizes(shapes: Shapes) -> Sizes | None:
    first, grown = shapes.get("conv_first.weight"), shapes.get("body.0.rdb1.conv1.weight")
    last = shapes.get("conv_last.weight")
    if first is None or grown is None or last is None or len(first) != 4 or last[0] != 3 or first[1] % 3:
        return None
    folded = math.isqrt(first[1] // 3)
    doublings = sum(re.fullmatch(r"conv_up\d\.weight", name) is not None for name in shapes)
    scale = 2**doublings / folded
    if folded**2 * 3 != first[1] or scale < 1 or scale != int(scale):
        return None
    blocks = len({name.split(".")[1] for name in shapes if name.startswith("body.")})
    return Sizes("RRDB", int(scale), first[0], blocks, grown[0], folded, doublings)


def _srvgg_sizes(shapes: Shapes) -> Sizes | None:
    first = shapes.get("body.0.weight")
    convolutions = sorted(int(name.split(".")[1]) for name, shape in shapes.items() if len(shape) == 4)
    if first is None or len(first) != 4 or first[1] != 3 or len(convolutions) < 2:
        return None
    out = shapes[f"body.{convolutions[-1]}.weight"][0]
    scale = math.isqrt(out // 3)
    every_second = convolutions == list(range(0, 2 * len(convolutions), 2))
    if scale < 1 or scale**2 * 3 != out or not every_second or "body.1.weight" not in shapes:
        return None
    return Sizes("SRVGG", scale, first[0], len(convolutions) - 2)


# networks


def load_upscaler(file: UpscalerFile, dtype: torch.dtype, device: torch.device) -> Any:
    """The network with its weights: B x 3 x H x W from 0 to 1 to the same, `sizes.scale` times larger.

    Raises `UnsupportedModel` where a layer is missing or of another shape, `UnsafeFile` where the file has
    changed since.
    """
    import torch  # heavy; only the engine process pays for it

    def ours(state: State) -> State:
        return {new: state[old] for new, old in file.names.items()}

    wanted = set(file.names.values()).__contains__
    with torch.inference_mode(False), torch.no_grad():
        network = build_empty(lambda: make_network(file.sizes), "upscaler")
        check_fits(network, ours(meta_tensors([file.weights], wanted)), "upscaler", file.weights.path)
        return fill(network, ours(read_tensors([file.weights], dtype, wanted)), device)


def make_network(sizes: Sizes) -> Any:
    """Of `sizes`, its weights as torch begins them."""
    from engine.networks.esrgan.layers import Rrdb, Srvgg  # imports torch

    return (Rrdb if sizes.architecture == "RRDB" else Srvgg)(sizes)
