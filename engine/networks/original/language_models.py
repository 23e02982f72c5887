"""Language models that read a prompt: what tells them, their names and llama.cpp's, their sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from engine.api.form import Json
from engine.checkpoints.checkpoint import Kept
from engine.networks.original.encoders import Encoder
from engine.networks.original.rules import Rule, Rules, Tensors, number_of
from engine.networks.stable_diffusion import whole


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


def _llama_cpp(head: str, *, woven: bool = False) -> Rules:
    """As llama.cpp names it, to the class's names with `head` before them.

    `woven`: as it keeps Llama's kin, whose heads it turns by pairs of rows.
    """
    block, old = rf"{head}layers.\1.", r"blk\.(\d+)"
    turned = Rule(rf"{old}\.attn_([qk])", rf"{block}self_attn.\2_proj", kept=Kept.WOVEN)
    return (
        *([turned] if woven else []),
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
    (*_MODEL_FIRST, *_llama_cpp("")),
    lambda tensors: {**_qwen3_sizes(tensors), "tie_word_embeddings": True},
    lambda config: whole(config, "hidden_size"), "qwen_3_4b.safetensors",
)  # fmt: skip
QWEN3_THREE = Encoder(
    "qwen3", "Qwen3", "Qwen3ForCausalLM", _QWEN3_PREFIXES, _QWEN3_MARKS, _llama_cpp("model."),
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


def _qwen_words_sizes(tensors: Tensors) -> dict[str, Json]:
    return {
        **_decoder_sizes(tensors, head=128), "rms_norm_eps": 1e-6, "max_position_embeddings": 128_000,
        "rope_parameters": _rope(1_000_000.0, mrope_section=[16, 24, 24]),
        "bos_token_id": 151_643, "eos_token_id": 151_645,
    }  # fmt: skip


QWEN_VL_WORDS = Encoder(
    "qwen25_7b", "Qwen2.5-VL 7B", "Qwen2_5_VLTextModel", (),
    {"token_embd.weight": ("blk.0.attn_q.bias",)}, _llama_cpp(""), _qwen_words_sizes,
    lambda config: whole(config, "hidden_size"), "Qwen2.5-VL-7B-Instruct-Q8_0.gguf",
    architecture="qwen2vl",
)  # fmt: skip
"""llama.cpp keeps the eyes in a file of their own (mmproj)."""

QWEN_VL_APART = replace(
    QWEN_VL_WORDS, class_name="Qwen2_5_VLForConditionalGeneration", rules=_llama_cpp("model.language_model."),
    sizes=_qwen_vl_sizes,
    width=lambda config: whole(cast("dict[str, Json]", config["text_config"]), "hidden_size"),
)  # fmt: skip
"""Words and eyes from two files, the latter by the class's names already (`original.eyes`)."""

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
    words_alone=QWEN_VL_WORDS, apart=QWEN_VL_APART,
)  # fmt: skip


def _gemma_sizes(tensors: Tensors) -> dict[str, Json]:
    return {
        **_decoder_sizes(tensors, head=256), "rms_norm_eps": 1e-6, "max_position_embeddings": 8192,
        "query_pre_attn_scalar": 256, "sliding_window": 4096, "hidden_activation": "gelu_pytorch_tanh",
        "final_logit_softcapping": 30.0, "attn_logit_softcapping": 50.0, "rope_parameters": _rope(10_000.0),
        "tie_word_embeddings": True,
    }  # fmt: skip


_GEMMA_BLOCK, _GEMMA_OLD = r"layers.\1.", r"blk\.(\d+)"
_GEMMA_NORMS = (
    Rule(r"output_norm", "norm", kept=Kept.LESS_ONE),
    Rule(rf"{_GEMMA_OLD}\.attn_norm", f"{_GEMMA_BLOCK}input_layernorm", kept=Kept.LESS_ONE),
    Rule(
        rf"{_GEMMA_OLD}\.post_attention_norm", f"{_GEMMA_BLOCK}post_attention_layernorm", kept=Kept.LESS_ONE
    ),
    Rule(rf"{_GEMMA_OLD}\.ffn_norm", f"{_GEMMA_BLOCK}pre_feedforward_layernorm", kept=Kept.LESS_ONE),
    Rule(rf"{_GEMMA_OLD}\.post_ffw_norm", f"{_GEMMA_BLOCK}post_feedforward_layernorm", kept=Kept.LESS_ONE),
)
"""llama.cpp adds the one to them that the class adds when it computes (conversion of Gemma)."""

GEMMA2 = Encoder(
    "gemma2_2b", "Gemma 2 2B", "Gemma2Model", ("text_encoders.gemma2_2b.transformer.",),
    {
        "model.embed_tokens.weight": ("model.layers.0.pre_feedforward_layernorm.weight",),
        "token_embd.weight": ("blk.0.post_ffw_norm.weight",),
    },
    (*_MODEL_FIRST, *_GEMMA_NORMS, *_llama_cpp("")), _gemma_sizes,
    lambda config: whole(config, "hidden_size"), "gemma_2_2b_fp16.safetensors",
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
    {
        "model.embed_tokens.weight": ("model.layers.30.self_attn.q_proj.weight",),
        "token_embd.weight": ("blk.30.attn_q.weight",),
    },
    (
        *_MODEL_FIRST, Rule(r"(vision_tower|multi_modal_projector)\..+", ""),
        Rule(r"rope_freqs", ""), *_llama_cpp("", woven=True),
    ),
    _mistral_sizes,
    lambda config: 3 * whole(config, "hidden_size"), "mistral_3_small_flux2_bf16.safetensors",
    without=("model.layers.0.self_attn.q_norm.weight", "blk.0.attn_q_norm.weight", "blk.0.attn_q.bias"),
)  # fmt: skip
"""Three of its layers are read, one beside the other."""
