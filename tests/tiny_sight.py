"""Networks that see pictures and read words: the real classes at a tiny size, saved as an artist has them."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ["<start>", "<pad>", "<end>", "<unk>", "a", "red", "green", "house", "casa", "roja"]
VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
          "image_size": 32, "patch_size": 8}  # fmt: skip
TEXT = {"vocab_size": len(WORDS), "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 16, "bos_token_id": 0, "pad_token_id": 1,
        "eos_token_id": 2}  # fmt: skip
CONFIGS = {
    "CLIP": {"projection_dim": 24},
    "MetaClip2": {"projection_dim": 24},
    "ChineseCLIP": {"projection_dim": 24},
    "AltCLIP": {"projection_dim": 24},
    "Siglip": {},
}


def network_of(name: str) -> torch.nn.Module:
    torch.manual_seed(3)
    text = dict(TEXT)
    if name == "Siglip":
        text["projection_size"] = 32
    if name == "AltCLIP":
        text |= {"project_dim": 24, "max_position_embeddings": 40}
    config = getattr(transformers, f"{name}Config")(text_config=text, vision_config=VISION, **CONFIGS[name])
    return getattr(transformers, f"{name}Model")(config).eval()


def save_sight(folder: Path, name: str = "CLIP") -> torch.nn.Module:
    network = network_of(name)
    network.save_pretrained(folder)  # type: ignore[operator]
    tokenizer = Tokenizer(models.WordLevel({word: id for id, word in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "<start> $A <end>", special_tokens=[("<start>", 0), ("<end>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"pad_token": "<pad>"}')
    return network
