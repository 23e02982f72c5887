"""DiT: a class of ImageNet instead of a sentence (https://arxiv.org/abs/2212.09748)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.families.family import Inputs
from engine.families.kinds import Kind
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits


def plain(inputs: Inputs) -> dict[str, Any]:
    return {"class_labels": [inputs.class_label], "guidance_scale": inputs.guidance}


def classes_of(checkpoint: Checkpoint) -> dict[int, str]:
    count = checkpoint.configs["transformer"].get("num_embeds_ada_norm", 1000)
    return classes_named(checkpoint, count if type(count) is int and 0 < count <= 100_000 else 1000)


def classes_named(checkpoint: Checkpoint, count: int) -> dict[int, str]:
    """Number to name, as the folder's index tells it; numbers alone where it does not."""
    told = checkpoint.configs["model_index"].get("id2label")
    named = told if isinstance(told, dict) else {}
    return {number: str(named.get(str(number), number))[:200] for number in range(count)}


FAMILY = PipelineFamily(
    id="dit",
    title="DiT",
    kinds={
        "DiTPipeline": Kind(
            "DiTPipeline", plain, Sampling("dpmpp_2m", steps=25, guidance=4.0), "class-conditional", side=256,
            negative_prompt=False, schedulers=("ddim", "ddpm", "dpmpp_2m", "unipc"),
        )
    },
    text=(),
    tokenizers=(),
    is_flow=False,
    fixed_size=True,
    traits=Traits(takes_latents=False, ends_in_pixels=True),
    classes=classes_of,
)  # fmt: skip
