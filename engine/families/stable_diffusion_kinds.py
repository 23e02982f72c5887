"""Each kind of Stable Diffusion pipeline, by what its network reads at each step."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs, Reads
from engine.families.kinds import Kind, mask_of, picture_of, size_of
from engine.families.words import ClipReader
from engine.networks.maps import OwnMap

EXTRA_CHANNELS = {0: Reads.LATENTS, 5: Reads.MASKED_PICTURE, 4: Reads.PICTURE, 1: Reads.MAP}
"""What a network with four latent channels reads beyond them: mask and picture, picture, or depth."""
IMAGE_TO_IMAGE = "StableDiffusionImg2ImgPipeline"
PIPELINES = {
    Reads.LATENTS: "StableDiffusionPipeline",
    Reads.MASKED_PICTURE: "StableDiffusionInpaintPipeline",
    Reads.PICTURE: "StableDiffusionInstructPix2PixPipeline",
    Reads.MAP: "StableDiffusionDepth2ImgPipeline",
}
"""As a folder names them."""


BOXED = "StableDiffusionGLIGENPipeline"
"""As a folder may name that of a network that reads boxes; what it reads besides decides."""


PICTURED = "StableDiffusionGLIGENTextImagePipeline"
"""The same of one that reads pictures in them."""


def kind_of(
    reads: Reads,
    sampling: Sampling,
    in_boxes: bool = False,
    box_pictures: bool = False,
    draws_depth: bool = False,
) -> Kind:
    """What runs a network that reads that; `sampling` is what its makers recommend."""
    if draws_depth:  # the stock class for start pictures would hand its autoencoder colours alone
        return Kind(
            PIPELINES[Reads.LATENTS],
            lambda inputs: {
                **_plainly(inputs), **size_of(inputs), "guidance_rescale": inputs.guidance_rescale,
            },
            sampling,
            reader=ClipReader(),
        )  # fmt: skip
    is_map = reads is Reads.MAP
    if in_boxes and reads is Reads.MASKED_PICTURE:
        # it is told what is kept, and behind it; the stock class for masks lays both the other way round
        return Kind(
            PIPELINES[Reads.LATENTS], lambda inputs: {**_plainly(inputs), **size_of(inputs)}, sampling,
            reads=reads, adapted="pipelines.NarrowLatents", reader=ClipReader(), in_boxes=True,
            box_pictures=box_pictures, reads_beside=True, widens_mask=False,
        )  # fmt: skip
    return Kind(
        PIPELINES[reads],
        lambda inputs: {**_plainly(inputs), **_begun(reads, inputs)},
        sampling,
        reads=reads,
        # with depth, too: the stock class for that differs only in laying it there, which is ours to do
        image_to_image="" if reads.shows_picture else IMAGE_TO_IMAGE,
        adapted="pipelines.NarrowLatents" if is_map else "",
        own_map=OwnMap.DEPTH if is_map else None,
        reader=ClipReader(),
        in_boxes=in_boxes,
        box_pictures=box_pictures,
    )


def _plainly(inputs: Inputs) -> dict[str, Any]:
    return {"guidance_scale": inputs.guidance, "eta": 0.0}


def _begun(reads: Reads, inputs: Inputs) -> dict[str, Any]:
    """Every argument that differs from pipeline to pipeline, said: so do their defaults."""
    if reads is Reads.MASKED_PICTURE:
        return {**size_of(inputs), **_masked(inputs)}
    if reads is Reads.PICTURE:
        return {"image": picture_of(inputs), "image_guidance_scale": inputs.image_guidance}
    if inputs.start is None:
        return {**size_of(inputs), "guidance_rescale": inputs.guidance_rescale}
    return {"image": picture_of(inputs), "strength": inputs.strength}


def _masked(inputs: Inputs) -> dict[str, Any]:
    strength = inputs.strength if inputs.start is not None else 1.0
    return {"image": picture_of(inputs), "mask_image": mask_of(inputs), "strength": strength}
