"""unCLIP (Karlo) that is told what CLIP sees in a picture, where its prior would imagine it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.diffusion.cosine_schedulers import unclip_config
from engine.families import karlo
from engine.families.family import Inputs
from engine.families.kinds import references_of, run_by


def _after(inputs: Inputs) -> dict[str, Any]:
    return {**karlo.plain(inputs), "pictures": references_of(inputs)}


FAMILY = replace(
    karlo.FAMILY,
    id="karlo_variations",
    title="unCLIP (Karlo) image variations",
    kinds={
        "UnCLIPImageVariationPipeline": replace(
            karlo.FAMILY.kinds["UnCLIPPipeline"], pipeline="UnCLIPImageVariationPipeline", arguments=_after,
            references=1,
        )
    },
    text=("text_encoder", "text_proj", "image_encoder"),
    reader=None,
    prompt_tokens=None,
    needs_reference=True,
    later_schedules={"super_res_scheduler": unclip_config},
    first_stage=run_by("karlo.karlo_sight"),
    finish=lambda call: call,
)  # fmt: skip
