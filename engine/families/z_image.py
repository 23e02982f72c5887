"""Z-Image of Alibaba's Tongyi laboratory, and its distilled Turbo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.families.blanks import ALONE
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import StockReader
from engine.networks.original import autoencoders, language_models, transformers
from engine.networks.original.single_file import Denoiser, SingleFile
from engine.tokenizers.chat import USER

WORDS = ("prompt_embeds", "negative_prompt_embeds")


def _listed(call: dict[str, Any]) -> dict[str, Any]:
    """Prompts are of any length: the pipeline takes a list with a tensor for each."""
    return {name: [value] if name in WORDS else value for name, value in call.items()}


def _turbo_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if "turbo" not in checkpoint.path.name.lower():
        return kind
    return replace(kind, variant="Turbo", sampling=Sampling("euler", steps=9, guidance=0.0))


def _is_guided(guidance: float) -> bool:
    """Here the scale is what is added: 0 is without, where other families have 1."""
    return guidance > 0


SINGLE = SingleFile(
    class_name="ZImageTransformer2DModel",
    layouts=(
        Denoiser(transformers.Z_IMAGE_MARKS, transformers.Z_IMAGE_RULES),
        Denoiser(("all_x_embedder.2-1.weight", "noise_refiner.0.attention.to_q.weight")),
    ),
    config=transformers.z_image_config,
    pipeline=lambda told: "ZImagePipeline",
    vae=autoencoders.FLUX,
    text=lambda told: {"text_encoder": language_models.QWEN3},
    widths=lambda told: {"text_encoder": told.number("cap_feat_dim")},
    tokenizers={"tokenizer": "qwen"},
    scheduler=lambda told: {"num_train_timesteps": 1000, "shift": 3.0 if "turbo" in told.name else 6.0},
)

FAMILY = PipelineFamily(
    id="z_image",
    title="Z-Image",
    kinds={
        "ZImagePipeline": Kind(
            "ZImagePipeline", guided, Sampling("euler", steps=50, guidance=4.0), is_guided=_is_guided
        )
    },
    reader=StockReader(WORDS, "tokenizer", 512, {}, ears=ALONE, before=USER),
    prompt_tokens=512,
    control="ZImageControlNetModel",
    traits=Traits(in_float32=True),
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0", "w1", "w2", "w3")},
    refine=_turbo_or_not,
    finish=_listed,
    single=SINGLE,
)
