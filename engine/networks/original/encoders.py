"""Text encoders in files of their own or inside a checkpoint: what tells them, their names, their sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

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

    def fits(self, tensors: Tensors) -> bool:
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


# language models


def _decoder_sizes(tensors: Tensors, head: int = 0) -> dict[str, Json]:
    """Of Qwen, Gemma and Mistral alike, whichever prefix their layers have."""
    at = next(name for name in tensors if name.endswith("embed_tokens.weight")).removesuffix(
        "embed_tokens.weight"
    )
    layer = f"{at}layers.0."
    norm = tensors.get(f"{layer}self_attn.q_norm.weight")
    wide = norm.shape[0] if norm else head
    tokens = tensors[f"{at}embed_tokens.weight"]
    return {
        "vocab_size": tokens.shape[0],
        "hidden_size": tokens.shape[1],
        "intermediate_size": tensors[f"{layer}mlp.gate_proj.weight"].shape[0],
        "num_hidden_layers": number_of(tensors, f"{at}layers"),
        "num_attention_heads": tensors[f"{layer}self_attn.q_proj.weight"].shape[0] // wide,
        "num_key_value_heads": tensors[f"{layer}self_attn.k_proj.weight"].shape[0] // wide,
        "head_dim": wide,
        "tie_word_embeddings": "lm_head.weight" not in tensors,
    }


def _rope(theta: float, **more: Json) -> dict[str, Json]:
    return {"rope_type": "default", "rope_theta": theta, **more}


def _qwen3_sizes(tensors: Tensors) -> dict[str, Json]:
    return {
        **_decoder_sizes(tensors), "rms_norm_eps": 1e-6, "max_position_embeddings": 40_960,
        "rope_parameters": _rope(1_000_000.0), "bos_token_id": 151_643, "eos_token_id": 151_645,
    }  # fmt: skip


_MODEL_FIRST = (Rule(r"model\.(.+)", r"\1"), Rule(r"lm_head", ""))
_QWEN3_PREFIXES = (
    "text_encoders.qwen3_4b.transformer.", "text_encoders.qwen3_8b.transformer.",
    "text_encoders.qwen_3_4b.transformer.",
)  # fmt: skip
_QWEN3_MARKS = {
    "model.embed_tokens.weight": ("model.layers.0.self_attn.q_norm.weight",),
    "token_embd.weight": ("blk.0.attn_q_norm.weight",),
}


def _qwen3_gguf(head: str) -> Rules:
    """As llama.cpp names it, to the class's names with `head` before them."""
    block, old = rf"{head}layers.\1.", r"blk\.(\d+)"
    return (
        Rule(r"token_embd", f"{head}embed_tokens"),
        Rule(r"output_norm", f"{head}norm"),
        Rule(r"output", "lm_head" if head else ""),
        Rule(rf"{old}\.attn_([qkv])", rf"{block}self_attn.\2_proj"),
        Rule(rf"{old}\.attn_output", f"{block}self_attn.o_proj"),
        Rule(rf"{old}\.attn_([qk])_norm", rf"{block}self_attn.\2_norm"),
        Rule(rf"{old}\.attn_norm", f"{block}input_layernorm"),
        Rule(rf"{old}\.ffn_norm", f"{block}post_attention_layernorm"),
        Rule(rf"{old}\.ffn_(gate|up|down)", rf"{block}mlp.\2_proj"),
    )


QWEN3 = Encoder(
    "qwen3", "Qwen3", "Qwen3Model", _QWEN3_PREFIXES, _QWEN3_MARKS,
    (*_MODEL_FIRST, *_qwen3_gguf("")),
    lambda tensors: {**_qwen3_sizes(tensors), "tie_word_embeddings": True},
    lambda config: whole(config, "hidden_size"), "qwen_3_4b.safetensors",
)  # fmt: skip
QWEN3_THREE = Encoder(
    "qwen3", "Qwen3", "Qwen3ForCausalLM", _QWEN3_PREFIXES, _QWEN3_MARKS, _qwen3_gguf("model."),
    _qwen3_sizes,
    lambda config: 3 * whole(config, "hidden_size"), "qwen_3_4b.safetensors",
)  # fmt: skip
"""Three of its layers are read, one beside the other."""


def _qwen_vl_sizes(tensors: Tensors) -> dict[str, Json]:
    text = _decoder_sizes(tensors, head=128)
    tied = text.pop("tie_word_embeddings")
    text.pop("head_dim")
    at = "model.visual." if any(name.startswith("model.visual.") for name in tensors) else "visual."
    patch = tensors[f"{at}patch_embed.proj.weight"].shape
    depth = number_of(tensors, f"{at}blocks")
    width = int(patch[0])
    whole: list[Json] = [layer for layer in (7, 15, 23, 31) if layer < depth]
    marks: dict[str, Json] = {
        "vision_start_token_id": 151_652, "vision_end_token_id": 151_653, "vision_token_id": 151_654,
        "image_token_id": 151_655, "video_token_id": 151_656, "bos_token_id": 151_643,
        "eos_token_id": 151_645,
    }  # fmt: skip
    return {
        "text_config": {
            **text, "rms_norm_eps": 1e-6, "max_position_embeddings": 128_000,
            "rope_parameters": _rope(1_000_000.0, mrope_section=[16, 24, 24]),
            "bos_token_id": 151_643, "eos_token_id": 151_645,
        },
        "vision_config": {
            "depth": depth, "hidden_size": width,
            "intermediate_size": tensors[f"{at}blocks.0.mlp.gate_proj.weight"].shape[0],
            "num_heads": max(1, width // 80), "patch_size": patch[-1], "temporal_patch_size": patch[2],
            "out_hidden_size": text["hidden_size"], "fullatt_block_indexes": whole, "window_size": 112,
            "spatial_merge_size": 2,
        },
        "tie_word_embeddings": tied,
        **marks,
    }  # fmt: skip


QWEN_VL = Encoder(
    "qwen25_7b", "Qwen2.5-VL 7B", "Qwen2_5_VLForConditionalGeneration",
    ("text_encoders.qwen25_7b.transformer.",),
    {
        "model.embed_tokens.weight": (
            "visual.patch_embed.proj.weight", "model.layers.0.self_attn.q_proj.bias",
        ),
        "model.language_model.embed_tokens.weight": ("model.visual.patch_embed.proj.weight",),
    },
    (
        Rule(r"visual\.(.+)", r"model.visual.\1"),
        Rule(r"model\.((?!language_model\.|visual\.).+)", r"model.language_model.\1"),
    ),
    _qwen_vl_sizes, lambda config: whole(cast("dict[str, Json]", config["text_config"]), "hidden_size"),
    "qwen_2.5_vl_7b_fp8_scaled.safetensors",
)  # fmt: skip


def _gemma_sizes(tensors: Tensors) -> dict[str, Json]:
    return {
        **_decoder_sizes(tensors, head=256), "rms_norm_eps": 1e-6, "max_position_embeddings": 8192,
        "query_pre_attn_scalar": 256, "sliding_window": 4096, "hidden_activation": "gelu_pytorch_tanh",
        "final_logit_softcapping": 30.0, "attn_logit_softcapping": 50.0, "rope_parameters": _rope(10_000.0),
        "tie_word_embeddings": True,
    }  # fmt: skip


GEMMA2 = Encoder(
    "gemma2_2b", "Gemma 2 2B", "Gemma2Model", ("text_encoders.gemma2_2b.transformer.",),
    {"model.embed_tokens.weight": ("model.layers.0.pre_feedforward_layernorm.weight",)},
    _MODEL_FIRST, _gemma_sizes, lambda config: whole(config, "hidden_size"), "gemma_2_2b_fp16.safetensors",
)  # fmt: skip


def _mistral_sizes(tensors: Tensors) -> dict[str, Json]:
    return {
        **_decoder_sizes(tensors, head=128), "rms_norm_eps": 1e-5, "max_position_embeddings": 131_072,
        "rope_parameters": _rope(1_000_000_000.0), "sliding_window": None, "bos_token_id": 1,
        "eos_token_id": 2, "tie_word_embeddings": False,
    }  # fmt: skip


MISTRAL_SMALL = Encoder(
    "mistral3_24b", "Mistral Small 3", "MistralModel", ("text_encoders.mistral3_24b.transformer.",),
    # the last of the layers that are read is no. 30: behind it there must be another
    {"model.embed_tokens.weight": ("model.layers.30.self_attn.q_proj.weight",)},
    (*_MODEL_FIRST, Rule(r"(vision_tower|multi_modal_projector)\..+", "")), _mistral_sizes,
    lambda config: 3 * whole(config, "hidden_size"), "mistral_3_small_flux2_bf16.safetensors",
)  # fmt: skip
"""Three of its layers are read, one beside the other."""
