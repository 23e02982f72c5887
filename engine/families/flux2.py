"""FLUX.2 of Black Forest Labs: dev, and klein, distilled and base."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided, references_of, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import StockReader
from engine.networks.original import autoencoders, flux, language_models
from engine.networks.original.single_file import Denoiser, SingleFile, Told
from engine.tokenizers.chat import MISTRAL_USER, USER

SMALLEST_PX = 64
"""Side of a picture that its pipeline reads."""
NARROWEST = 8
"""How many times as long as wide its pipeline takes such a picture."""
MOST_PICTURES = 4
"""That klein was taught to read at once."""
MOST_PICTURES_DEV = 6
"""That its makers recommend for dev."""


def _pictures(inputs: Inputs) -> dict[str, Any]:
    return {"image": references_of(inputs, SMALLEST_PX, NARROWEST)} if inputs.references else {}


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), **_pictures(inputs)}


def unguided(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), **_pictures(inputs)}


DEV = Kind(
    "Flux2Pipeline", plain, Sampling("euler", steps=28, guidance=4.0), "dev", references=MOST_PICTURES_DEV,
    narrowest=NARROWEST,
    negative_prompt=False,
    reader=StockReader(("prompt_embeds", ""), "tokenizer", 512, {}, ears=ALONE, before=MISTRAL_USER),
)  # fmt: skip
"""It was taught its guidance: there is no negative prompt."""
KLEIN = Kind(
    "Flux2KleinPipeline", plain, Sampling("euler", steps=50, guidance=4.0), "klein, base",
    references=MOST_PICTURES, narrowest=NARROWEST,
)  # fmt: skip
DISTILLED = replace(
    KLEIN, variant="klein, distilled", sampling=Sampling("euler", steps=4, guidance=1.0), guidance=False,
    negative_prompt=False,
)  # fmt: skip
KEEPS_PICTURES = replace(
    DISTILLED,
    pipeline="Flux2KleinKVPipeline",
    arguments=unguided,
    variant="klein KV",
    adapted="flux2_kv.Flux2KleinKV",
)
"""Was taught that pictures look at themselves alone, so that they are read once for all steps."""


def _distilled_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    is_distilled = checkpoint.configs["model_index"].get("is_distilled") is True
    return DISTILLED if kind is KLEIN and is_distilled else kind


def _is_distilled(told: Told) -> bool:
    """The weights are alike; the undistilled one has `base` in its name."""
    return "base" not in told.name


def _is_dev(told: Told) -> bool:
    """Only dev is told how strongly it is guided."""
    return told.config["guidance_embeds"] is True


def _pipeline(told: Told) -> str:
    """The weights of klein and klein KV are alike; the makers' names tell."""
    if _is_dev(told):
        return DEV.pipeline
    return (KEEPS_PICTURES if re.search(r"(?<![a-z])kv(?![a-z])", told.name) else KLEIN).pipeline


SINGLE = SingleFile(
    class_name="Flux2Transformer2DModel",
    layouts=(
        Denoiser((*flux.MARKS, "single_stream_modulation.lin.weight"), flux.FLUX2),
        Denoiser(
            ("single_stream_modulation.linear.weight", "single_transformer_blocks.0.attn.to_out.weight")
        ),
    ),
    config=flux.flux2_config,
    pipeline=_pipeline,
    vae=autoencoders.FLUX2,
    text=lambda told: {
        "text_encoder": language_models.MISTRAL_SMALL if _is_dev(told) else language_models.QWEN3_THREE
    },
    widths=lambda told: {"text_encoder": told.number("joint_attention_dim")},
    tokenizers=lambda told: {"tokenizer": "mistral" if _is_dev(told) else "qwen"},
    scheduler=lambda told: flux.SCHEDULER,
    index=lambda told: {} if _is_dev(told) else {"is_distilled": _is_distilled(told)},
)  # fmt: skip

FAMILY = PipelineFamily(
    id="flux2",
    title="FLUX.2",
    kinds={kind.pipeline: kind for kind in (DEV, KLEIN, KEEPS_PICTURES)},
    reader=StockReader(("prompt_embeds", ""), "tokenizer", 512, {}, ears=ALONE, before=USER),
    prompt_tokens=512,
    cells=1,
    packing=Packing(1),
    # what it calls latents is already the autoencoder's
    traits=Traits(takes_packed=False, ends_in_pixels=True),
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "to_qkv_mlp_proj", "to_out",
        )
    },
    refine=_distilled_or_not,
    single=SINGLE,
)  # fmt: skip
