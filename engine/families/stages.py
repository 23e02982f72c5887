"""Models of two stages: what the first one's parts are called beside the second's, and its schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import Checkpoint
from engine.checkpoints.folder_layout import scheduler_config

K = TypeVar("K")

PREFIX = "prior_"
"""Before the names of the first stage's parts, in makers' folders that hold both, and so here."""
SECOND = "second_"
"""Before the names of the second stage's parts, where the first is what is drawn with."""
FIRST_OF = {
    "KandinskyPipeline": "KandinskyPriorPipeline",
    "KandinskyInpaintPipeline": "KandinskyPriorPipeline",
    "KandinskyV22Pipeline": "KandinskyV22PriorPipeline",
    "KandinskyV22ControlnetPipeline": "KandinskyV22PriorPipeline",
    "KandinskyV22InpaintPipeline": "KandinskyV22PriorPipeline",
    "StableCascadeDecoderPipeline": "StableCascadePriorPipeline",
    "WuerstchenDecoderPipeline": "WuerstchenPriorPipeline",
}
"""Pipeline of a second stage whose first is in a folder of its own, to the pipeline of that."""
SECOND_OF = {"IFPipeline": "IFSuperResolutionPipeline"}
"""Pipeline of a first stage to that of the second, which may lie beside it."""
FIRST_SCHEDULER = f"{PREFIX}scheduler"
NOISING = "image_noising_scheduler"
"""Of the noise that is laid on what CLIP sees."""
SEEING = (
    "StableUnCLIPImg2ImgPipeline", "StableDiffusionImageVariationPipeline", "UnCLIPImageVariationPipeline",
    "VersatileDiffusionPipeline", "UniDiffuserPipeline",
    "StableDiffusionGLIGENTextImagePipeline",
)  # fmt: skip
"""Pipelines that look at pictures with a network of their own."""
SCHEDULES = (
    "scheduler",
    "low_res_scheduler",
    FIRST_SCHEDULER,
    NOISING,
    "decoder_scheduler",
    "super_res_scheduler",
    f"{SECOND}scheduler",
    f"{SECOND}{NOISING}",
)
"""What parts with a schedule are called."""
SECOND_PARTS = ("unet", "scheduler", NOISING)
"""Of a second stage: it reads no words itself."""
FIRST_FIELDS = (
    "num_train_timesteps", "variance_type", "clip_sample", "clip_sample_range", "prediction_type",
    "beta_schedule",
)  # fmt: skip
"""What is read of that."""


def schedule_of_first(config: Mapping[str, Json]) -> dict[str, Json]:
    """The schedule that the first stage walks, within bounds."""
    known = scheduler_config(config)
    return {name: known[name] for name in FIRST_FIELDS if name in known}


def with_its_prior(title: str, prior: str, folder: str) -> Callable[[K, Checkpoint], K]:
    """Lets a model of two stages pass that has its first one; `folder` is what its makers call that one."""

    def refine(kind: K, checkpoint: Checkpoint) -> K:
        if prior not in checkpoint.configs:
            raise UnsupportedModel(
                f"{checkpoint.path.name} is the second stage of {title}, and the first is not here. Put "
                f"the folder of its prior ({folder}) beside it.",
                path=str(checkpoint.path),
                title=title,
                cause="its first stage is not beside it",
            )
        return kind

    return refine
