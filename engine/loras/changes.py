"""DoRA, LoHa, LoKr and differences on networks in memory: added to what a layer says, weights untouched.

Each layer keeps its own module; a hook behind it adds the change. Taking it off takes the hook away.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.checkpoints import packed
from engine.loras.kinds import DIFF, DIFF_BIAS, GAIN, LoraKind

if TYPE_CHECKING:
    import torch

PLACE = "_other_changes"
"""Attribute of a network: what it wears of these, by name."""


@dataclass(eq=False)
class OtherChange:
    """One layer's change, in memory."""

    kind: LoraKind
    tensors: Mapping[str, torch.Tensor]
    """By role, as `engine.loras.kinds` names them."""
    scale: float
    """Alpha through rank."""
    shape: tuple[int, ...]
    """Of the layer's weight."""
    rows: tuple[int, int] | None = None
    """Those for this layer, where the file has one change for several."""
    is_swapped: bool = False
    """True where the file has the second half of the rows first."""
    share: float = 1.0
    """Of the LoRA's weight that counts here."""
    _gain: torch.Tensor | None = field(default=None, init=False)

    def said(self, layer: Any, inputs: torch.Tensor) -> torch.Tensor:
        """What is to be added to the layer's output for `inputs`, on the device on which those are."""
        if next(iter(self.tensors.values())).device != inputs.device:  # where memory is short, layers move
            self.tensors = {role: tensor.to(inputs.device) for role, tensor in self.tensors.items()}
        if self.kind is LoraKind.DIFFERENCE:
            return self.share * self._difference(layer, inputs)
        if self.kind is not LoraKind.DORA:
            return self.share * _through(layer, inputs, self._delta(inputs.dtype))
        weight = _weight(layer, inputs.dtype)
        gain = self._gain_of(weight).to(inputs)
        gain = gain if weight.ndim == 2 else gain[:, None, None]
        plain = _through(layer, inputs, weight)
        learnt = _through(layer, inputs, self._product(inputs.dtype).reshape(self.shape))
        return self.share * ((gain - 1) * plain + gain * learnt)

    def _difference(self, layer: Any, inputs: torch.Tensor) -> torch.Tensor:
        said = inputs.new_zeros(())
        if (diff := self.tensors.get(DIFF)) is not None:
            said = _through(layer, inputs, self._cut(diff).reshape(self.shape).to(inputs.dtype))
        if (bias := self.tensors.get(DIFF_BIAS)) is not None:
            bias = self._cut(bias).to(inputs.dtype)
            said = said + (bias if len(self.shape) == 2 else bias[:, None, None])
        return said

    def _gain_of(self, weight: torch.Tensor) -> torch.Tensor:
        """Of each row: its length as learnt through its length with the change."""
        if self._gain is None:
            whole = weight.float().flatten(1) + self._product(weight.dtype).float()
            learnt = self._cut(self.tensors[GAIN].float().reshape(-1, 1))[:, 0]
            self._gain = learnt / whole.norm(dim=1)
        return self._gain

    def _product(self, dtype: torch.dtype) -> torch.Tensor:
        """`up @ down`, scaled, rows x columns."""
        up, down = self._cut(self.tensors["up"].flatten(1)), self.tensors["down"].flatten(1)
        return self.scale * (up @ down).to(dtype)

    def _delta(self, dtype: torch.dtype) -> torch.Tensor:
        whole = self._hadamard() if self.kind is LoraKind.LOHA else self._kronecker()
        return (self.scale * self._cut(whole)).reshape(self.shape).to(dtype)

    def _hadamard(self) -> torch.Tensor:
        w1_a, w1_b, w2_a, w2_b = (self.tensors[f"hada_{name}"] for name in ("w1_a", "w1_b", "w2_a", "w2_b"))
        return (w1_a @ w1_b.flatten(1)) * (w2_a @ w2_b.flatten(1))

    def _kronecker(self) -> torch.Tensor:
        import torch

        one, other = self._factor("w1"), self._factor("w2")
        kernel = math.prod(self.shape[2:])
        other = other.reshape(other.shape[0], -1, *([kernel] if kernel > 1 else []))
        one = one[..., None] if kernel > 1 else one
        return torch.kron(one.contiguous(), other.contiguous()).flatten(1)

    def _factor(self, side: str) -> torch.Tensor:
        whole = self.tensors.get(f"lokr_{side}")
        if whole is not None:
            return whole
        return self.tensors[f"lokr_{side}_a"] @ self.tensors[f"lokr_{side}_b"].flatten(1)

    def _cut(self, whole: torch.Tensor) -> torch.Tensor:
        """The rows of `whole` that are for this layer."""
        import torch

        if self.is_swapped:
            whole = torch.cat(whole.chunk(2)[::-1])
        return whole if self.rows is None else whole[slice(*self.rows)]


@dataclass(eq=False)
class BiasChange:
    """What a LoRA adds to every answer of a layer, whatever it is asked."""

    bias: torch.Tensor
    scale: float
    """Alpha through rank."""

    def said(self, layer: Any, inputs: torch.Tensor) -> torch.Tensor:
        if self.bias.device != inputs.device:
            self.bias = self.bias.to(inputs.device)
        bias = self.bias.to(inputs.dtype)
        return self.scale * bias.reshape(-1, *[1] * (layer.weight.ndim - 2))


Behind = OtherChange | BiasChange


def put_behind(network: Any, name: str, changes: Mapping[str, Behind]) -> None:
    """Let `network` say what `changes` add, by layer, under `name` at weight 1."""
    worn = vars(network).setdefault(PLACE, {})
    weight = {"weight": 1.0}

    def behind(change: Behind):
        def add(layer: Any, inputs: tuple[Any, ...], output: Any) -> Any:
            return output + weight["weight"] * change.said(layer, inputs[0]).to(output.dtype)

        return add

    handles = [
        _bare(network.get_submodule(layer)).register_forward_hook(behind(change))
        for layer, change in changes.items()
    ]
    worn[name] = (weight, handles)


def weigh_behind(network: Any, weights: Mapping[str, float]) -> None:
    """Let those of `weights` act, each at its own, and no others."""
    for name, (weight, _) in vars(network).get(PLACE, {}).items():
        weight["weight"] = weights.get(name, 0.0)


def take_from_behind(network: Any) -> None:
    """The network as it was before any `put_behind`."""
    for _, handles in vars(network).pop(PLACE, {}).values():
        for handle in handles:
            handle.remove()


def _bare(layer: Any) -> Any:
    """The layer itself, where a plain LoRA stands around it."""
    return layer.get_base_layer() if hasattr(layer, "get_base_layer") else layer


def _weight(layer: Any, dtype: torch.dtype) -> torch.Tensor:
    weight = layer.weight
    if not weight.is_floating_point() and "scale" in layer._buffers:
        from engine.checkpoints.eight_bits.layers import unpack  # imports torch

        return unpack(weight, layer.scale, dtype)
    return packed.unpacked(weight, dtype) if packed.is_packed(weight) else weight.to(dtype)


def _through(layer: Any, inputs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """What `layer` would say with `weight` for its own, and no bias."""
    from torch.nn import functional

    if weight.ndim == 2:
        return functional.linear(inputs, weight)
    return functional.conv2d(
        inputs, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups
    )  # fmt: skip
