"""Autoencoders in place of a model's own: what a file is by its header, and the network of it.

How latents are scaled is the model's business, whose denoiser learnt them so; everything else about the
network is in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.api.vae import vae_kind
from engine.checkpoints.checkpoint import TensorInfo, WeightFile
from engine.networks.class_networks import load_network
from engine.networks.original.autoencoders import FLUX, FLUX2, QWEN_IMAGE, SDXL, Autoencoder
from engine.networks.original.deep_autoencoder import DEEP
from engine.networks.original.rules import Tensors
from engine.networks.vae_kinds import kind_of

if TYPE_CHECKING:
    import torch

KNOWN: tuple[Autoencoder, ...] = (FLUX2, SDXL, FLUX, QWEN_IMAGE, DEEP)
"""Asked in this order; SDXL's stands for all of four channels, FLUX's for all of sixteen."""
OF_THE_MODEL = (
    "scaling_factor",
    "shift_factor",
    "latents_mean",
    "latents_std",
    "force_upcast",
    "norm_num_groups",
)
TINY, TINY_FLUX2 = "AutoencoderTiny", "AutoencoderTinyFlux2"
STANDS_FOR: Mapping[str, tuple[str, int]] = {
    TINY: ("AutoencoderKL", 8),
    TINY_FLUX2: ("AutoencoderKLFlux2", 16),
}
"""Tiny autoencoder to the class in whose place it can be, and pixels along a side of a latent cell."""
FIRST_OF_DECODER = "decoder.layers.0.weight"
POOL = ".pool.0.weight"
"""End of a name that only TAEF2 has, after the block's."""
_FIRST = re.compile(r"^(?:taesd_)?(?:encoder|decoder)\.(?=\d+\.)")


@dataclass(frozen=True, eq=False)
class VaeFile:
    """An autoencoder that passed the pre-flight, not loaded yet."""

    class_name: str
    config: Mapping[str, Json]
    """As the file tells it, without the model's scale."""
    files: tuple[WeightFile, ...]
    """By the class's names."""

    @property
    def is_tiny(self) -> bool:
        return self.class_name in STANDS_FOR

    @property
    def kind(self) -> str:
        if self.is_tiny:
            channels = self.config["latent_channels"]
            stands_for, cell_px = STANDS_FOR[self.class_name]
            return vae_kind(stands_for, int(str(channels)), cell_px)
        return kind_of(self.class_name, self.config)


def vae_of(file: WeightFile, tensors: Tensors) -> VaeFile | None:
    """The autoencoder in `tensors` of `file`; None where it is none of those that are known."""
    for known in KNOWN:
        if known.fits(tensors):
            named, config = known.read(tensors)
            own = {name: value for name, value in config.items() if name not in OF_THE_MODEL}
            return VaeFile(known.class_name, own, (replace(file, tensors=named),))
    return None


def tiny_vae_of(file: WeightFile, other: WeightFile | None) -> VaeFile | None:
    """TAESD and its kin: both halves in `file`, or the second in `other`, as its makers give them away."""
    if FIRST_OF_DECODER in file.tensors and "encoder.layers.0.weight" in file.tensors:
        return _tiny((file,))
    halves = {half_of(one.tensors): one for one in (file, other) if one is not None}
    if halves.keys() != {"encoder", "decoder"}:
        return None
    return _tiny(tuple(replace(one, tensors=_named(one.tensors, half)) for half, one in halves.items()))


def _tiny(files: tuple[WeightFile, ...]) -> VaeFile:
    first = next(
        tensor for file in files for name, tensor in file.tensors.items() if name == FIRST_OF_DECODER
    )
    names = [name for file in files for name in file.tensors]
    pooled: list[Json] = [name.removesuffix(POOL) for name in sorted(names) if name.endswith(POOL)]
    if pooled:
        return VaeFile(TINY_FLUX2, {"latent_channels": first.shape[1], "pooled": pooled}, files)
    return VaeFile(TINY, {"latent_channels": first.shape[1]}, files)


def half_of(tensors: Tensors) -> str:
    """`encoder` or `decoder`, of a file in the makers' layout that holds one of them; else ""."""
    tensors = _bare(tensors)
    if "0.weight" in tensors and tensors["0.weight"].shape[1:2] == (3,):
        return "encoder"
    return "decoder" if "1.weight" in tensors and "3.conv.0.weight" in tensors else ""


def _bare(tensors: Tensors) -> dict[str, TensorInfo]:
    return {_FIRST.sub("", name): tensor for name, tensor in tensors.items()}


def _named(tensors: Tensors, half: str) -> dict[str, TensorInfo]:
    """By the class's names: the makers' decoder counts the squashing before its first layer."""
    shift = 1 if half == "decoder" else 0
    found: dict[str, TensorInfo] = {}
    for name, tensor in _bare(tensors).items():
        number, _, rest = name.partition(".")
        found[f"{half}.layers.{int(number) - shift}.{rest}" if number.isdecimal() else name] = tensor
    return found


def load_vae(file: VaeFile, own: Any, dtype: torch.dtype, device: torch.device) -> Any:
    """The network of `file`, that scales its latents as the model's `own` does.

    Raises `UnsafeFile` or `UnsupportedModel` where it is damaged or does not fit its own header.
    """
    scale: dict[str, Json] = {}
    if not file.is_tiny:  # a tiny one has learnt the denoiser's own numbers
        scale = {name: own.config[name] for name in OF_THE_MODEL if name in own.config}
    config = {**file.config, **scale}
    path = file.files[0].path
    library = "taesd" if file.class_name == TINY_FLUX2 else "diffusers"
    return load_network((library, file.class_name), config, file.files, "vae", path, dtype, device)
