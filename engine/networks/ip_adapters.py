"""IP-Adapters: what their files are, whether they fit a model, and their weights.

An adapter (https://arxiv.org/abs/2308.06721) gives every layer that reads words a second pair of keys and
values, for what an image encoder says of a picture, and a projection of that to the width of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import UnsupportedModel
from engine.api.references import AdapterInfo, AdapterNetwork, AdapterVariant
from engine.checkpoints.checkpoint import TensorInfo, WeightFile, under
from engine.checkpoints.foreign_files import FileState
from engine.checkpoints.weights import State, read_tensors
from engine.networks.controls import ControlBase

if TYPE_CHECKING:
    import torch

PROJECTION, LAYERS = "image_proj.", "ip_adapter."
FLUX_PROJECTION, FLUX_LAYERS = "ip_adapter_proj_model.", "double_blocks."
NAMES: Mapping[AdapterNetwork, tuple[str, str]] = {
    AdapterNetwork.UNET: (PROJECTION, LAYERS),
    AdapterNetwork.SD3: (PROJECTION, LAYERS),
    AdapterNetwork.FLUX: (FLUX_PROJECTION, FLUX_LAYERS),
}
"""How the names of the projection and of the layers begin."""
KEYS: Mapping[AdapterNetwork, re.Pattern[str]] = {
    AdapterNetwork.UNET: re.compile(r"ip_adapter\.(\d+)\.to_k_ip\.weight"),
    AdapterNetwork.SD3: re.compile(r"ip_adapter\.(\d+)\.to_k_ip\.weight"),
    AdapterNetwork.FLUX: re.compile(
        r"double_blocks\.(\d+)\.processor\.ip_adapter_double_stream_k_proj\.weight"
    ),
}
REDUX_UP, REDUX_DOWN = "redux_up.weight", "redux_down.weight"
"""FLUX.1 Redux: two layers from an image encoder's pieces to words."""
INSTANTX_KEYS, INSTANTX_SHAPE = "ip_adapter.0.to_k_ip.weight", (3072, 4096)
"""Of InstantX' for FLUX.1, which changes all its blocks (Comfy: `IPAFluxAttnProcessor2_0`)."""
FACE_WIDTH = 512
"""Of what a face recogniser says; no image encoder says so little of each piece."""
PULID = ("pulid_encoder.", "pulid_ca.")
SD3_MARK = "ip_adapter.0.norm_ip.linear.weight"
"""Its layers are told the time."""
OF_KOLORS = (2048, 1024)
"""Widths of the words, and of a piece of what CLIP-ViT-L-14 sees."""
BESIDE = {AdapterNetwork.FLUX: "FluxControlNetModel", AdapterNetwork.SD3: "SD3ControlNetModel"}
"""The ControlNets of the same models: by them a base says which network it is."""
SEVERAL = {AdapterNetwork.REDUX: AdapterNetwork.FLUX}
"""What goes with another kind's models."""


@dataclass(frozen=True, eq=False)
class AdapterFile:
    """One that passed the pre-flight; no number is read yet."""

    weights: WeightFile
    variant: AdapterVariant
    text_width: int
    layer_widths: tuple[int, ...]
    """Of each layer that it changes, in the file's order."""
    encoder_width: int
    """Of what it reads: the encoder's answer for a picture, or for each piece of it."""
    network: AdapterNetwork = AdapterNetwork.UNET
    inner_width: int = 0
    """Of what a plus adapter thinks in between; 0 for others."""

    @property
    def path(self) -> Path:
        return self.weights.path

    @property
    def kept_as(self) -> str:
        return str(self.path)

    @property
    def states(self) -> dict[Path, FileState]:
        return {self.path: self.weights.state}

    @property
    def reads_pieces(self) -> bool:
        return self.variant in (AdapterVariant.PLUS, AdapterVariant.FULL_FACE, AdapterVariant.REDUX)

    @property
    def reads_to_the_end(self) -> bool:
        """True where it reads what the encoder's last layer says of each piece, not the last but one."""
        return self.variant is AdapterVariant.REDUX


def check_is_read(weights: WeightFile) -> None:
    """Raises `UnsupportedModel`, with the reason and what serves instead, for a kind that is not read."""
    tensors, name = weights.tensors, weights.path.name
    if any(key.startswith(PULID) for key in tensors):
        raise _face_id(weights.path, "a PuLID")
    first = tensors.get(INSTANTX_KEYS)
    if first is not None and first.shape == INSTANTX_SHAPE:
        raise UnsupportedModel(
            f"{name} is InstantX' IP-Adapter for FLUX.1: it stands in every block of the network, the "
            "single ones too, and diffusers has no class for that. Choose XLabs', or FLUX.1 Redux.",
            path=str(weights.path),
            problem="adapter_unread",
        )


def _face_id(path: Path, what: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"{path.name} is {what} adapter: it needs a face recogniser that is not free to use for "
        "every purpose, so Lienzo has none. Choose a plain, plus or face IP-Adapter.",
        path=str(path),
        problem="face_id",
    )


def adapter_of(weights: WeightFile) -> AdapterFile | None:
    """By names and shapes; None for what is no IP-Adapter that we know."""
    tensors = weights.tensors
    if REDUX_UP in tensors and REDUX_DOWN in tensors:
        return _redux_of(weights)
    network = _network(tensors)
    keys = sorted((int(found[1]), name) for name in tensors if (found := KEYS[network].fullmatch(name)))
    start = NAMES[network][0]
    if not keys or not any(name.startswith(start) for name in tensors):
        return None
    projection = weights.under(start)
    variant, reading = _variant(projection)
    tensor = projection.get(reading)
    if variant is AdapterVariant.PLUS and tensor is not None and tensor.shape[1:] == (FACE_WIDTH,):
        variant = AdapterVariant.FACE_ID  # InstantID
    if tensor is None or len(tensor.shape) != 2 or any(len(tensors[name].shape) != 2 for _, name in keys):
        return None
    return AdapterFile(
        weights,
        variant,
        text_width=tensors[keys[0][1]].shape[1],
        layer_widths=tuple(tensors[name].shape[0] for _, name in keys),
        encoder_width=tensor.shape[1],
        network=network,
        inner_width=tensor.shape[0] if variant is AdapterVariant.PLUS else 0,
    )


def _redux_of(weights: WeightFile) -> AdapterFile | None:
    up, down = (weights.tensors[name].shape for name in (REDUX_UP, REDUX_DOWN))
    if len(up) != 2 or len(down) != 2 or up[0] != down[1]:
        return None
    return AdapterFile(weights, AdapterVariant.REDUX, down[0], (), up[1], AdapterNetwork.REDUX)


def _network(tensors: Mapping[str, TensorInfo]) -> AdapterNetwork:
    if SD3_MARK in tensors:
        return AdapterNetwork.SD3
    is_flux = any(name.startswith(FLUX_PROJECTION) for name in tensors)
    return AdapterNetwork.FLUX if is_flux else AdapterNetwork.UNET


def _variant(projection: Mapping[str, TensorInfo]) -> tuple[AdapterVariant, str]:
    """And the tensor that the encoder's answer goes into."""
    if "proj.weight" in projection:
        return AdapterVariant.PLAIN, "proj.weight"
    if "proj.3.weight" in projection:
        return AdapterVariant.FULL_FACE, "proj.0.weight"
    if "latents" in projection:
        return AdapterVariant.PLUS, "proj_in.weight"
    return AdapterVariant.FACE_ID, "proj.0.weight"


def check_adapter(file: AdapterFile, base: ControlBase, title: str) -> None:
    """Raises `UnsupportedModel` where `file` cannot be used with the model `title`, saying why."""
    if file.variant is AdapterVariant.FACE_ID:
        raise _face_id(file.path, "a FaceID")
    if fault := adapter_fault(file, file.layer_widths, base):
        raise UnsupportedModel(
            f"{file.path.name} is an IP-Adapter for another model than {title}: {fault}. "
            "Choose one that was made for this model, or take the reference away.",
            path=str(file.path),
            problem="other_base",
        )


def adapter_fault(adapter: AdapterFile | AdapterInfo, layer_widths: Iterable[int], base: ControlBase) -> str:
    """By what one sees that an adapter was made for another model; empty where it seems to fit."""
    network, text_width = adapter.network, adapter.text_width
    own = next((kind for kind, beside in BESIDE.items() if beside in base.classes), AdapterNetwork.UNET)
    if SEVERAL.get(network, network) is not own:
        return f"it is for a network of the kind {network.value}, and the model's is {own.value}"
    # SD 3's stands beside the picture, which is as wide as the layers
    if network is not AdapterNetwork.SD3 and text_width != base.text_width:
        return f"it stands beside words of {text_width} numbers and the model's have {base.text_width}"
    if base.is_kolors and adapter.inner_width != text_width:
        return "it is not Kolors' own, whose layers are as wide as SDXL's"
    if base.is_xl and not base.is_kolors and is_of_kolors(adapter):
        return "it is for Kolors, whose layers are as wide"
    strange = sorted(set(layer_widths) - set(base.widths))
    return f"it changes layers {strange[0]} wide, which the model has not" if strange else ""


def is_of_kolors(adapter: AdapterFile | AdapterInfo) -> bool:
    """Beside SDXL's it is told by how wide it thinks, and by the eyes that it has."""
    is_wide = 0 < adapter.inner_width == adapter.text_width
    return is_wide and (adapter.text_width, adapter.encoder_width) == OF_KOLORS


def read_adapter_state(file: AdapterFile, dtype: torch.dtype) -> dict[str, State]:
    """Its weights, as diffusers takes them."""
    if file.network is AdapterNetwork.REDUX:
        return {"redux": read_tensors([file.weights], dtype, lambda name: name.startswith("redux_"))}
    projection, layers = NAMES[file.network]
    state = read_tensors([file.weights], dtype, lambda name: name.startswith((projection, layers)))
    inner = {_layer_name(name): tensor for name, tensor in under(state, layers).items()}
    return {"image_proj": under(state, projection), "ip_adapter": inner}


def _layer_name(name: str) -> str:
    """XLabs' names as diffusers has them; those of others stay."""
    for before, after in (("ip_adapter_double_stream_k_proj", "to_k_ip"),
                          ("ip_adapter_double_stream_v_proj", "to_v_ip"), ("processor.", "")):  # fmt: skip
        name = name.replace(before, after)
    return name
