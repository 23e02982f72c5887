"""Consistency models: pixels from noise in a step or two (https://arxiv.org/abs/2303.01469).

LSUN's bedrooms and cats draw what they have seen, ImageNet's a class.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.consistency_schedulers import CONSISTENCY as SAMPLER
from engine.families.dit import classes_named
from engine.families.family import Inputs
from engine.families.kinds import Kind
from engine.families.noise import CONSISTENCY
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits


def plain(inputs: Inputs) -> dict[str, Any]:
    return {"batch_size": 1}


def of_class(inputs: Inputs) -> dict[str, Any]:
    return {"batch_size": 1, "class_labels": [inputs.class_label]}


def classes_of(checkpoint: Checkpoint) -> dict[int, str]:
    """None where it draws without being told what."""
    return classes_named(checkpoint, _count(checkpoint))


def _count(checkpoint: Checkpoint) -> int:
    count = checkpoint.configs["unet"].get("num_class_embeds")
    return count if type(count) is int and 0 < count <= 100_000 else 0


def _by_its_classes(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if not _count(checkpoint):
        return kind
    return replace(kind, arguments=of_class, variant="class-conditional")


FAMILY = PipelineFamily(
    id="consistency",
    title="Consistency Models",
    kinds={
        "ConsistencyModelPipeline": Kind(
            "ConsistencyModelPipeline", plain, Sampling(SAMPLER, steps=2, guidance=1.0), "unconditional",
            side=64, negative_prompt=False, guidance=False,
        )
    },
    denoiser="unet",
    text=(),
    tokenizers=(),
    noise=CONSISTENCY,
    fixed_size=True,
    traits=Traits(ends_in_pixels=True),
    classes=classes_of,
    refine=_by_its_classes,
)  # fmt: skip
