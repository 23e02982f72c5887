"""Stable Diffusion XL and what was made of it: base, inpainting, instruct-pix2pix, Turbo, Lightning, LCM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.errors import UnsupportedModel
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.families.family import Inputs, Reads
from engine.families.kinds import Kind, mask_of, picture_of, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import MIDDLE, Traits
from engine.families.two_clips import TwoClipsReader
from engine.families.words import Rows
from engine.networks.original import autoencoders, encoders, unet
from engine.networks.original.rules import Tensors
from engine.networks.original.single_file import Config, Denoiser, SingleFile, Told
from engine.networks.original.stable_diffusion import bundle, noise_of

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


def instructed(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0,
        "guidance_rescale": inputs.guidance_rescale,
        "image": picture_of(inputs), "image_guidance_scale": inputs.image_guidance,
    }  # fmt: skip


BASE = Kind(
    "StableDiffusionXLPipeline", plain, Sampling("dpmpp_2m_karras", steps=30, guidance=6.0), "base",
    image_to_image="StableDiffusionXLImg2ImgPipeline",
)  # fmt: skip
INPAINTING = replace(
    BASE, pipeline="StableDiffusionXLInpaintPipeline", arguments=masked, variant="inpainting",
    reads=Reads.MASKED_PICTURE, image_to_image="StableDiffusionXLInpaintPipeline",
)  # fmt: skip
INSTRUCT = Kind(
    "StableDiffusionXLInstructPix2PixPipeline", instructed,
    Sampling("dpmpp_2m_karras", steps=30, guidance=3.0), "instruct-pix2pix", Reads.PICTURE,
    image_guidance=True,
)  # fmt: skip
"""A picture beside the latents, and words that say what to do with it (https://arxiv.org/abs/2211.09800)."""
BY_CHANNELS: dict[object, Kind] = {9: INPAINTING, 8: INSTRUCT}
"""What a network reads beside four latent channels: mask and picture, or picture."""
COSXL = (
    "CosXL, whose noise is another than Stable Diffusion XL's. "
    "Choose a Stable Diffusion XL model, or an instruct-pix2pix model of it."
)


def _more_exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if "text_encoder" not in checkpoint.configs:
        raise UnsupportedModel(
            f"{checkpoint.path.name} is the refiner of Stable Diffusion XL: it only finishes what the base "
            "model began. Choose the base model.",
            path=str(checkpoint.path),
        )
    if checkpoint.configs["model_index"].get("is_cosxl_edit") is True:
        raise UnsupportedModel(f"{checkpoint.path.name} is {COSXL}", path=str(checkpoint.path))
    kind = BY_CHANNELS.get(checkpoint.configs["unet"].get("in_channels"), kind)
    name = checkpoint.path.name.lower()
    for word, sampling in FEW_STEPS.items():
        if word in name:
            return replace(kind, sampling=sampling, variant=f"{kind.variant}, {word}")
    return kind


SIZE_NUMBERS = 6 * 256
"""Of what the UNet is told beside the words: six numbers about the picture's size and place."""


def _widths(told: Told) -> dict[str, int]:
    """The UNet reads both texts side by side, and the pooled one of the wider."""
    pooled = told.denoiser["add_embedding.linear_1.weight"].shape[1] - SIZE_NUMBERS
    both = told.config["cross_attention_dim"]
    return {"text_encoder": int(str(both)) - pooled, "text_encoder_2": pooled}


def _unet_config(tensors: Tensors) -> Config:
    return unet.config(tensors, tensors["label_emb.0.0.weight"].shape[1] - SIZE_NUMBERS)


def _scheduler(told: Told) -> Config:
    """Its noise is Stable Diffusion's."""
    return {**bundle("sd1", "scheduler"), **noise_of(told.file, "sdxl")}


def _refused(tensors: Tensors, name: str) -> str:
    if "label_emb.0.0.weight" in tensors and tensors["label_emb.0.0.weight"].shape[1] == 2560:
        return (
            "the refiner of Stable Diffusion XL: it only finishes what the base model began. "
            "Choose the base model."
        )
    if "edm_mean" in tensors:
        return (
            "Playground 2.5, whose noise is another than Stable Diffusion XL's. "
            "Choose the model as a diffusers folder of another family, or another model."
        )
    if any(name.startswith("edm_vpred.") for name in tensors):
        return COSXL
    return ""


SINGLE = SingleFile(
    class_name="UNet2DConditionModel",
    denoiser="unet",
    layouts=(
        Denoiser(
            ("label_emb.0.0.weight", "input_blocks.0.0.weight"), names=unet.class_names, config=_unet_config
        ),
    ),
    config=lambda tensors: {},
    pipeline=lambda told: "StableDiffusionXLPipeline",
    vae=autoencoders.SDXL,
    text=lambda told: {"text_encoder": encoders.CLIP_L, "text_encoder_2": encoders.CLIP_G},
    widths=_widths,
    tokenizers={"tokenizer": "clip", "tokenizer_2": "clip_g"},
    scheduler=_scheduler,
    index=lambda told: {"force_zeros_for_empty_prompt": True},
    refuse=_refused,
)

UNET_LAYERS = (
    "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1", "conv2",
)  # fmt: skip
"""That a LoRA learns to change."""

FAMILY = PipelineFamily(
    id="sdxl",
    title="Stable Diffusion XL",
    kinds=dict.fromkeys(
        (
            "StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline",
            "StableDiffusionXLInpaintPipeline", "StableDiffusionXLInstructPix2PixPipeline",
        ),
        BASE,
    ),
    denoiser="unet",
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=TwoClipsReader(
        ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"),
        "tokenizer", 75, {}, rows=(Rows("tokenizer", 1, 75),), in_chunks=True,
    ),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    traits=Traits(has_stock_batch=True, disturbed=MIDDLE),
    guidance_rescale=True,
    adapters=True,
    lora_targets={
        "unet": UNET_LAYERS,
        "text_encoder": ("q_proj", "k_proj", "v_proj", "out_proj"),
        "text_encoder_2": ("q_proj", "k_proj", "v_proj", "out_proj"),
    },
    refine=_more_exactly,
    single=SINGLE,
)  # fmt: skip
