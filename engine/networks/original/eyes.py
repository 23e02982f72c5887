"""The eyes of Qwen2.5-VL in a GGUF file of their own (llama.cpp's `mmproj`), put beside its words.

llama.cpp's converter takes apart what the class has whole: query, key and value, and the first layer's two
moments in time (convert_hf_to_gguf.py, `Qwen2VLVisionModel`; gguf-py/gguf/tensor_mapping.py).
"""

from __future__ import annotations

from engine.checkpoints.checkpoint import Kept, TensorInfo
from engine.networks.original.rules import Rule, Rules, Tensors, number_of, renamed

ARCHITECTURE = "clip"
"""What such a file says it is."""
_FIRST = "v.patch_embd.weight"
_MARKS = (_FIRST, f"{_FIRST}.1", "v.blk.0.ffn_gate.weight", "mm.0.weight", "mm.2.weight")
_BLOCK, _OLD = r"model.visual.blocks.\1", r"v\.blk\.(\d+)"
_RULES: Rules = (
    Rule(rf"{_OLD}\.attn_qkv", f"{_BLOCK}.attn.qkv"),
    Rule(rf"{_OLD}\.attn_out", f"{_BLOCK}.attn.proj"),
    Rule(rf"{_OLD}\.ln([12])", rf"{_BLOCK}.norm\2"),
    Rule(rf"{_OLD}\.ffn_(gate|up|down)", rf"{_BLOCK}.mlp.\2_proj"),
    Rule(r"v\.post_ln", "model.visual.merger.ln_q"),
    Rule(r"mm\.([02])", r"model.visual.merger.mlp.\1"),
)


def fits(tensors: Tensors) -> bool:
    return all(mark in tensors for mark in _MARKS)


def width(tensors: Tensors) -> int:
    """Of what they say of a piece: as wide as the words beside it."""
    return tensors["mm.2.weight"].shape[0]


def by_class_names(tensors: Tensors) -> dict[str, TensorInfo]:
    """The tensors as `Qwen2_5_VLForConditionalGeneration` names them, whole again."""
    rest = {name: tensor for name, tensor in tensors.items() if not name.startswith(_FIRST)}
    first = _joined([tensors[_FIRST], tensors[f"{_FIRST}.1"]], Kept.STACKED)
    whole = {"model.visual.patch_embed.proj.weight": first}
    for block in range(number_of(tensors, "v.blk")):
        for ending in ("weight", "bias"):
            names = [f"v.blk.{block}.attn_{word}.{ending}" for word in "qkv"]
            if all(name in rest for name in names):
                pieces = [rest.pop(name) for name in names]
                whole[f"model.visual.blocks.{block}.attn.qkv.{ending}"] = _joined(pieces, Kept.JOINED)
    return {**whole, **renamed(rest, _RULES)}


def _joined(pieces: list[TensorInfo], kept: Kept) -> TensorInfo:
    """One tensor of several that lie apart."""
    first = pieces[0]
    if kept is Kept.STACKED:
        shape = (*first.shape[:2], len(pieces), *first.shape[2:])
    else:
        shape = (sum(piece.shape[0] for piece in pieces), *first.shape[1:])
    end = first.start + sum(piece.end - piece.start for piece in pieces)
    return TensorInfo(first.dtype, shape, first.start, end, kept, pieces=tuple(pieces))
