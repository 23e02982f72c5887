"""A tiny BLIP-Diffusion folder as its makers lay it out, and BERT's words: real classes, random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.pipelines.deprecated.blip_diffusion.modeling_ctx_clip import ContextCLIPTextModel
from safetensors.torch import save_file
from tiny import tiny_sd

from engine.networks.blip_diffusion import SubjectReader

COUNT, SIDE = 4, 32
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{one}" for one in LETTERS), "dog")


def tiny_bert_words(folder: Path) -> Path:
    """BERT's tokenizer as makers lay it into a folder: a word on each line."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
    return folder


def reader_config(width: int) -> dict[str, Any]:
    """Of its Q-Former, as `Blip2Config` writes it; it knows one word more than BERT."""
    return {
        "num_query_tokens": COUNT,
        "vision_config": {
            "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "image_size": SIDE, "patch_size": 8, "hidden_act": "quick_gelu",
        },
        "qformer_config": {
            "vocab_size": len(VOCABULARY) + 1, "hidden_size": width, "intermediate_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 2, "encoder_hidden_size": 16,
            "cross_attention_frequency": 1, "max_position_embeddings": 32,
        },
    }  # fmt: skip


def tiny_blip(folder: Path) -> Path:
    """Without BERT's words, as the makers' folder is."""
    plain: Any = diffusers.StableDiffusionPipeline.from_pretrained(tiny_sd(folder), safety_checker=None)
    told = plain.text_encoder.config
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = ContextCLIPTextModel(told)
        reader = SubjectReader(reader_config(told.hidden_size))
        torch.nn.init.normal_(reader.query_tokens)
    save(folder / "text_encoder", encoder.state_dict(), told.to_dict())
    older = {
        name.replace("embeddings.layernorm.", "embeddings.LayerNorm.", 1)
        if name.startswith("embeddings.")
        else name: tensor
        for name, tensor in reader.state_dict().items()
    }
    save(folder / "qformer", older, reader_config(told.hidden_size))
    index = json.loads((folder / "model_index.json").read_text())
    parts = {name: index[name] for name in ("scheduler", "tokenizer", "unet", "vae")}
    own = {
        "_class_name": "BlipDiffusionPipeline",
        "ctx_begin_pos": 2,
        "image_processor": ["blip_diffusion", "BlipImageProcessor"],
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
        "qformer": ["blip_diffusion", "Blip2QFormerModel"],
        "text_encoder": ["blip_diffusion", "ContextCLIPTextModel"],
    }
    (folder / "model_index.json").write_text(json.dumps({**parts, **own}))
    return folder


def save(folder: Path, state: dict[str, torch.Tensor], config: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config, default=str))
