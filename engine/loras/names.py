"""Which layer of which network a LoRA's tensors belong to, from names and shapes alone, without torch.

Files come in several layouts; all name the layers of the network that they were learnt with:

    unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight      diffusers, PEFT
    unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora.down.weight   diffusers, older
    base_model.model.down_blocks.0.attentions.0...to_q.lora_A.weight                   PEFT's own folders
    lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight   Kohya, A1111
    lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q.lora_down.weight   Kohya on the original names
    lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight   the same, of a layer that is three in diffusers

So a name is not taken apart but looked up among the layers that the base has: what is not found there, or
has another shape, was learnt with another base.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.api.errors import UnsupportedModel
from engine.checkpoints.checkpoint import Kept, TensorInfo, WeightFile
from engine.loras import kinds as lora_kinds
from engine.loras.kinds import LoraKind
from engine.loras.spellings import DOWN, PREFIXES, Shapes, place_of, spellings_of, split_name
from engine.loras.told import Told, base_told, told_by
from engine.networks.original.rules import Rule, Rules

Shape = tuple[int, ...]

OTHER_KINDS = {
    "a LoHa or LoKr with a core tensor": lora_kinds.CORES,
    "a LoCon with a core tensor": (".lora_mid.weight",),
    "an IA3": (".on_input",),
    "a change of norms": (".w_norm", ".b_norm"),
}
"""Kinds whose tensors a LoRA's sum does not hold; applied as a LoRA they would only look wrong."""

LARGEST_RANK = 4096


@dataclass(frozen=True)
class LoraLayer:
    """One layer's change: its weight gets `weight * alpha / rank * up @ down` added."""

    part: str
    layer: str
    """Of the base, under its class's names."""
    down: str
    """Tensor in the file, rank x in (x kernel)."""
    up: str
    """Out x rank."""
    rank: int
    alpha_tensor: str | None
    """Tensor in the file that holds alpha; None where `alpha` says it."""
    alpha: float
    rows: tuple[int, int] | None = None
    """Of `up`: those for this layer, where the file has one change for several."""
    is_swapped: bool = False
    """True where the file has the second half of `up`'s rows first."""
    kind: LoraKind = LoraKind.PLAIN
    tensors: Mapping[str, str] = field(default_factory=dict)
    """Of another kind than a plain one: role to tensor in the file."""
    shape: Shape = ()
    """Of the base's layer."""


def has_lora_names(names: Mapping[str, TensorInfo]) -> bool:
    """True where a file with these tensors is a LoRA, or one of its kin."""
    endings = (*DOWN, *lora_kinds.ENDINGS, *(ending for kind in OTHER_KINDS.values() for ending in kind))
    return any(name.endswith(endings) for name in names)


def largest_rank(file: WeightFile) -> int:
    endings = (*DOWN, ".hada_w1_b", ".lokr_w1_b", ".lokr_w2_b")
    return max(
        (tensor.shape[0] for name, tensor in file.tensors.items() if name.endswith(endings)), default=0
    )


def layers_of(
    file: WeightFile, base: Mapping[str, Shapes], base_title: str, makers: Rules = ()
) -> tuple[LoraLayer, ...]:
    """The layers that `file` changes, each known to be in `base` (part to its layers) with that shape.

    `makers` is the table from the names of the base's own makers to its class's: many trainers keep those.

    Raises `UnsupportedModel` naming the file, the kind or the first layer that does not fit, and, where the
    file tells it, the base that it was learnt with.
    """
    _refuse_other_kinds(file)
    known = {part: spellings_of(part, shapes) for part, shapes in base.items()}
    table = _table(makers)
    found: dict[tuple[str, str], dict[str, str]] = {}
    pieces: dict[tuple[str, str], _Piece] = {}
    for name in file.tensors:
        stem, role = split_name(name)
        place = place_of(stem, known) if role else None
        several = _makers_places(stem, known, base, table) if role and place is None else {}
        if place is None and not several:
            if role in (lora_kinds.DIFF, lora_kinds.DIFF_BIAS) and len(file.tensors[name].shape) < 2:
                raise _not_applied(file, f"changes {stem[:100]}, a norm,")
            raise _other_base(file, base_title, f"it has no layer {stem[:100]}")
        pieces |= several
        for each in (place,) if place is not None else several:
            found.setdefault(each, {})[role] = name
    told = told_by(file)
    return tuple(
        _layer(file, place, roles, base, base_title, told, pieces.get(place))
        for place, roles in sorted(found.items())
    )


@dataclass(frozen=True)
class _Piece:
    """Which rows of a change are a layer's, and how many it has in all."""

    rows: tuple[int, int]
    total: int
    is_swapped: bool = False


_Table = Sequence[tuple["re.Pattern[str]", Rule]]


def _table(makers: Rules) -> _Table:
    """The makers' layers as files spell them: with dots, or with `_` for every dot."""
    return [(re.compile(rule.layer.replace(r"\.", "[._]")), rule) for rule in makers]


def _makers_places(
    stem: str, known: Mapping[str, Mapping[str, str]], base: Mapping[str, Shapes], table: _Table
) -> dict[tuple[str, str], _Piece]:
    """The layers that are one in the makers' code, each with its rows; {} where the makers have none such."""
    for part in ("transformer", "unet"):
        for prefix in PREFIXES[part] if part in known else ():
            bare = stem.removeprefix(prefix)
            if not stem.startswith(prefix):
                continue
            for pattern, rule in table:
                hit = pattern.fullmatch(bare)
                if hit is not None:
                    return _places_by(rule, hit, part, known[part], base[part])
    return {}


def _places_by(
    rule: Rule, hit: re.Match[str], part: str, spellings: Mapping[str, str], shapes: Shapes
) -> dict[tuple[str, str], _Piece]:
    names = (rule.to,) if isinstance(rule.to, str) else rule.to
    layers = [spellings.get(hit.expand(name).replace(".", "_")) for name in names]
    if not all(layers):
        return {}
    total = sum(shapes[str(layer)][0] for layer in layers)
    found, start = {}, 0
    for layer in map(str, layers):
        end = start + shapes[layer][0]
        found[part, layer] = _Piece((start, end), total, rule.kept is Kept.SWAPPED)
        start = end
    return found


def _layer(
    file: WeightFile,
    place: tuple[str, str],
    roles: Mapping[str, str],
    base: Mapping[str, Shapes],
    base_title: str,
    told: Told,
    piece: _Piece | None,
) -> LoraLayer:
    part, layer = place
    kind = lora_kinds.kind_of(roles)
    if not lora_kinds.is_whole(kind, roles):
        raise UnsupportedModel(
            f"{file.path.name} holds only half of its change to {layer[:100]}. Get it again from its source.",
            path=str(file.path),
        )
    if "alpha" in roles and math.prod(file.tensors[roles["alpha"]].shape) != 1:
        raise UnsupportedModel(
            f"{file.path.name} has an alpha for {layer[:100]} that is not one number. "
            "Get it again from its source.",
            path=str(file.path),
        )
    if kind is LoraKind.DIFFERENCE:
        return _difference(file, place, roles, base, base_title, piece)
    if kind in (LoraKind.LOHA, LoraKind.LOKR):
        return _other_layer(file, kind, place, roles, base, base_title, piece)
    down, up = (file.tensors[roles[side]].shape for side in ("down", "up"))
    wanted = base[part][layer]
    rows = up[0] if up else 0
    if piece is not None and up[:1] == (piece.total,):
        up = (piece.rows[1] - piece.rows[0], *up[1:])
    rank = down[0] if down else 0
    if not 0 < rank <= LARGEST_RANK or _changes(down, up) != _without_ones(wanted):
        reason = (
            f"for {layer[:100]} it has {_words(up)} by {_words(down)}, and the model needs {_words(wanted)}"
        )
        raise _other_base(file, base_title, reason)
    if kind is LoraKind.DORA and not lora_kinds.gain_fits(file.tensors[roles[lora_kinds.GAIN]].shape, rows):
        raise UnsupportedModel(
            f"{file.path.name} is a DoRA of an older kind, with a length for every column of {layer[:100]} "
            "in place of every row, which Lienzo cannot apply yet. Choose a plain LoRA.",
            path=str(file.path),
        )
    return LoraLayer(
        part, layer, roles["down"], roles["up"], rank, roles.get("alpha"), told.alpha_of(place, rank),
        piece.rows if piece is not None else None, piece is not None and piece.is_swapped,
        kind, _with_bias(roles) if kind is LoraKind.PLAIN else _without_alpha(roles), wanted,
    )  # fmt: skip


def _with_bias(roles: Mapping[str, str]) -> dict[str, str]:
    return {role: name for role, name in roles.items() if role == lora_kinds.DIFF_BIAS}


def _difference(
    file: WeightFile,
    place: tuple[str, str],
    roles: Mapping[str, str],
    base: Mapping[str, Shapes],
    base_title: str,
    piece: _Piece | None,
) -> LoraLayer:
    """A layer whose change is in the file as it is."""
    part, layer = place
    wanted = base[part][layer]
    rows = wanted[0] if piece is None else piece.total
    needed = {lora_kinds.DIFF: (rows, *wanted[1:]), lora_kinds.DIFF_BIAS: (rows,)}
    for role, name in _without_alpha(roles).items():
        shape = file.tensors[name].shape
        if _without_ones(shape) != _without_ones(needed[role]):
            reason = f"for {layer[:100]} it has {_words(shape)}, and the model needs {_words(needed[role])}"
            raise _other_base(file, base_title, reason)
    return LoraLayer(
        part, layer, "", "", 1, None, 1.0, piece.rows if piece is not None else None,
        piece is not None and piece.is_swapped, LoraKind.DIFFERENCE, _without_alpha(roles), wanted,
    )  # fmt: skip


def _other_layer(
    file: WeightFile,
    kind: LoraKind,
    place: tuple[str, str],
    roles: Mapping[str, str],
    base: Mapping[str, Shapes],
    base_title: str,
    piece: _Piece | None,
) -> LoraLayer:
    """A layer of a LoHa or a LoKr."""
    part, layer = place
    wanted, shapes = base[part][layer], {role: file.tensors[name].shape for role, name in roles.items()}
    size = lora_kinds.size_of(kind, shapes)
    needed = (wanted[0], math.prod(wanted[1:]))
    is_cut = piece is not None and size == (piece.total, needed[1])
    if not is_cut and size != needed:
        reason = f"for {layer[:100]} it has {_words(size or ())}, and the model needs {_words(needed)}"
        raise _other_base(file, base_title, reason)
    rank = lora_kinds.rank_of(kind, shapes)
    return LoraLayer(
        part, layer, "", "", rank or 1, roles.get("alpha") if rank else None, float(rank or 1),
        piece.rows if piece is not None and is_cut else None, piece is not None and piece.is_swapped,
        kind, _without_alpha(roles), wanted,
    )  # fmt: skip


def _without_alpha(roles: Mapping[str, str]) -> dict[str, str]:
    return {role: name for role, name in roles.items() if role != "alpha"}


def _changes(down: Shape, up: Shape) -> Shape | None:
    """The shape of the weight that `up @ down` is added to, sides of 1 at its end left out; None for none."""
    if len(down) < 2 or len(up) < 2 or up[1] != down[0] or any(side != 1 for side in up[2:]):
        return None
    return _without_ones((up[0], *down[1:]))


def _without_ones(shape: Shape) -> Shape:
    """A linear layer and a convolution of one pixel are the same: (out, in) and (out, in, 1, 1)."""
    return shape[:2] if all(side == 1 for side in shape[2:]) else shape


def _refuse_other_kinds(file: WeightFile) -> None:
    for kind, endings in OTHER_KINDS.items():
        if any(name.endswith(endings) for name in file.tensors):
            raise _not_applied(file, f"is {kind},")


def _not_applied(file: WeightFile, what: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"{file.path.name} {what} which Lienzo cannot apply yet. Choose a plain LoRA.", path=str(file.path)
    )


def _words(shape: Shape) -> str:
    return " x ".join(map(str, shape)) or "nothing"


def _other_base(file: WeightFile, base_title: str, reason: str) -> UnsupportedModel:
    told = base_told(file.metadata)
    learnt_with = f" It was learnt with {told}." if told else ""
    return UnsupportedModel(
        f"{file.path.name} is a LoRA for another model than {base_title}: {reason}.{learnt_with} "
        "Choose the model that it was learnt with, or take it away.",
        path=str(file.path),
        problem="other_base",
        base=told,
    )
