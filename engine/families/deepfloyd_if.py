"""DeepFloyd IF: draws in pixels, small first and larger after it (https://github.com/deep-floyd/IF)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.checkpoints.folder_layout import scheduler_config
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided, run_by
from engine.families.pipeline_family import PipelineFamily
from engine.families.stages import NOISING, SECOND
from engine.families.traits import Traits
from engine.families.words import StockReader, lowered

LARGER = 4
"""Times what the first stage draws, along a side."""
UNET = f"{SECOND}unet"


def _large(inputs: Inputs) -> dict[str, Any]:
    small = {name: size // LARGER for name, size in inputs.extent._asdict().items()}
    return {**small, "guidance_scale": inputs.guidance}


def _as_far_as_it_goes(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """With the second stage beside it its pictures are larger, and what it denoises is a part of them."""
    if UNET not in checkpoint.weights:
        return kind
    return replace(kind, arguments=_large, cell=LARGER, variant="stages I and II")


FAMILY = PipelineFamily(
    id="deepfloyd_if",
    title="DeepFloyd IF",
    kinds={
        "IFPipeline": Kind(
            "IFPipeline", guided, Sampling("ddpm", steps=100, guidance=7.0), variant="stage I, 64 pixels",
            schedulers=("ddpm", "dpmpp_2m", "dpmpp_2m_karras"), adapted="deepfloyd.DeepFloydIF", side=64,
        )
    },
    denoiser="unet",
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds"), "tokenizer", 76, {"clean_caption": False}, ears=ALONE,
        prepared=lowered,
    ),
    prompt_tokens=76,
    is_flow=False,
    cells=8,
    traits=Traits(has_stock_batch=True),
    lora_targets={"unet": ("to_q", "to_k", "to_v", "to_out.0", "add_k_proj", "add_v_proj")},
    later=(UNET,),
    later_schedules={f"{SECOND}scheduler": scheduler_config, f"{SECOND}{NOISING}": scheduler_config},
    last_stage=run_by("deepfloyd.second_stage"),
    refine=_as_far_as_it_goes,
)  # fmt: skip
