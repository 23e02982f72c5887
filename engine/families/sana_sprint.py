"""Sana Sprint: Sana distilled to one to four steps (https://arxiv.org/abs/2503.09641)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.consistency_schedulers import TRIGFLOW as SAMPLER
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, size_of
from engine.families.noise import TRIGFLOW
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import StockReader, lowered

SECOND_ANGLE = 1.3
"""Where the second of two steps begins, as its makers chose it; other numbers of steps are spread evenly."""


def plain(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0, "use_resolution_binning": False,
        "clean_caption": False,
    }  # fmt: skip


def with_angles(call: dict[str, Any]) -> dict[str, Any]:
    """The pipeline takes an angle for the second of two steps, and refuses one for other numbers."""
    return {**call, "intermediate_timesteps": SECOND_ANGLE if call["num_inference_steps"] == 2 else None}


KIND = Kind("SanaSprintPipeline", plain, Sampling(SAMPLER, steps=2, guidance=4.5), negative_prompt=False)

FAMILY = PipelineFamily(
    id="sana_sprint",
    title="Sana Sprint",
    kinds={"SanaSprintPipeline": KIND},
    reader=StockReader(
        ("prompt_embeds", "prompt_attention_mask"), "tokenizer", 298, {"clean_caption": False},
        ears=ALONE, prepared=lowered,
    ),
    prompt_tokens=298,
    noise=TRIGFLOW,
    least_multiple=32,
    cells=1,
    traits=Traits(in_float32=True, ends_in_pixels=True),
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0")},
    finish=with_angles,
)  # fmt: skip
