"""FLUX.2 of Black Forest Labs: dev, and klein, distilled and base."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents import Packing
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.pipeline_family import Kind, PipelineFamily, guided, references_of
from engine.families.words import StockReader
from engine.networks.original import autoencoders, flux, language_models
from engine.networks.original.single_file import Denoiser, SingleFile, Told
from engine.tokenizers.chat import MISTRAL_USER, USER

SMALLEST_PX = 64
"""Side of a picture that its pipeline reads."""
MOST_PICTURES = 4
"""That klein was taught to read at once."""
MOST_PICTURES_DEV = 6
"""That its makers recommend for dev."""


def plain(inputs: Inputs) -> dict[str, Any]:
    pictures = {"image": references_of(inputs, SMALLEST_PX)} if inputs.references else {}
    return {**guided(inputs), **pictures}


DEV = Kind(
    "Flux2Pipeline", plain, Sampling("euler", steps=28, guidance=4.0), "dev", references=MOST_PICTURES_DEV,
    negative_prompt=False,
    reader=StockReader(("prompt_embeds", ""), "tokenizer", 512, {}, ears=ALONE, before=MISTRAL_USER),
)  # fmt: skip
"""It was taught its guidance: there is no negative prompt."""


def _distilled_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if kind is DEV or checkpoint.configs["model_index"].get("is_distilled") is not True:
        return kind
    return replace(
        kind, variant="klein, distilled", sampling=Sampling("euler", steps=4, guidance=1.0), guidance=False,
        negative_prompt=False,
    )  # fmt: skip


def _is_distilled(told: Told) -> bool:
    """The weights are alike; the undistilled one has `base` in its name."""
    return "base" not in told.name


def _is_dev(told: Told) -> bool:
    """Only dev is told how strongly it is guided."""
    return told.config["guidance_embeds"] is True


SINGLE = SingleFile(
    class_name="Flux2Transformer2DModel",
    layouts=(
        Denoiser((*flux.MARKS, "single_stream_modulation.lin.weight"), flux.FLUX2),
        Denoiser(
            ("single_stream_modulation.linear.weight", "single_transformer_blocks.0.attn.to_out.weight")
        ),
    ),
    config=flux.flux2_config,
    pipeline=lambda told: "Flux2Pipeline" if _is_dev(told) else "Flux2KleinPipeline",
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
    kinds={
        "Flux2Pipeline": DEV,
        "Flux2KleinPipeline": Kind(
            "Flux2KleinPipeline", plain, Sampling("euler", steps=50, guidance=4.0), "klein, base",
            references=MOST_PICTURES,
        )
    },
    reader=StockReader(("prompt_embeds", ""), "tokenizer", 512, {}, ears=ALONE, before=USER),
    prompt_tokens=512,
    cells=1,
    packing=Packing(1),
    takes_packed=False,
    ends_in_pixels=True,  # what it calls latents is already the autoencoder's
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "to_qkv_mlp_proj", "to_out",
        )
    },
    refine=_distilled_or_not,
    single=SINGLE,
)  # fmt: skip
