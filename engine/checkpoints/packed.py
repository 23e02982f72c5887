"""Weights in the block formats of GGUF (Q8_0, Q4_K, ...): packed in memory, unpacked layer by layer in use.

The unpacking is diffusers' own, in torch, on every device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.checkpoints.checkpoint import HEAD, Kept, TensorInfo

if TYPE_CHECKING:
    import torch

    from engine.checkpoints.weights import State


def read(numbers: torch.Tensor, tensor: TensorInfo) -> torch.Tensor:
    """The bytes of a tensor as diffusers' `GGUFParameter`, rows x bytes of a row.

    Raises `UnsupportedModel` for a block format that diffusers does not unpack.
    """
    import torch
    from diffusers.quantizers.gguf.utils import SUPPORTED_GGUF_QUANT_TYPES, GGUFParameter
    from gguf import GGMLQuantizationType

    kind = GGMLQuantizationType[tensor.dtype]
    if kind not in SUPPORTED_GGUF_QUANT_TYPES:
        raise UnsupportedModel(
            f"Its weights are packed as {tensor.dtype}, which Lienzo cannot unpack. "
            "Choose the model as Q8_0, Q6_K, Q5_K or Q4_K."
        )
    rows = numbers.reshape(*tensor.shape[:-1], -1)
    if tensor.kept is Kept.SWAPPED:
        rows = torch.cat(rows.chunk(2)[::-1])
    if tensor.kept is Kept.WOVEN:
        rows = unwoven(rows)
    return GGUFParameter(rows, quant_type=kind)  # type: ignore[reportCallIssue]


def unwoven(rows: torch.Tensor) -> torch.Tensor:
    """`rows` of heads with the first half of each before its second, as `Kept.WOVEN` has them not."""
    return rows.reshape(-1, HEAD // 2, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def is_packed(tensor: torch.Tensor) -> bool:
    return getattr(tensor, "quant_type", None) is not None


def unpacked(tensor: Any, dtype: torch.dtype) -> torch.Tensor:
    from diffusers.quantizers.gguf.utils import dequantize_gguf_tensor

    return dequantize_gguf_tensor(tensor).to(dtype)


def put_in(network: Any, state: State) -> None:
    """Linear layers of `network` whose weights in `state` are packed become such that unpack them in use.

    What is packed and no linear layer's is unpacked at once, in `state`; so is everything of a network of
    `transformers`, which asks its weights for their number format.
    """
    names = [name for name, tensor in state.items() if is_packed(tensor)]
    if not names:
        return
    import torch
    from diffusers import ModelMixin
    from diffusers.quantizers.gguf.utils import GGUFLinear

    dtype = next((tensor.dtype for tensor in state.values() if tensor.is_floating_point()), torch.float32)
    modules = dict(network.named_modules())
    for name in names:
        parent, _, field = name.rpartition(".")
        layer = modules[parent]
        if not isinstance(network, ModelMixin) or type(layer) is not torch.nn.Linear or field != "weight":
            state[name] = unpacked(state[name], dtype)
            continue
        new = GGUFLinear(
            layer.in_features, layer.out_features, layer.bias is not None, compute_dtype=dtype, device="meta"  # type: ignore[arg-type]
        )  # fmt: skip
        new.weight = state[name]  # type: ignore[assignment]
        above, _, child = parent.rpartition(".")
        setattr(modules[above] if above else network, child, new)
