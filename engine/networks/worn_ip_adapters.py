"""IP-Adapters in and out of networks: UNets, FLUX.1's double blocks, and all blocks of Stable Diffusion 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.api.errors import UnsupportedModel
from engine.api.references import AdapterNetwork, ReferenceScope
from engine.checkpoints.weights import State
from engine.networks.control_sizes import XL_MARK

SINGLE = "single_transformer_blocks"
"""FLUX's later blocks, which no adapter changes."""
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


class WornAdapters:
    """IP-Adapters inside a network, summed. Taken out again, the network is as it was."""

    kept: tuple[str, ...] = ("encoder_hid_proj",)
    """Attributes of the network that loading sets."""

    def __init__(self, network: Any, states: Sequence[dict[str, State]], names: Sequence[str]) -> None:
        """Raises `UnsupportedModel` where one does not fit; then nothing is in the network."""
        import torch

        self._network = network
        self._processors = dict(network.attn_processors)
        self._before = {name: getattr(network, name) for name in self.kept if hasattr(network, name)}
        wanted = sum(map(self._is_changed, self._processors))
        for state, name in zip(states, names, strict=True):
            found = sum(key.endswith("to_k_ip.weight") for key in state["ip_adapter"])
            if found != wanted:
                raise UnsupportedModel(
                    f"{name} is an IP-Adapter for another model: it changes {found} layers and the model has "
                    f"{wanted}. Choose one that was made for this model.",
                    problem="other_base",
                )
        try:
            with torch.inference_mode(False), torch.no_grad():
                # loading changes the mappings
                self._load([{part: dict(state) for part, state in one.items()} for one in states])
                if empty := [name for name, part in network.named_parameters() if part.is_meta]:
                    raise ValueError(f"{len(empty)} tensors are missing, first {empty[0]}")
            network.eval().requires_grad_(False)
            return
        except Exception as error:  # a stranger's shapes fail inside the library in any way they like
            cause = f"{type(error).__name__}: {str(error)[:200]}"
        self.take_out()
        raise UnsupportedModel(
            f"The IP-Adapter {', '.join(names)} does not fit its architecture ({cause}). "
            "Get it again from its source."
        )

    def weigh(self, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> None:
        """How much each counts, and in which layers."""
        for layer, processor in self._network.attn_processors.items():
            if hasattr(processor, "scale"):
                processor.scale = self._scale(layer, weights, scopes)

    def take_out(self) -> None:
        """The network is as it was."""
        for name in self.kept:  # first: SD 3's has attention of its own
            if name in self._before:
                setattr(self._network, name, self._before[name])
            elif hasattr(self._network, name):
                delattr(self._network, name)
        self._network.set_attn_processor(dict(self._processors))

    def _is_changed(self, layer: str) -> bool:
        """Whether an adapter has keys and values for the attention layer of that name."""
        return not layer.startswith(SINGLE)

    def _load(self, states: list[dict[str, State]]) -> None:
        self._network._load_ip_adapter_weights(states)

    def _scale(self, layer: str, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> Any:
        return list(weights)


class WornByUNet(WornAdapters):
    kept = ("encoder_hid_proj", "text_encoder_hid_proj")
    """The second is Kolors': loading puts there what brings its words to their width."""

    def __init__(self, network: Any, states: Sequence[dict[str, State]], names: Sequence[str]) -> None:
        self._dim_type = network.config.encoder_hid_dim_type
        super().__init__(network, states, names)

    def take_out(self) -> None:
        super().take_out()
        self._network.config.encoder_hid_dim_type = self._dim_type

    def _is_changed(self, layer: str) -> bool:
        return layer.endswith("attn2.processor")

    def _load(self, states: list[dict[str, State]]) -> None:
        """diffusers would take what GLIGEN has between the layers for layers that an adapter changes."""
        import torch

        between = {block: block.fuser for block in self._network.modules() if hasattr(block, "fuser")}
        for block in between:
            block.fuser = torch.nn.Identity()
        try:
            super()._load(states)
        finally:
            for block, fuser in between.items():
                block.fuser = fuser

    def _scale(self, layer: str, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> Any:
        is_xl = self._network.config.addition_embed_type == XL_MARK
        return [weight * share_of(layer, scope, is_xl) for weight, scope in zip(weights, scopes, strict=True)]


class WornBySD3(WornAdapters):
    """One: its network has one place for it."""

    kept = ("image_proj",)

    def _load(self, states: list[dict[str, State]]) -> None:
        (state,) = states
        self._network._load_ip_adapter_weights(state)

    def _scale(self, layer: str, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> Any:
        (weight,) = weights
        return weight


WORN: Mapping[AdapterNetwork, type[WornAdapters]] = {
    AdapterNetwork.UNET: WornByUNet,
    AdapterNetwork.FLUX: WornAdapters,
    AdapterNetwork.SD3: WornBySD3,
}


def share_of(layer: str, scope: ReferenceScope, is_xl: bool) -> float:
    """How much of a reference's weight the attention layer of that name takes, 0 to 1."""
    if scope is ReferenceScope.ALL:
        return 1.0
    shares = SHARES[is_xl][scope]
    return next((share for start, share in shares.items() if layer.startswith(start)), 0.0)
