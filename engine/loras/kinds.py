"""LoRAs whose change is no plain product: DoRA, LoHa and LoKr, told by names and shapes, without torch.

DoRA    gain * (W + up @ down) / |W + up @ down|            https://arxiv.org/abs/2402.09353
LoHa    W + (w1_a @ w1_b) * (w2_a @ w2_b), number by number https://arxiv.org/abs/2309.14859
LoKr    W + w1 (x) w2, each whole or a product of two       the same
diff    W + diff, and diff_b added to the bias              kohya-ss/sd-scripts, LyCORIS (full)
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping

Shape = tuple[int, ...]


class LoraKind(enum.Enum):
    """How a file says a layer's change."""

    PLAIN = "LoRA"
    DORA = "DoRA"
    LOHA = "LoHa"
    LOKR = "LoKr"
    DIFFERENCE = "differences"
    WHOLE = "whole weights"
    """In place of the layer's own: the norms of a control LoRA."""


GAIN, BIAS, WHOLE = "gain", "bias", "whole"
DIFF, DIFF_BIAS = "diff", "diff_b"
"""Of a file that says the change itself: the weight's, and the bias's, which a plain LoRA may have too."""
HADA = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
KRON = ("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b")
ENDINGS = {
    **dict.fromkeys(
        (
            ".dora_scale", ".lora_magnitude_vector", ".lora_magnitude_vector.weight",
            ".lora_magnitude_vector.default.weight",
        ),
        GAIN,
    ),
    **{f".{role}": role for role in (*HADA, *KRON, DIFF, DIFF_BIAS)},
}  # fmt: skip
"""Last words of a tensor's name, and what the tensor is."""
CORES = (".hada_t1", ".hada_t2", ".lokr_t2")
"""Of the same kinds with a core tensor for convolutions, which are not applied."""


def kind_of(roles: Mapping[str, object]) -> LoraKind:
    """By what a file has for one layer."""
    if roles.keys() & set(HADA):
        return LoraKind.LOHA
    if roles.keys() & set(KRON):
        return LoraKind.LOKR
    if DIFF in roles or roles.keys() <= {DIFF_BIAS, "alpha"}:
        return LoraKind.DIFFERENCE
    return LoraKind.DORA if GAIN in roles else LoraKind.PLAIN


def is_whole(kind: LoraKind, roles: Mapping[str, object]) -> bool:
    """True where nothing of the change is missing."""
    if kind is LoraKind.DIFFERENCE:
        return not {"down", "up"} & roles.keys()
    if kind is LoraKind.LOHA:
        return roles.keys() >= set(HADA)
    if kind is LoraKind.LOKR:
        return all(
            f"lokr_{side}" in roles or roles.keys() >= {f"lokr_{side}_a", f"lokr_{side}_b"}
            for side in ("w1", "w2")
        )
    return {"down", "up"} <= roles.keys()


def size_of(kind: LoraKind, shapes: Mapping[str, Shape]) -> Shape | None:
    """Rows and columns of the change, all its sides but the first taken together; None where they differ."""
    if kind is LoraKind.LOHA:
        one, other = (_product(shapes[f"hada_{side}_a"], shapes[f"hada_{side}_b"]) for side in ("w1", "w2"))
        return one if one == other else None
    one, other = _factor("w1", shapes), _factor("w2", shapes)
    return None if one is None or other is None else (one[0] * other[0], one[1] * other[1])


def rank_of(kind: LoraKind, shapes: Mapping[str, Shape]) -> int:
    """By which alpha is divided; 0 where alpha does not count."""
    if kind is LoraKind.LOHA:
        return shapes["hada_w1_b"][0]
    decomposed = (shapes[name] for name in ("lokr_w1_b", "lokr_w2_b") if name in shapes)
    return next((shape[0] for shape in decomposed), 0)


def gain_fits(gain: Shape, rows: int) -> bool:
    """True for one number a row; some old files have one a column, which is another norm."""
    return math.prod(gain) == rows and gain[:1] == (rows,)


def _factor(side: str, shapes: Mapping[str, Shape]) -> Shape | None:
    whole = shapes.get(f"lokr_{side}")
    if whole is not None:
        return (whole[0], math.prod(whole[1:])) if len(whole) > 1 else None
    return _product(shapes[f"lokr_{side}_a"], shapes[f"lokr_{side}_b"])


def _product(one: Shape, other: Shape) -> Shape | None:
    if len(one) != 2 or len(other) < 2 or one[1] != other[0] or not one[1]:
        return None
    return one[0], math.prod(other[1:])
