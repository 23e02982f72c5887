"""From the makers' names of tensors to those of diffusers' classes, as tables that are read on headers alone.

Whatever a layout does to a network, its rows lie in the file one after another: a fused projection is three
ranges of bytes, a renamed layer the same bytes under another name. So a header is rewritten and no number is
touched; what reads the file afterwards sees the classes' own names and shapes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from engine.api.errors import UnsupportedModel
from engine.checkpoints.checkpoint import FLOATS, Kept, TensorInfo

Tensors = Mapping[str, TensorInfo]
Rows = Callable[[Tensors], Sequence[int]]
"""From a whole header to how many rows each piece of a fused layer has."""

ENDINGS = {"weight": "weight", "bias": "bias", "scale": "weight", "gamma": "gamma"}
"""Last words of a tensor's name, and what the classes call them: the makers' norms have a `scale`."""
SCALES = (".scale_weight", ".weight_scale")
"""Beside a layer's weight in 8 bits: what its numbers are multiplied by (ComfyUI's files)."""
NOT_WEIGHTS = re.compile(
    r"(^|\.)(scaled_fp8|scale_input|input_scale|comfy_quant|spiece_model|tekken_model|tokenizer_json|"
    r"position_ids|logit_scale)$"
)
"""What programs put into a file beside the network."""


@dataclass(frozen=True)
class Rule:
    """What becomes of one kind of layer. The first rule of a table that fits counts."""

    layer: str
    """A regular expression for the whole name, without its last word."""
    to: str | tuple[str, ...] = ""
    """The class's name, or several where its rows are theirs in turn; "" leaves the layer out."""
    rows: Rows | None = None
    """How many rows each of several has; None: all the same."""
    kept: Kept = Kept.AS_IT_IS
    endings: tuple[str, ...] = ()
    """Last words that it is for; empty for all."""
    flat: bool = False
    """True where the file has a convolution of one pixel and the class a linear layer."""


Rules = Sequence[Rule]


def renamed(tensors: Tensors, rules: Rules) -> dict[str, TensorInfo]:
    """`tensors` by the names of the class; what no rule is for keeps its own."""
    table = [(re.compile(rule.layer), rule) for rule in rules]
    found: dict[str, TensorInfo] = {}
    for name, tensor in tensors.items():
        layer, ending = _split(name)
        for pattern, rule in table:
            hit = pattern.fullmatch(layer) if not rule.endings or ending in rule.endings else None
            if hit is not None:
                found.update(_followed(rule, hit, ending, tensor, tensors))
                break
        else:
            found[_joined(layer, ending)] = tensor
    return found


def _split(name: str) -> tuple[str, str]:
    layer, _, ending = name.rpartition(".")
    return (layer, ending) if ending in ENDINGS else (name, "")


def _joined(layer: str, ending: str) -> str:
    return f"{layer}.{ENDINGS[ending]}" if ending else layer


def _followed(
    rule: Rule, hit: re.Match[str], ending: str, tensor: TensorInfo, tensors: Tensors
) -> dict[str, TensorInfo]:
    names = (rule.to,) if isinstance(rule.to, str) else rule.to
    if names == ("",):
        return {}
    pieces = [tensor]
    if len(names) > 1:
        rows = rule.rows(tensors) if rule.rows else [tensor.shape[0] // len(names)] * len(names)
        pieces = _rows_of(tensor, rows, hit[0])
    return {
        _joined(hit.expand(name), ending): _laid(piece, rule, ending)
        for name, piece in zip(names, pieces, strict=True)
    }


def _laid(tensor: TensorInfo, rule: Rule, ending: str) -> TensorInfo:
    if rule.flat and ending == "weight":
        tensor = tensor._replace(shape=flat(tensor.shape))
    if rule.kept is Kept.TRANSPOSED:
        tensor = tensor._replace(shape=tensor.shape[::-1])
    return tensor._replace(kept=rule.kept) if rule.kept else tensor


def flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(out, in) of (out, in, 1, 1)."""
    return shape[:2] if all(side == 1 for side in shape[2:]) else shape


def _rows_of(tensor: TensorInfo, rows: Sequence[int], layer: str) -> list[TensorInfo]:
    """`tensor` cut into pieces of so many rows; the bytes of a row are whole in every number format."""
    total = tensor.shape[0] if tensor.shape else 0
    if sum(rows) != total or not total or tensor.kept:
        raise UnsupportedModel(
            f"The layer {layer[:100]} has {total} rows, and {' + '.join(map(str, rows))} were expected. "
            "Get the model again from its source."
        )
    row_bytes = (tensor.end - tensor.start) // total
    pieces, start = [], tensor.start
    for number in rows:
        end = start + number * row_bytes
        pieces.append(tensor._replace(shape=(number, *tensor.shape[1:]), start=start, end=end))
        start = end
    return pieces


def weights_only(tensors: Tensors) -> dict[str, TensorInfo]:
    """`tensors` with each scale at its weight, and without what is no weight.

    Raises `UnsupportedModel` where weights are packed in a way that a scale alone does not undo.
    """
    scales = {
        name[: -len(ending)] + ".weight": tensor
        for name, tensor in tensors.items()
        for ending in SCALES
        if name.endswith(ending)
    }
    found: dict[str, TensorInfo] = {}
    for name, tensor in tensors.items():
        if name.endswith(SCALES) or NOT_WEIGHTS.search(name):
            continue
        scale = scales.get(name)
        if scale is not None:
            if tensor.dtype not in FLOATS or math.prod(scale.shape) != 1:
                raise UnsupportedModel(
                    f"Its layer {name[:100]} is quantised in a way that Lienzo cannot read yet "
                    f"({tensor.dtype} with {math.prod(scale.shape)} scales). Choose the model in 16 bits."
                )
            tensor = tensor._replace(scale=scale)
        found[name] = tensor
    return found


def numbered(tensors: Container[str], name: str, first: int = 0) -> int:
    """How many of a name there are that has 0, 1, 2, ... (from `first` on) in place of `{}`."""
    return next(number for number in count(first) if name.format(number) not in tensors) - first


def number_of(tensors: Iterable[str], layers: str) -> int:
    """How many layers `layers.0.`, `layers.1.`, ... there are."""
    heads = {name[: name.index(".", len(layers) + 1)] for name in tensors if _is_below(name, layers)}
    return numbered(heads, f"{layers}.{{}}")


def _is_below(name: str, layers: str) -> bool:
    return name.startswith(f"{layers}.") and "." in name[len(layers) + 1 :]
