"""What each kind of Stable Diffusion pipeline is given besides words and noise, by what its network reads."""

from __future__ import annotations

from typing import Any

from engine.families.family import Inputs, Reads, Task
from engine.families.kinds import mask_of, picture_of

EXTRA_CHANNELS = {0: Reads.LATENTS, 5: Reads.MASKED_PICTURE, 4: Reads.PICTURE, 1: Reads.MAP}
"""What a network with four latent channels reads beyond them: mask and picture, picture, or depth."""

PIPELINES: dict[Reads, dict[Task, str]] = {
    Reads.LATENTS: {
        Task.TEXT_TO_IMAGE: "StableDiffusionPipeline",
        Task.IMAGE_TO_IMAGE: "StableDiffusionImg2ImgPipeline",
    },
    Reads.MASKED_PICTURE: dict.fromkeys(Task, "StableDiffusionInpaintPipeline"),
    Reads.PICTURE: dict.fromkeys(Task, "StableDiffusionInstructPix2PixPipeline"),
    Reads.MAP: dict.fromkeys(Task, "StableDiffusionDepth2ImgPipeline"),
}
"""As a folder names them."""


def pipeline_class(reads: Reads, task: Task) -> type:
    import diffusers  # imports torch

    if reads is not Reads.MAP:
        return getattr(diffusers, PIPELINES[reads][task])
    if task is Task.IMAGE_TO_IMAGE:  # which the stock one is, but for the depth: that is laid there by us
        return diffusers.StableDiffusionImg2ImgPipeline
    from engine.families.adapted.pipelines import StableDiffusionDepth

    return StableDiffusionDepth


def arguments(reads: Reads, inputs: Inputs) -> dict[str, Any]:
    """Every argument that differs from pipeline to pipeline, said: so do their defaults."""
    steered = {"guidance_scale": inputs.guidance, "eta": 0.0}
    return {**steered, **_begun(reads, inputs)}


def _begun(reads: Reads, inputs: Inputs) -> dict[str, Any]:
    size = {"height": inputs.extent.height, "width": inputs.extent.width}
    if reads is Reads.MASKED_PICTURE:
        return {**size, **_masked(inputs)}
    if reads is Reads.PICTURE:
        return {"image": picture_of(inputs), "image_guidance_scale": inputs.image_guidance}
    if inputs.start is None:
        return {**size, "guidance_rescale": inputs.guidance_rescale}
    return {"image": picture_of(inputs), "strength": inputs.strength}


def _masked(inputs: Inputs) -> dict[str, Any]:
    strength = inputs.strength if inputs.start is not None else 1.0
    return {"image": picture_of(inputs), "mask_image": mask_of(inputs), "strength": strength}
