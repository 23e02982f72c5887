"""Stable Diffusion unCLIP: 2.1 that is told what CLIP sees, besides words (https://arxiv.org/abs/2204.06125)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.folder_layout import scheduler_config
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided, references_of, run_by
from engine.families.pipeline_family import PipelineFamily
from engine.families.sdxl import UNET_LAYERS
from engine.families.stages import NOISING, PREFIX
from engine.families.traits import MIDDLE, Traits
from engine.families.words import StockReader

SAMPLING = Sampling("ddim", steps=20, guidance=10.0)


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "eta": 0.0, "pictures": references_of(inputs)}


FAMILY = PipelineFamily(
    id="stable_unclip",
    title="Stable Diffusion unCLIP",
    kinds={
        "StableUnCLIPImg2ImgPipeline": Kind(
            "StableUnCLIPImg2ImgPipeline", plain, SAMPLING, references=1, adapted="unclip.StableUnCLIP",
            side=768,
        ),
        "StableUnCLIPPipeline": Kind(
            "StableUnCLIPPipeline", plain, SAMPLING, adapted="unclip.StableUnCLIP", side=768
        ),
    },
    denoiser="unet",
    text=("text_encoder", "image_encoder", "image_normalizer", f"{PREFIX}text_encoder", "prior"),
    tokenizers=("tokenizer", f"{PREFIX}tokenizer"),
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds"), "tokenizer", 75, {"num_images_per_prompt": 1},
        ears=ALONE,
    ),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    traits=Traits(has_stock_batch=True, disturbed=MIDDLE),
    lora_targets={"unet": UNET_LAYERS},
    later_schedules={NOISING: scheduler_config},
    first_stage=run_by("unclip.stable_unclip_sight"),
)  # fmt: skip
