"""What was learnt, as a folder that diffusers' stock pipelines load: weights, configurations, a card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine.api.form import Json
from engine.library.save import save_bytes
from engine.tokenizers.clip import Vocabulary
from engine.training.noise import SCHEDULER
from engine.training.sampling import GUIDANCE, STEPS
from engine.training.tokenizer import save_tokenizer

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

WEIGHTS = "diffusion_pytorch_model.safetensors"
TEXT_WEIGHTS = "model.safetensors"
TEXT_PREFIX = "text_model."
"""As in every published Stable Diffusion folder; some versions of transformers save without it."""
INDEX: dict[str, Json] = {
    "_class_name": "StableDiffusionPipeline",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


@dataclass(frozen=True)
class Card:
    """What `lienzo.json` says of the model."""

    title: str
    description: str
    description_es: str
    licence: str
    examples: Mapping[str, tuple[str, ...]]
    """By language code, a dozen at most."""
    steps: int = STEPS
    guidance: float = GUIDANCE


def export(
    folder: Path,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    autoencoder: AutoencoderKL,
    vocabulary: Vocabulary,
    card: Card,
    readme: str,
) -> None:
    """Write the model into `folder`, file by file, each whole; the index comes last."""
    import diffusers

    side, tokens = autoencoder.config["sample_size"], text_encoder.config.max_position_embeddings
    for part in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    save_tokenizer(vocabulary, folder / "tokenizer", tokens)
    scheduler = diffusers.DPMSolverMultistepScheduler(**SCHEDULER)
    _save_text(folder / "scheduler" / "scheduler_config.json", scheduler.to_json_string())
    for part, network in (("unet", unet), ("vae", autoencoder)):
        save_bytes(folder / part / WEIGHTS, weights(network))
        _save_text(folder / part / "config.json", network.to_json_string())
    save_bytes(folder / "text_encoder" / TEXT_WEIGHTS, weights(text_encoder, TEXT_PREFIX))
    _save_text(folder / "text_encoder" / "config.json", _text_config(text_encoder))
    _save_text(folder / "lienzo.json", json.dumps(_card(card, side), indent=2, ensure_ascii=False))
    _save_text(folder / "README.md", readme)
    index = {**INDEX, "_diffusers_version": diffusers.__version__}
    _save_text(folder / "model_index.json", json.dumps(index, indent=2))


def weights(network: torch.nn.Module, prefix: str = "") -> bytes:
    """All weights in 16-bit floats as one safetensors file, each name with `prefix`."""
    import safetensors.torch

    state = {
        prefix + name.removeprefix(prefix): tensor.detach()
        .to("cpu", torch.float16 if tensor.is_floating_point() else None)
        .contiguous()
        for name, tensor in network.state_dict().items()
        if not name.endswith("position_ids")
    }
    return safetensors.torch.save(state, {"format": "pt"})


def _text_config(text_encoder: CLIPTextModel) -> str:
    form = json.loads(text_encoder.config.to_json_string(use_diff=False))
    kept = (
        "attention_dropout", "bos_token_id", "eos_token_id", "hidden_act", "hidden_size",
        "initializer_factor", "initializer_range", "intermediate_size", "layer_norm_eps",
        "max_position_embeddings", "model_type", "num_attention_heads", "num_hidden_layers", "pad_token_id",
        "projection_dim", "vocab_size",
    )  # fmt: skip
    config = {"architectures": ["CLIPTextModel"], **{name: form[name] for name in kept if name in form}}
    # diffusers reads the other parts as float32 unless told otherwise; this one by what is said here
    return json.dumps({**config, "dtype": "float32"}, indent=2)


def _card(card: Card, side: int) -> dict[str, Json]:
    return {
        "title": card.title,
        "description": card.description,
        "licence": card.licence,
        "width": side,
        "height": side,
        "scheduler": "dpmpp_2m",
        "steps": card.steps,
        "guidance": card.guidance,
        "descriptions": {"es": card.description_es},
        "examples": {code: list(prompts) for code, prompts in card.examples.items()},
    }


def _save_text(path: Path, text: str) -> None:
    save_bytes(path, text.encode())
