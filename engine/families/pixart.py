"""PixArt-Sigma and PixArt-alpha: small transformers on Stable Diffusion's autoencoders.

https://arxiv.org/abs/2403.04692 and https://arxiv.org/abs/2310.00426
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.kinds import Kind, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import Rows, StockReader, lowered
from engine.networks.original import autoencoders, cross_attention, encoders
from engine.networks.original.rules import Tensors
from engine.networks.original.single_file import Denoiser, SingleFile

SIGMA_TOKENS, ALPHA_TOKENS = 300, 120
"""Rows of the prompt, its end mark counted."""


def plain(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0, "use_resolution_binning": False,
        "clean_caption": False, "negative_prompt": None,
    }  # fmt: skip


def _reader(longest: int) -> StockReader:
    return StockReader(
        (
            "prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds",
            "negative_prompt_attention_mask",
        ),
        "tokenizer", longest - 1, {"clean_caption": False}, rows=(Rows("tokenizer", 0, longest - 1),),
        prepared=lowered,
    )  # fmt: skip


SIGMA = Kind("PixArtSigmaPipeline", plain, Sampling("dpmpp_2m", steps=20, guidance=4.5), "Sigma")


def _refused(tensors: Tensors, name: str) -> str:
    """The weights of alpha are Sigma's in shape; what tells it is how many words it read, and its sizes."""
    nothing = tensors.get("y_embedder.y_embedding")
    is_short = nothing is not None and nothing.shape[0] == ALPHA_TOKENS
    is_sized = any(name.startswith(("csize_embedder.", "adaln_single.emb.resolution_")) for name in tensors)
    if is_short or is_sized or "alpha" in name:
        return (
            "PixArt-alpha, which Lienzo reads from a diffusers folder only. "
            "Choose that folder, or PixArt-Sigma."
        )
    return ""


SINGLE = SingleFile(
    class_name="PixArtTransformer2DModel",
    layouts=(
        Denoiser(
            cross_attention.PIXART_MARKS, cross_attention.PIXART_RULES,
            config=cross_attention.pixart_makers_config,
        ),
        Denoiser(
            (
                "caption_projection.linear_1.weight", "adaln_single.linear.weight", "pos_embed.proj.weight",
                "transformer_blocks.0.attn2.to_k.weight",
            )
        ),
    ),
    config=cross_attention.pixart_config,
    pipeline=lambda told: "PixArtSigmaPipeline",
    vae=autoencoders.SDXL,
    text=lambda told: {"text_encoder": encoders.T5},
    widths=lambda told: {"text_encoder": told.number("caption_channels")},
    tokenizers={"tokenizer": "t5"},
    scheduler=lambda told: {
        "num_train_timesteps": 1000, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear",
        "prediction_type": "epsilon", "timestep_spacing": "linspace", "steps_offset": 0,
    },
    refuse=_refused,
)  # fmt: skip

FAMILY = PipelineFamily(
    id="pixart",
    title="PixArt",
    kinds={
        "PixArtSigmaPipeline": SIGMA,
        "PixArtAlphaPipeline": replace(
            SIGMA, pipeline="PixArtAlphaPipeline", variant="alpha", reader=_reader(ALPHA_TOKENS)
        ),
    },
    reader=_reader(SIGMA_TOKENS),
    prompt_tokens=SIGMA_TOKENS - 1,
    is_flow=False,
    traits=Traits(has_stock_batch=True, disturbed="transformer_blocks"),
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2")},
    single=SINGLE,
)  # fmt: skip
