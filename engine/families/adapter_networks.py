"""IP-Adapters: sizes, fit and weights of all; in and out of a UNet (`transformer_adapters` has the others).

An adapter (https://arxiv.org/abs/2308.06721) gives every layer that reads words a second pair of keys and
values, for what an image encoder says of a picture, and a projection of that to the width of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.errors import UnsupportedModel
from engine.api.references import AdapterNetwork, AdapterVariant, ReferenceScope
from engine.families.checkpoint import TensorInfo, WeightFile, under
from engine.families.control_networks import XL_MARK, ControlBase
from engine.families.foreign_files import FileState
from engine.families.weights import State, read_tensors

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
SD3_MARK = "ip_adapter.0.norm_ip.linear.weight"
"""Its layers are told the time."""
BESIDE = {AdapterNetwork.FLUX: "FluxControlNetModel", AdapterNetwork.SD3: "SD3ControlNetModel"}
"""The ControlNets of the same models: by them a base says which network it is."""

SHARES: Mapping[bool, Mapping[ReferenceScope, Mapping[str, float]]] = {
    True: {
        ReferenceScope.STYLE: {"up_blocks.0.attentions.1.": 1.0},
        ReferenceScope.COMPOSITION: {"down_blocks.2.attentions.1.": 1.0},
    },
    False: {
        ReferenceScope.STYLE: dict.fromkeys(
            ("down_blocks.0.", "down_blocks.1.", "mid_block.", "up_blocks.2.", "up_blocks.3."), 1.0
        ),
        ReferenceScope.COMPOSITION: {"down_blocks.2.attentions.0.": 0.25, "down_blocks.2.attentions.1.": 1.0},
    },
}
"""Of SDXL (True) and of Stable Diffusion 1 and 2: which layers carry manner, and which carry layout.

InstantStyle (https://arxiv.org/abs/2404.02733) found XL's two; version 1's are those of ComfyUI's IPAdapter.
"""


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

    @property
    def path(self) -> Path:
        return self.weights.path

    @property
    def states(self) -> dict[Path, FileState]:
        return {self.path: self.weights.state}

    @property
    def reads_pieces(self) -> bool:
        return self.variant in (AdapterVariant.PLUS, AdapterVariant.FULL_FACE)


def adapter_of(weights: WeightFile) -> AdapterFile | None:
    """By names and shapes; None for what is no IP-Adapter that we know."""
    tensors = weights.tensors
    network = _network(tensors)
    keys = sorted((int(found[1]), name) for name in tensors if (found := KEYS[network].fullmatch(name)))
    start = NAMES[network][0]
    if not keys or not any(name.startswith(start) for name in tensors):
        return None
    projection = weights.under(start)
    variant, reading = _variant(projection)
    tensor = projection.get(reading)
    if tensor is None or len(tensor.shape) != 2 or any(len(tensors[name].shape) != 2 for _, name in keys):
        return None
    return AdapterFile(
        weights,
        variant,
        text_width=tensors[keys[0][1]].shape[1],
        layer_widths=tuple(tensors[name].shape[0] for _, name in keys),
        encoder_width=tensor.shape[1],
        network=network,
    )


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
        raise UnsupportedModel(
            f"{file.path.name} is a FaceID adapter: it needs a face recogniser that is not free to use for "
            "every purpose, so Lienzo has none. Choose a plain, plus or face IP-Adapter.",
            path=str(file.path),
            problem="face_id",
        )
    if fault := adapter_fault(file.network, file.text_width, file.layer_widths, base):
        raise UnsupportedModel(
            f"{file.path.name} is an IP-Adapter for another model than {title}: {fault}. "
            "Choose one that was made for this model, or take the reference away.",
            path=str(file.path),
            problem="other_base",
        )


def adapter_fault(
    network: AdapterNetwork, text_width: int, layer_widths: Iterable[int], base: ControlBase
) -> str:
    """By what one sees that an adapter was made for another model; empty where it seems to fit."""
    own = next((kind for kind, beside in BESIDE.items() if beside in base.classes), AdapterNetwork.UNET)
    if network is not own:
        return f"it is for a network of the kind {network.value}, and the model's is {own.value}"
    # SD 3's stands beside the picture, which is as wide as the layers
    if network is not AdapterNetwork.SD3 and text_width != base.text_width:
        return f"it stands beside words of {text_width} numbers and the model's have {base.text_width}"
    strange = sorted(set(layer_widths) - set(base.widths))
    return f"it changes layers {strange[0]} wide, which the model has not" if strange else ""


def read_adapter_state(file: AdapterFile, dtype: torch.dtype) -> dict[str, State]:
    """Its weights, as diffusers takes them."""
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


class WornAdapters(Protocol):
    """IP-Adapters inside a network."""

    def weigh(self, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> None:
        """How much each counts, and in which layers."""
        ...

    def take_out(self) -> None:
        """The network is as it was."""
        ...


class Worn:
    """IP-Adapters inside a UNet. Taken out again, the UNet is as it was."""

    def __init__(self, unet: Any, states: Sequence[dict[str, State]], names: Sequence[str]) -> None:
        """Raises `UnsupportedModel` where one does not fit; then nothing is in the UNet."""
        import torch

        self._unet = unet
        self._before = dict(unet.attn_processors)
        self._dim_type, self._projection = unet.config.encoder_hid_dim_type, unet.encoder_hid_proj
        self._check_layers(states, names)
        try:
            with torch.inference_mode(False), torch.no_grad():
                unet._load_ip_adapter_weights([copied(state) for state in states])
            unet.eval().requires_grad_(False)
            return
        except Exception as error:  # a stranger's shapes fail inside the library in any way they like
            cause = f"{type(error).__name__}: {str(error)[:200]}"
        self.take_out()
        raise UnsupportedModel(
            f"The IP-Adapter {', '.join(names)} does not fit its architecture ({cause}). "
            "Get it again from its source."
        )

    def _check_layers(self, states: Sequence[dict[str, State]], names: Sequence[str]) -> None:
        wanted = sum(name.endswith("attn2.processor") for name in self._before)
        for state, name in zip(states, names, strict=True):
            found = sum(key.endswith("to_k_ip.weight") for key in state["ip_adapter"])
            if found != wanted:
                raise UnsupportedModel(
                    f"{name} is an IP-Adapter for another model: it changes {found} layers and the model has "
                    f"{wanted}. Choose one that was made for this model.",
                    problem="other_base",
                )

    def weigh(self, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> None:
        """How much each counts, and in which layers."""
        is_xl = self._unet.config.addition_embed_type == XL_MARK
        for name, processor in self._unet.attn_processors.items():
            if hasattr(processor, "scale"):
                processor.scale = [
                    weight * share_of(name, scope, is_xl)
                    for weight, scope in zip(weights, scopes, strict=True)
                ]

    def take_out(self) -> None:
        unet = self._unet
        unet.encoder_hid_proj = self._projection
        unet.config.encoder_hid_dim_type = self._dim_type
        unet.set_attn_processor(dict(self._before))


def share_of(layer: str, scope: ReferenceScope, is_xl: bool) -> float:
    """How much of a reference's weight the attention layer of that name takes, 0 to 1."""
    if scope is ReferenceScope.ALL:
        return 1.0
    shares = SHARES[is_xl][scope]
    return next((share for start, share in shares.items() if layer.startswith(start)), 0.0)


def copied(state: dict[str, State]) -> dict[str, State]:
    """Other mappings of the same tensors: what is done to the mappings is not kept."""
    return {part: dict(tensors) for part, tensors in state.items()}
