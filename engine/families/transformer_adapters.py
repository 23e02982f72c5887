"""IP-Adapters in and out of transformers: FLUX.1's double blocks, and all blocks of Stable Diffusion 3."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.api.errors import UnsupportedModel
from engine.api.references import AdapterNetwork, ReferenceScope
from engine.families.adapter_networks import Worn, WornAdapters, copied
from engine.families.weights import State

SINGLE = "single_transformer_blocks"
"""FLUX's later blocks, which no adapter changes."""


class _InTransformer:
    """What both have in common: a check, diffusers' own loading, and everything as before afterwards."""

    kept: tuple[str, ...]
    """Attributes of the network that loading sets."""

    def __init__(self, network: Any, states: Sequence[dict[str, State]], names: Sequence[str]) -> None:
        """Raises `UnsupportedModel` where one does not fit; then nothing is in the network."""
        import torch

        self._network = network
        self._processors = dict(network.attn_processors)
        self._before = {name: getattr(network, name, None) for name in self.kept}
        wanted = sum(not name.startswith(SINGLE) for name in self._processors)
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
                self._load([copied(state) for state in states])
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

    def _load(self, states: list[dict[str, State]]) -> None:
        raise NotImplementedError

    def take_out(self) -> None:
        for name, value in self._before.items():  # first: SD 3's has attention of its own
            setattr(self._network, name, value)
        self._network.set_attn_processor(dict(self._processors))


class WornByFlux(_InTransformer):
    """Any number of them, summed."""

    kept = ("encoder_hid_proj",)

    def _load(self, states: list[dict[str, State]]) -> None:
        self._network._load_ip_adapter_weights(states)

    def weigh(self, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> None:
        for processor in self._network.attn_processors.values():
            if hasattr(processor, "scale"):
                processor.scale = list(weights)


class WornBySD3(_InTransformer):
    """One: its network has one place for it."""

    kept = ("image_proj",)

    def _load(self, states: list[dict[str, State]]) -> None:
        (state,) = states
        self._network._load_ip_adapter_weights(state)

    def weigh(self, weights: Sequence[float], scopes: Sequence[ReferenceScope]) -> None:
        for processor in self._network.attn_processors.values():
            if hasattr(processor, "scale"):
                (processor.scale,) = weights


WORN: Mapping[AdapterNetwork, Callable[[Any, Sequence[dict[str, State]], Sequence[str]], WornAdapters]] = {
    AdapterNetwork.UNET: Worn,
    AdapterNetwork.FLUX: WornByFlux,
    AdapterNetwork.SD3: WornBySD3,
}
