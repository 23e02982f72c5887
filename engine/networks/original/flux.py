"""The transformers of FLUX.1, Chroma and FLUX.2 as their makers' code names them.

black-forest-labs/flux: src/flux/model.py; black-forest-labs/flux2: src/flux2/model.py.
"""

from __future__ import annotations

from engine.api.form import Json
from engine.checkpoints.checkpoint import Kept
from engine.networks.original.rules import Rule, Tensors, number_of

_TWO = (r"in_layer", r"linear_1"), (r"out_layer", r"linear_2")
_EMBEDDED = {"time_in": "timestep", "vector_in": "text", "guidance_in": "guidance"}


def _rows(tensors: Tensors) -> tuple[int, int, int, int]:
    """Of a single block's first layer: query, key, value and what the feed-forward reads."""
    width = tensors["img_in.weight"].shape[0]
    return width, width, width, tensors["single_blocks.0.linear1.weight"].shape[0] - 3 * width


def _blocks(hidden: str, out: str, single_fused: bool) -> tuple[Rule, ...]:
    """Both kinds of blocks; `hidden` and `out` are the layers of the feed-forward."""
    double, single = r"double_blocks\.(\d+)", r"single_blocks\.(\d+)"
    block, alone = r"transformer_blocks.\1", r"single_transformer_blocks.\1"
    return (
        Rule(rf"{double}\.img_attn\.qkv", tuple(f"{block}.attn.to_{word}" for word in "qkv")),
        Rule(rf"{double}\.txt_attn\.qkv", tuple(f"{block}.attn.add_{word}_proj" for word in "qkv")),
        Rule(rf"{double}\.img_attn\.norm\.query_norm", f"{block}.attn.norm_q"),
        Rule(rf"{double}\.img_attn\.norm\.key_norm", f"{block}.attn.norm_k"),
        Rule(rf"{double}\.txt_attn\.norm\.query_norm", f"{block}.attn.norm_added_q"),
        Rule(rf"{double}\.txt_attn\.norm\.key_norm", f"{block}.attn.norm_added_k"),
        Rule(rf"{double}\.img_attn\.proj", f"{block}.attn.to_out.0"),
        Rule(rf"{double}\.txt_attn\.proj", f"{block}.attn.to_add_out"),
        Rule(rf"{double}\.img_mlp\.0", f"{block}.ff.{hidden}"),
        Rule(rf"{double}\.img_mlp\.2", f"{block}.ff.{out}"),
        Rule(rf"{double}\.txt_mlp\.0", f"{block}.ff_context.{hidden}"),
        Rule(rf"{double}\.txt_mlp\.2", f"{block}.ff_context.{out}"),
        Rule(rf"{double}\.img_mod\.lin", f"{block}.norm1.linear"),
        Rule(rf"{double}\.txt_mod\.lin", f"{block}.norm1_context.linear"),
        Rule(rf"{single}\.norm\.query_norm", f"{alone}.attn.norm_q"),
        Rule(rf"{single}\.norm\.key_norm", f"{alone}.attn.norm_k"),
        Rule(rf"{single}\.modulation\.lin", f"{alone}.norm.linear"),
        Rule(rf"{single}\.linear1", f"{alone}.attn.to_qkv_mlp_proj")
        if single_fused
        else Rule(
            rf"{single}\.linear1",
            (*(f"{alone}.attn.to_{word}" for word in "qkv"), f"{alone}.proj_mlp"), _rows,
        ),
        Rule(rf"{single}\.linear2", f"{alone}.attn.to_out" if single_fused else f"{alone}.proj_out"),
    )  # fmt: skip


_ENDS = (
    Rule(r"img_in", "x_embedder"),
    Rule(r"txt_in", "context_embedder"),
    Rule(r"final_layer\.linear", "proj_out"),
    # the makers say shift before scale, diffusers scale before shift
    Rule(r"final_layer\.adaLN_modulation\.1", "norm_out.linear", kept=Kept.SWAPPED),
)

FLUX1 = (
    *_ENDS,
    *(
        Rule(rf"{old}\.{layer}", f"time_text_embed.{new}_embedder.{linear}")
        for old, new in _EMBEDDED.items()
        for layer, linear in _TWO
    ),
    *_blocks("net.0.proj", "net.2", single_fused=False),
)
CHROMA = (
    *_ENDS,
    Rule(r"(distilled_guidance_layer\.layers\.\d+)\.in_layer", r"\1.linear_1"),
    Rule(r"(distilled_guidance_layer\.layers\.\d+)\.out_layer", r"\1.linear_2"),
    *_blocks("net.0.proj", "net.2", single_fused=False),
)  # fmt: skip
FLUX2 = (
    *_ENDS,
    *(
        Rule(rf"{old}\.{layer}", f"time_guidance_embed.{_EMBEDDED[old]}_embedder.{linear}")
        for old in ("time_in", "guidance_in")
        for layer, linear in _TWO
    ),
    Rule(r"((?:double|single)_stream_modulation\w*)\.lin", r"\1.linear"),
    *_blocks("linear_in", "linear_out", single_fused=True),
)

SCHEDULER: dict[str, Json] = {
    "num_train_timesteps": 1000, "shift": 3.0, "use_dynamic_shifting": True, "base_shift": 0.5,
    "max_shift": 1.15, "base_image_seq_len": 256, "max_image_seq_len": 4096,
}  # fmt: skip
"""Of all that were not distilled to a fixed shift."""

MARKS = ("double_blocks.0.img_attn.qkv.weight", "img_in.weight")


def _shared(tensors: Tensors, head: int) -> dict[str, Json]:
    first = tensors["x_embedder.weight"].shape
    return {
        "in_channels": first[1],
        "out_channels": tensors["proj_out.weight"].shape[0],
        "num_layers": number_of(tensors, "transformer_blocks"),
        "num_single_layers": number_of(tensors, "single_transformer_blocks"),
        "attention_head_dim": head,
        "num_attention_heads": first[0] // head,
        "joint_attention_dim": tensors["context_embedder.weight"].shape[1],
    }


def _head(tensors: Tensors) -> int:
    return tensors["transformer_blocks.0.attn.norm_q.weight"].shape[0]


def flux1_config(tensors: Tensors) -> dict[str, Json]:
    return {
        **_shared(tensors, _head(tensors)),
        "axes_dims_rope": [16, 56, 56],
        "pooled_projection_dim": tensors["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "guidance_embeds": "time_text_embed.guidance_embedder.linear_1.weight" in tensors,
    }


def chroma_config(tensors: Tensors) -> dict[str, Json]:
    into = tensors["distilled_guidance_layer.in_proj.weight"].shape
    return {
        **_shared(tensors, _head(tensors)),
        "axes_dims_rope": [16, 56, 56],
        "approximator_num_channels": into[1],
        "approximator_hidden_dim": into[0],
        "approximator_layers": number_of(tensors, "distilled_guidance_layer.layers"),
    }


def flux2_config(tensors: Tensors) -> dict[str, Json]:
    width = tensors["x_embedder.weight"].shape[0]
    time = tensors["time_guidance_embed.timestep_embedder.linear_1.weight"]
    return {
        **_shared(tensors, _head(tensors)),
        "axes_dims_rope": [32, 32, 32, 32],
        "timestep_guidance_channels": time.shape[1],
        "mlp_ratio": tensors["transformer_blocks.0.ff.linear_in.weight"].shape[0] / width / 2,
        "guidance_embeds": "time_guidance_embed.guidance_embedder.linear_1.weight" in tensors,
    }  # fmt: skip
