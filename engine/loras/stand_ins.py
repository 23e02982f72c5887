"""What a control LoRA puts in the place of a network's own: weights of norms, and a layer that reads more.

The network's own weights and layers are kept as they are, and put back when the LoRA is taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel

if TYPE_CHECKING:
    import torch

WEIGHTS, LAYERS = "_own_weights", "_own_layers"
"""Attributes of a network: what stands aside, to be put back."""


def put_in_place(network: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Let the layers of `weights` have those for their own.

    Raises `UnsupportedModel` where one does not fit.
    """
    import torch

    aside = vars(network).setdefault(WEIGHTS, [])
    for layer, weight in weights.items():
        module: Any = network.get_submodule(layer)
        own = module.weight
        if own.shape != weight.shape:
            raise UnsupportedModel(
                f"The control LoRA is for another model: its {layer[:100]} has {tuple(weight.shape)} "
                f"numbers, and the model's {tuple(own.shape)}. Choose the model that it was learnt with.",
                problem="other_base",
            )
        aside.append((module, own))
        with torch.inference_mode(False), torch.no_grad():
            module.weight = torch.nn.Parameter(weight.to(own).clone(), requires_grad=False)


def widen(network: Any, layer: str, name: str, down: torch.Tensor, up: torch.Tensor) -> None:
    """Let `layer` read as many numbers as `down` (rank x in), of which its own weight knows the first."""
    import torch

    parent, _, child = layer.rpartition(".")
    own: Any = network.get_submodule(layer)
    with torch.inference_mode(False), torch.no_grad():
        wide = _wide_layer(own, name, down, up)
    vars(network).setdefault(LAYERS, []).append((network.get_submodule(parent), child, own))
    setattr(network.get_submodule(parent), child, wide)


def weigh_widened(network: Any, weights: Mapping[str, float]) -> None:
    """Let those of `weights` act, each at its own, and no others."""
    for parent, child, _ in vars(network).get(LAYERS, ()):
        wide = getattr(parent, child)
        wide.strength = weights.get(wide.lora, 0.0)


def put_back(network: Any) -> None:
    """The network with its own weights and layers: the very same, not copies of them."""
    for module, own in vars(network).pop(WEIGHTS, ()):
        module.weight = own
    for parent, child, own in vars(network).pop(LAYERS, ()):
        setattr(parent, child, own)


def _wide_layer(own: Any, name: str, down: torch.Tensor, up: torch.Tensor) -> Any:
    import torch

    class Wide(torch.nn.Module):
        """A linear layer that reads further numbers, which count by what a LoRA has learnt of them."""

        def __init__(self) -> None:
            super().__init__()
            self.own, self.lora, self.strength = own, name, 1.0
            self.in_features, self.out_features = down.shape[1], up.shape[0]
            self.down = torch.nn.Parameter(down.clone(), requires_grad=False)
            self.up = torch.nn.Parameter(up.clone(), requires_grad=False)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            linear = torch.nn.functional.linear
            known = self.own(inputs[..., : self.own.in_features].contiguous())
            return known + self.strength * linear(linear(inputs, self.down), self.up)

    return Wide()
