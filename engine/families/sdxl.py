"""Stable Diffusion XL and what was made of it: base, inpainting, Turbo, Lightning, LCM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.errors import UnsupportedModel
from engine.api.request import Sampling
from engine.families.checkpoint import Checkpoint
from engine.families.family import Inputs, Reads
from engine.families.pipeline_family import Kind, PipelineFamily, mask_of, picture_of, size_of
from engine.families.words import Rows, StockReader

FEW_STEPS = {
    "turbo": Sampling("euler_a", steps=4, guidance=1.0),
    "lightning": Sampling("euler", steps=4, guidance=1.0),
    "hyper": Sampling("ddim", steps=8, guidance=1.0),
    "lcm": Sampling("lcm", steps=6, guidance=1.0),
}
"""By a word in the folder's name: weights cannot tell how few steps they were distilled to."""


def plain(inputs: Inputs) -> dict[str, Any]:
    steered = {"guidance_scale": inputs.guidance, "eta": 0.0}
    if inputs.start is None:
        return {**steered, **size_of(inputs), "guidance_rescale": inputs.guidance_rescale}
    return {
        **steered, "image": picture_of(inputs), "strength": inputs.strength,
        "guidance_rescale": inputs.guidance_rescale,
    }  # fmt: skip


def masked(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0,
        "guidance_rescale": inputs.guidance_rescale,
        "image": picture_of(inputs), "mask_image": mask_of(inputs),
        "strength": inputs.strength if inputs.start is not None else 1.0,
    }  # fmt: skip


BASE = Kind(
    "StableDiffusionXLPipeline", plain, Sampling("dpmpp_2m_karras", steps=30, guidance=6.0), "base",
    image_to_image="StableDiffusionXLImg2ImgPipeline", is_guided=None,
)  # fmt: skip
INPAINTING = replace(
    BASE, pipeline="StableDiffusionXLInpaintPipeline", arguments=masked, variant="inpainting",
    reads=Reads.MASKED_PICTURE, image_to_image="StableDiffusionXLInpaintPipeline",
)  # fmt: skip


def _more_exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if "text_encoder" not in checkpoint.configs:
        raise UnsupportedModel(
            f"{checkpoint.path.name} is the refiner of Stable Diffusion XL: it only finishes what the base "
            "model began. Choose the base model.",
            path=str(checkpoint.path),
        )
    if checkpoint.configs["unet"].get("in_channels") == 9:
        kind = INPAINTING
    name = checkpoint.path.name.lower()
    for word, sampling in FEW_STEPS.items():
        if word in name:
            return replace(kind, sampling=sampling, variant=f"{kind.variant}, {word}")
    return kind


FAMILY = PipelineFamily(
    id="sdxl",
    title="Stable Diffusion XL",
    kinds=dict.fromkeys(
        ("StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline"),
        BASE,
    ),
    denoiser="unet",
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"),
        "tokenizer", 75, {}, rows=(Rows("tokenizer", 1, 75),), in_chunks=True,
    ),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    has_stock_batch=True,
    guidance_rescale=True,
    is_teachable=True,
    adapters=True,
    lora_targets={
        "unet": (
            "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1",
            "conv2",
        ),
        "text_encoder": ("q_proj", "k_proj", "v_proj", "out_proj"),
        "text_encoder_2": ("q_proj", "k_proj", "v_proj", "out_proj"),
    },
    refine=_more_exactly,
)  # fmt: skip
