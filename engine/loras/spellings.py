"""How files write the names of a network's layers: what stands before and after, older words, dots or `_`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.loras import kinds as lora_kinds
from engine.networks.original.layer_names import original_names

Shapes = Mapping[str, tuple[int, ...]]
"""Name of a layer of the base to the shape of its weight."""

DOWN = (".lora_A.weight", ".lora_A.default.weight", ".lora.down.weight", ".lora_down.weight",
        "_lora.down.weight", ".lora_linear_layer.down.weight", "_lora1.down.weight",
        "_lora2.down.weight")  # fmt: skip
UP = (".lora_B.weight", ".lora_B.default.weight", ".lora.up.weight", ".lora_up.weight",
      "_lora.up.weight", ".lora_linear_layer.up.weight", "_lora1.up.weight",
      "_lora2.up.weight")  # fmt: skip
ALPHA = (".alpha",)
ENDINGS = {
    **dict.fromkeys(DOWN, "down"), **dict.fromkeys(UP, "up"), **dict.fromkeys(ALPHA, "alpha"),
    **lora_kinds.ENDINGS,
}  # fmt: skip

_NETWORK = (
    "base_model.model.", "model.diffusion_model.", "diffusion_model.", "lycoris_", "unet.", "",
)  # fmt: skip
_COMFYUI = "text_encoders.{}.transformer."
PREFIXES = {
    "unet": ("lora_unet_", *_NETWORK),
    "transformer": (
        "transformer.", "conditional_transformer.", "lora_transformer_", "lora_unet_", *_NETWORK,
    ),
    "prior_prior": ("prior.", "unet.", "base_model.model.", ""),
    "text_encoder": (
        "text_encoder.", "lora_te_", "lora_te1_", _COMFYUI.format("clip_l"), _COMFYUI.format("clip_h"),
    ),
    "text_encoder_2": (
        "text_encoder_2.", "lora_te2_", "lora_te3_", _COMFYUI.format("clip_g"), _COMFYUI.format("t5xxl"),
    ),
    "text_encoder_3": ("text_encoder_3.", "lora_te3_", _COMFYUI.format("t5xxl")),
}  # fmt: skip
"""By part: what stands before the layer's name. Kohya counts T5 as the third, where it is FLUX.1's second."""
_NUMBERED = re.compile(r"(.+\.processor\.(?:qkv|proj)_lora[12])\.(down|up)\.weight")
"""XLabs' for FLUX.1: of the picture (1) and of the words (2)."""

OLDER_NAMES = (
    (".processor.to_out", ".to_out.0"), (".processor.", "."), (".to_out_lora", ".to_out.0"),
    ("self_attn.to_q", "self_attn.q_proj"), ("self_attn.to_k", "self_attn.k_proj"),
    ("self_attn.to_v", "self_attn.v_proj"), ("self_attn.to_out", "self_attn.out_proj"),
)  # fmt: skip
"""How diffusers before 0.20 called some layers, and how they are called now."""


def split_name(name: str) -> tuple[str, str]:
    """What stands before the ending, and what the tensor is: `down`, `up`, `alpha` or nothing known."""
    if numbered := _NUMBERED.fullmatch(name):
        return numbered[1], numbered[2]
    for ending, role in ENDINGS.items():
        if name.endswith(ending):
            return name.removesuffix(ending), role
    return name, ""


def place_of(stem: str, known: Mapping[str, Mapping[str, str]]) -> tuple[str, str] | None:
    for part, spellings in known.items():
        for prefix in PREFIXES.get(part, (f"{part}.",)):
            if not stem.startswith(prefix):
                continue
            for spelling in _newer(stem.removeprefix(prefix)):
                if spelling in spellings:
                    return part, spellings[spelling]
    return None


def _newer(name: str) -> Iterator[str]:
    yield name
    for old, new in OLDER_NAMES:
        name = name.replace(old, new)
    yield name


def spellings_of(part: str, shapes: Shapes) -> dict[str, str]:
    """Every way in which files write a layer's name, to the name."""
    spellings = {}
    for name in shapes:
        for spelling in (name, f"text_model.{name}", name.removeprefix("text_model.")):
            spellings[spelling] = spellings[spelling.replace(".", "_")] = name
    for name, original in original_names(shapes).items() if part == "unet" else ():
        spellings[original] = spellings[original.replace(".", "_")] = name
    return spellings
