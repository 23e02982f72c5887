"""LoRAs on networks that are in memory: put on and taken off without touching a weight of the base.

PEFT wraps each layer that a LoRA changes; taking it off puts the very layer back that was there before, so
the base is the same to the bit, however often. Nothing is ever added into the weights themselves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.api.lora_blocks import Blocks
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import unsafe
from engine.checkpoints.weights import read_tensors
from engine.loras.blocks import share_of
from engine.loras.changes import (
    Behind,
    BiasChange,
    OtherChange,
    put_behind,
    take_from_behind,
    weigh_behind,
)
from engine.loras.kinds import BIAS, DIFF_BIAS, WHOLE, LoraKind
from engine.loras.names import LoraLayer
from engine.loras.stand_ins import put_back, put_in_place, weigh_widened, widen

if TYPE_CHECKING:
    import torch


LARGEST_ALPHA = 1e5
"""Beyond it half precision overflows, whatever the LoRA holds."""


@dataclass(frozen=True, eq=False)
class LayerChange:
    """`up @ down * alpha / rank`, in memory."""

    down: torch.Tensor
    """Rank x in (x kernel)."""
    up: torch.Tensor
    alpha: float
    bias: torch.Tensor | None = None
    """Of `up`, in few."""

    @property
    def rank(self) -> int:
        return self.down.shape[0]

    @property
    def tensors(self) -> Mapping[str, torch.Tensor]:
        """By role."""
        return {"down": self.down, "up": self.up, **({} if self.bias is None else {BIAS: self.bias})}


@dataclass(frozen=True, eq=False)
class WholeWeight:
    """What stands in the place of a layer's own weight, in memory."""

    weight: torch.Tensor

    @property
    def tensors(self) -> Mapping[str, torch.Tensor]:
        """By role."""
        return {WHOLE: self.weight}


Change = LayerChange | OtherChange | WholeWeight
Changes = Mapping[str, Change]
"""By the layer's name in its network."""


def read_changes(
    file: WeightFile, layers: Iterable[LoraLayer], dtype: torch.dtype, blocks: Blocks = MappingProxyType({})
) -> dict[str, dict[str, Change]]:
    """Part to its changes, each as strong as `blocks` say.

    Raises `UnsafeFile` where the file is not the one whose header was checked, or an alpha is no use.
    """
    layers = tuple(layers)
    wanted = {
        name for layer in layers
        for name in (layer.down, layer.up, layer.alpha_tensor, *layer.tensors.values()) if name
    }  # fmt: skip
    tensors = read_tensors([file], dtype, wanted.__contains__)
    changes: dict[str, dict[str, Change]] = defaultdict(dict)
    for layer in layers:
        alpha = float(tensors[layer.alpha_tensor]) if layer.alpha_tensor else layer.alpha
        if not abs(alpha) <= LARGEST_ALPHA:  # also where it is no number
            raise unsafe(
                file.path, f"is damaged: its alpha for {layer.layer[:100]} is {alpha:g}",
                "Get it again from its source.",
            )  # fmt: skip
        share = share_of((layer.part, layer.layer), blocks)
        changes[layer.part][layer.layer] = _change(layer, tensors, alpha, share)
    return dict(changes)


def _change(layer: LoraLayer, tensors: Mapping[str, torch.Tensor], alpha: float, share: float) -> Change:
    if layer.kind is LoraKind.WHOLE:
        return WholeWeight(tensors[layer.tensors[WHOLE]])
    if layer.kind is LoraKind.PLAIN:
        bias = layer.tensors.get(BIAS)
        of_up = None if bias is None else _rows_of(tensors[bias], layer)
        if difference := layer.tensors.get(DIFF_BIAS):  # which alpha does not count for
            of_up = _rows_of(tensors[difference], layer) * (layer.rank / alpha if alpha else 0.0)
        return LayerChange(tensors[layer.down], _rows_of(tensors[layer.up], layer), alpha * share, of_up)
    own = {role: tensors[name] for role, name in layer.tensors.items()}
    return OtherChange(layer.kind, own, alpha / layer.rank, layer.shape, layer.rows, layer.is_swapped, share)


def _rows_of(up: torch.Tensor, layer: LoraLayer) -> torch.Tensor:
    import torch

    if layer.is_swapped:
        up = torch.cat(up.chunk(2)[::-1])
    return up if layer.rows is None else up[slice(*layer.rows)]


def put_on(network: Any, name: str, changes: Changes) -> None:
    """Add the LoRA `name` to `network`, at weight 1; the others that it wears stay.

    One that widens a layer comes after the others: they know the layer by its own width.
    """
    plain = {layer: change for layer, change in changes.items() if isinstance(change, LayerChange)}
    behind: dict[str, Behind] = {
        layer: change for layer, change in changes.items() if isinstance(change, OtherChange)
    }
    behind |= {
        layer: BiasChange(change.bias, change.alpha / change.rank)
        for layer, change in plain.items() if change.bias is not None
    }  # fmt: skip
    if behind:
        put_behind(network, name, behind)
    whole = {layer: change.weight for layer, change in changes.items() if isinstance(change, WholeWeight)}
    if whole:
        put_in_place(network, whole)
    wide = {layer: change for layer, change in plain.items() if _widens(network, layer, change)}
    around = {layer: change for layer, change in plain.items() if layer not in wide}
    if around:
        _put_around(network, name, around)
    for layer, change in wide.items():
        widen(network, layer, name, change.down, change.up * (change.alpha / change.rank))


def _widens(network: Any, layer: str, change: LayerChange) -> bool:
    """True where it reads more numbers than the layer does."""
    reads = getattr(network.get_submodule(layer), "in_features", None)
    return reads is not None and change.down.ndim == 2 and change.down.shape[1] > reads


def _put_around(network: Any, name: str, changes: Mapping[str, LayerChange]) -> None:
    import torch
    from peft import LoraConfig, inject_adapter_in_model

    rank, alpha = next((change.rank, change.alpha) for change in changes.values())
    unlike = {
        layer: change for layer, change in changes.items() if (change.rank, change.alpha) != (rank, alpha)
    }
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,  # type: ignore[arg-type]  # a float serves
        target_modules="|".join(map(re.escape, changes)),  # a text is matched whole, a list by its end
        rank_pattern={f"^{re.escape(layer)}$": change.rank for layer, change in unlike.items()},
        alpha_pattern={f"^{re.escape(layer)}$": change.alpha for layer, change in unlike.items()},  # type: ignore[arg-type]
        init_lora_weights=False,
    )
    # The engine runs jobs in inference mode; what is made there could not be changed outside of it.
    with torch.inference_mode(False), torch.no_grad():
        inject_adapter_in_model(config, network, adapter_name=name)
        vars(network).pop("peft_config", None)  # left there it would be warned about with the next one
        for layer, change in changes.items():
            wrapper: Any = network.get_submodule(layer)
            for kept, new in ((wrapper.lora_A[name], change.down), (wrapper.lora_B[name], change.up)):
                kept.weight.copy_(new.reshape(kept.weight.shape))
    network.requires_grad_(False)


def set_weights(network: Any, weights: Mapping[str, float]) -> None:
    """Let exactly the LoRAs of `weights` act, each at its own."""
    weigh_behind(network, weights)
    weigh_widened(network, weights)
    for layer in _wrappers(network).values():
        layer.set_adapter([name for name in weights if name in layer.lora_A], inference_mode=True)
        for name, weight in weights.items():
            if name in layer.lora_A:
                layer.set_scale(name, weight)


def trainable(network: Any, name: str) -> dict[str, torch.nn.Parameter]:
    """The numbers of the LoRA `name`, now float32 and open to learning: `layer.down` and `layer.up`."""
    found = {}
    for layer, wrapper in _wrappers(network).items():
        wrapper.set_adapter([name])
        for side, kept in (("down", wrapper.lora_A[name]), ("up", wrapper.lora_B[name])):
            kept.float().requires_grad_(True)
            found[f"{layer}.{side}"] = kept.weight
    return found


@contextmanager
def switched_off(network: Any) -> Iterator[None]:
    """Inside, the network answers as if it wore nothing."""
    wrappers = _wrappers(network).values()
    for wrapper in wrappers:
        wrapper._disable_adapters = True  # `enable_adapters` would also close them to learning
    try:
        yield
    finally:
        for wrapper in wrappers:
            wrapper._disable_adapters = False


def take_off(network: Any) -> None:
    """The network as it was before any `put_on`: the same layers, not copies of them."""
    take_from_behind(network)
    put_back(network)
    for name, wrapper in _wrappers(network).items():
        parent, _, child = name.rpartition(".")
        setattr(network.get_submodule(parent), child, wrapper.get_base_layer())


def _wrappers(network: Any) -> dict[str, Any]:
    from peft.tuners.lora import LoraLayer as PeftLayer

    return {name: module for name, module in network.named_modules() if isinstance(module, PeftLayer)}
