"""What trainers call the layers of networks, where that is neither diffusers' name nor that of a single file.

From the names in LoRAs to those of diffusers' classes, as it reads them (loaders/lora_conversion_utils.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.networks.original.rules import Rule, Rules

_QUERIES = ("q", "k", "v")


def _fused(layer: str, attention: str, names: tuple[str, ...]) -> Rule:
    return Rule(layer, tuple(f"{attention}.{name}" for name in names))


_DOUBLE, _SINGLE = r"double_blocks\.(\d+)\.processor", r"single_blocks\.(\d+)\.processor"
_OF_PICTURE, _OF_WORDS = (
    tuple(f"to_{word}" for word in _QUERIES), tuple(f"add_{word}_proj" for word in _QUERIES),
)  # fmt: skip
_XLABS: Rules = (
    _fused(rf"{_DOUBLE}\.qkv_lora1", r"transformer_blocks.\1.attn", _OF_PICTURE),
    _fused(rf"{_DOUBLE}\.qkv_lora2", r"transformer_blocks.\1.attn", _OF_WORDS),
    Rule(rf"{_DOUBLE}\.proj_lora1", r"transformer_blocks.\1.attn.to_out.0"),
    Rule(rf"{_DOUBLE}\.proj_lora2", r"transformer_blocks.\1.attn.to_add_out"),
    _fused(rf"{_SINGLE}\.qkv", r"single_transformer_blocks.\1.attn", _OF_PICTURE),
    Rule(rf"{_SINGLE}\.proj", r"single_transformer_blocks.\1.proj_out"),
)


def _krea2(block: str, to: str) -> Rules:
    return (
        *(Rule(rf"{block}\.attn\.w{word}", rf"{to}.attn.to_{word}") for word in _QUERIES),
        Rule(rf"{block}\.attn\.wo", f"{to}.attn.to_out.0"),
        Rule(rf"{block}\.attn\.gate", f"{to}.attn.to_gate"),
        Rule(rf"{block}\.mlp\.(gate|up|down)", rf"{to}.ff.\2"),
    )


_KREA2: Rules = (
    *_krea2(r"blocks\.(\d+)", r"transformer_blocks.\1"),
    *_krea2(r"txtfusion\.layerwise_blocks\.(\d+)", r"text_fusion.layerwise_blocks.\1"),
    *_krea2(r"txtfusion\.refiner_blocks\.(\d+)", r"text_fusion.refiner_blocks.\1"),
    Rule(r"first", "img_in"),
    Rule(r"last\.linear", "final_layer.linear"),
    Rule(r"tmlp\.0", "time_embed.linear_1"),
    Rule(r"tmlp\.2", "time_embed.linear_2"),
    Rule(r"tproj\.1", "time_mod_proj"),
    Rule(r"txtmlp\.1", "txt_in.linear_1"),
    Rule(r"txtmlp\.3", "txt_in.linear_2"),
    Rule(r"txtfusion\.projector", "text_fusion.projector"),
)
_IDEOGRAM4: Rules = (
    _fused(r"layers\.(\d+)\.attention\.qkv", r"layers.\1.attention", _OF_PICTURE),
    Rule(r"layers\.(\d+)\.attention\.o", r"layers.\1.attention.to_out.0"),
)
_FLUX3_PARTS = {
    "q_proj": "attn.to_q", "k_proj": "attn.to_k", "v_proj": "attn.to_v", "attn_out": "attn.to_out.0",
    "mlp_in": "ff.linear_in", "mlp_out": "ff.linear_out",
}  # fmt: skip
_FLUX3: Rules = tuple(
    rule
    for old, new in _FLUX3_PARTS.items()
    for rule in (
        Rule(rf"single_blocks\.(.+)\.{old}", rf"single_transformer_blocks.\1.{new}"),
        Rule(rf"(.*)content_mode_blocks\.(.+)\.{old}", rf"\1mode_blocks.\2.{new}"),
        Rule(rf"(.+)\.{old}", rf"\1.{new}"),
    )
)
_ANIMA_NORMS = {"self_attn": 1, "cross_attn": 2, "mlp": 3}
_ANIMA_BLOCK, _ANIMA_TO = r"blocks\.(\d+)", r"transformer_blocks.\1"
_ANIMA: Rules = (
    *(
        Rule(rf"{_ANIMA_BLOCK}\.adaln_modulation_{what}\.([12])", rf"{_ANIMA_TO}.norm{number}.linear_\2")
        for what, number in _ANIMA_NORMS.items()
    ),
    *(
        Rule(rf"{_ANIMA_BLOCK}\.{what}_attn\.([qkv])_proj", rf"{_ANIMA_TO}.attn{number}.to_\2")
        for what, number in (("self", 1), ("cross", 2))
    ),
    *(
        Rule(rf"{_ANIMA_BLOCK}\.{what}_attn\.output_proj", f"{_ANIMA_TO}.attn{number}.to_out.0")
        for what, number in (("self", 1), ("cross", 2))
    ),
    Rule(rf"{_ANIMA_BLOCK}\.mlp\.layer1", f"{_ANIMA_TO}.ff.net.0.proj"),
    Rule(rf"{_ANIMA_BLOCK}\.mlp\.layer2", f"{_ANIMA_TO}.ff.net.2"),
    Rule(r"final_layer\.adaln_modulation\.([12])", r"norm_out.linear_\1"),
    Rule(r"final_layer\.linear", "proj_out"),
    Rule(r"t_embedder\.1\.(linear_[12])", r"time_embed.t_embedder.\1"),
    Rule(r"x_embedder\.proj\.1", "patch_embed.proj"),
)
FURTHER: Mapping[str, Rules] = {
    "flux1": _XLABS, "krea2": _KREA2, "ideogram4": _IDEOGRAM4, "flux3": _FLUX3, "anima": _ANIMA,
}  # fmt: skip
"""By family: what its LoRAs are called besides."""
