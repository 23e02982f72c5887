"""Text encoders in files of their own or inside a checkpoint: what tells them, their names, their sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.api.form import Json
from engine.checkpoints.checkpoint import Kept, TensorInfo
from engine.networks.original.rules import Rule, Rules, Tensors, number_of, renamed
from engine.networks.stable_diffusion import whole

NO_RULES: Rules = ()


@dataclass(frozen=True)
class Encoder:
    """One kind of text encoder. `id` is also how ComfyUI calls it inside a checkpoint."""

    id: str
    title: str
    class_name: str
    prefixes: tuple[str, ...]
    """What stands before its names inside a checkpoint."""
    marks: Mapping[str, tuple[str, ...]]
    """The layout that each name tells (any one of them is enough), with names that must be beside it."""
    rules: Rules
    sizes: Callable[[Tensors], dict[str, Json]]
    """From the shapes under the class's names."""
    width: Callable[[Mapping[str, Json]], int]
    """What comes out of it, from its configuration."""
    file_hint: str
    """A file that holds it, as artists know it."""
    without: tuple[str, ...] = ()
    """Names of others with the same marks."""
    architecture: str = ""
    """What a GGUF file must say it is, where names do not tell."""
    words_alone: Encoder | None = None
    """What reads words as it does and sees no pictures."""
    apart: Encoder | None = None
    """It, where its eyes are in a file of their own."""

    def fits(self, tensors: Tensors) -> bool:
        if any(name in tensors for name in self.without):
            return False
        for mark, beside in self.marks.items():
            if mark in tensors and all(name in tensors for name in beside):
                return True
        return False

    def read(self, tensors: Tensors) -> tuple[dict[str, TensorInfo], dict[str, Json]]:
        """The tensors by the class's names, and its configuration."""
        named = renamed(tensors, self.rules)
        return named, self.sizes(named)


# CLIP


def _clip_sizes(tensors: Tensors, act: str, pad: int) -> dict[str, Json]:
    tokens = (
        tensors.get("text_model.embeddings.token_embedding.weight")
        or tensors["embeddings.token_embedding.weight"]
    )
    head = "text_model." if "text_model.embeddings.token_embedding.weight" in tensors else ""
    places = tensors[f"{head}embeddings.position_embedding.weight"]
    projection = tensors.get("text_projection.weight")
    width = tokens.shape[1]
    return {
        "vocab_size": tokens.shape[0],
        "hidden_size": width,
        "projection_dim": projection.shape[0] if projection else width,
        "max_position_embeddings": places.shape[0],
        "intermediate_size": tensors[f"{head}encoder.layers.0.mlp.fc1.weight"].shape[0],
        "num_hidden_layers": number_of(tensors, f"{head}encoder.layers"),
        "num_attention_heads": max(1, width // 64),
        "hidden_act": act,
        "layer_norm_eps": 1e-5,
        "bos_token_id": tokens.shape[0] - 2,
        "eos_token_id": tokens.shape[0] - 1,
        "pad_token_id": pad,
    }


_OPEN_CLIP = (
    Rule(r"positional_embedding", "text_model.embeddings.position_embedding.weight"),
    Rule(r"token_embedding", "text_model.embeddings.token_embedding"),
    Rule(r"ln_final", "text_model.final_layer_norm"),
    Rule(r"text_projection", "text_projection.weight", kept=Kept.TRANSPOSED, endings=("",)),
    Rule(
        r"transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)",
        tuple(rf"text_model.encoder.layers.\1.self_attn.{word}_proj.\2" for word in "qkv"),
    ),
    Rule(
        r"transformer\.resblocks\.(\d+)\.attn\.out_proj",
        r"text_model.encoder.layers.\1.self_attn.out_proj",
    ),
    Rule(r"transformer\.resblocks\.(\d+)\.ln_([12])", r"text_model.encoder.layers.\1.layer_norm\2"),
    Rule(r"transformer\.resblocks\.(\d+)\.mlp\.c_fc", r"text_model.encoder.layers.\1.mlp.fc1"),
    Rule(r"transformer\.resblocks\.(\d+)\.mlp\.c_proj", r"text_model.encoder.layers.\1.mlp.fc2"),
)  # fmt: skip
_CLIP_MARKS = {
    "text_model.embeddings.token_embedding.weight": ("text_model.encoder.layers.0.mlp.fc1.weight",),
    "text_model.text_model.embeddings.token_embedding.weight": (),
}
_TWICE = Rule(r"text_model\.(text_model\..+)", r"\1")
_ALONE = (
    _TWICE,
    Rule(r"text_model\.(.+)", r"\1"),
    Rule(r"text_projection.*", ""),
)  # fmt: skip

CLIP_L = Encoder(
    "clip_l", "CLIP-L", "CLIPTextModel",
    ("conditioner.embedders.0.transformer.", "text_encoders.clip_l.transformer."),
    _CLIP_MARKS, (Rule(r"text_model\.text_model\.(.+)", r"\1"), *_ALONE[1:]),
    lambda tensors: _clip_sizes(tensors, "quick_gelu", 49_407),
    lambda config: whole(config, "hidden_size"), "clip_l.safetensors",
)  # fmt: skip
CLIP_L_PROJECTED = Encoder(
    "clip_l", "CLIP-L", "CLIPTextModelWithProjection", CLIP_L.prefixes, _CLIP_MARKS, (_TWICE,),
    lambda tensors: _clip_sizes(tensors, "quick_gelu", 49_407),
    lambda config: whole(config, "projection_dim"), "clip_l.safetensors",
)  # fmt: skip
CLIP_G = Encoder(
    "clip_g", "CLIP-G", "CLIPTextModelWithProjection",
    ("conditioner.embedders.1.model.", "text_encoders.clip_g.transformer."),
    {**_CLIP_MARKS, "token_embedding.weight": ("transformer.resblocks.0.mlp.c_fc.weight",)},
    (*_OPEN_CLIP, _TWICE),
    lambda tensors: _clip_sizes(tensors, "gelu", 0),
    lambda config: whole(config, "projection_dim"), "clip_g.safetensors",
)  # fmt: skip


# T5


def _t5_sizes(tensors: Tensors) -> dict[str, Json]:
    first = "encoder.block.0.layer."
    heads = tensors[f"{first}0.SelfAttention.relative_attention_bias.weight"].shape[1]
    layers = number_of(tensors, "encoder.block")
    return {
        "vocab_size": tensors["shared.weight"].shape[0],
        "d_model": tensors["shared.weight"].shape[1],
        "num_heads": heads,
        "d_kv": tensors[f"{first}0.SelfAttention.q.weight"].shape[0] // heads,
        "d_ff": tensors[f"{first}1.DenseReluDense.wi_0.weight"].shape[0],
        "num_layers": layers,
        "num_decoder_layers": layers,
        "feed_forward_proj": "gated-gelu",
        "relative_attention_num_buckets": 32,
        "relative_attention_max_distance": 128,
        "layer_norm_epsilon": 1e-6,
        "tie_word_embeddings": False,
    }


_T5_BLOCK, _T5_OLD = r"encoder.block.\1.layer.", r"enc\.blk\.(\d+)"
_T5_GGUF = (
    Rule(r"token_embd", "shared"),
    Rule(r"enc\.output_norm", "encoder.final_layer_norm"),
    Rule(rf"{_T5_OLD}\.attn_([qkvo])", rf"{_T5_BLOCK}0.SelfAttention.\2"),
    Rule(rf"{_T5_OLD}\.attn_rel_b", f"{_T5_BLOCK}0.SelfAttention.relative_attention_bias"),
    Rule(rf"{_T5_OLD}\.attn_norm", f"{_T5_BLOCK}0.layer_norm"),
    Rule(rf"{_T5_OLD}\.ffn_norm", f"{_T5_BLOCK}1.layer_norm"),
    Rule(rf"{_T5_OLD}\.ffn_gate", f"{_T5_BLOCK}1.DenseReluDense.wi_0"),
    Rule(rf"{_T5_OLD}\.ffn_up", f"{_T5_BLOCK}1.DenseReluDense.wi_1"),
    Rule(rf"{_T5_OLD}\.ffn_down", f"{_T5_BLOCK}1.DenseReluDense.wo"),
)
"""As llama.cpp names it (gguf-py/gguf/tensor_mapping.py)."""

T5 = Encoder(
    "t5xxl", "T5-XXL", "T5EncoderModel", ("text_encoders.t5xxl.transformer.",),
    {
        "shared.weight": ("encoder.block.0.layer.1.DenseReluDense.wi_0.weight",),
        "token_embd.weight": ("enc.blk.0.ffn_gate.weight",),
    },
    (Rule(r"(lm_head|decoder)(\..*)?", ""), Rule(r"encoder\.embed_tokens", ""), *_T5_GGUF),
    _t5_sizes, lambda config: whole(config, "d_model"), "t5xxl_fp16.safetensors",
)  # fmt: skip
