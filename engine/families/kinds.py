"""One member of a family: the pipeline that runs it, and what that is called with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from engine.api.mask import painted
from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.family import Inputs, Reads, Task
from engine.families.traits import Traits
from engine.families.words import Reader
from engine.networks.maps import OwnMap

Arguments = Callable[[Inputs], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """One member of a family, by the pipeline that a folder names."""

    pipeline: str
    """The diffusers class that runs it."""
    arguments: Arguments
    """What it is called with besides words and noise."""
    sampling: Sampling
    """What its makers recommend."""
    variant: str = ""
    reads: Reads = Reads.LATENTS
    side: int = 1024
    negative_prompt: bool = True
    """False also where it was taught its guidance, and there is none to be asked for beside it."""
    guidance: bool = True
    module: str = "diffusers"
    """Where it lies. The package hides some that ask for a library in one part, which we do without."""
    image_to_image: str = ""
    """The class for it where it is not run by beginning the other one midway."""
    is_guided: Callable[[float], bool] | None = None
    """Whether a guidance scale asks for the negative prompt, where there is one; None: as most, above 1."""
    image_guidance: bool = False
    """True where it can be told how closely to keep to its picture."""
    references: int = 0
    """Pictures that it reads beside the words."""
    weighs_references: bool = False
    """True where those can count more or less."""
    reference_or_words: bool = False
    """True where it reads either those or words."""
    subjects: bool = False
    """True where each of those has to be named: what of it counts."""
    narrowest: int | None = None
    """How many times as long as wide they may be; None: as one likes."""
    reader: Reader | None = None
    """Where it reads words in another way than the rest of the family."""
    schedulers: tuple[str, ...] = ()
    """Ids of those that its pipeline can be given; empty for all."""
    runner: type | None = None
    """What runs it in place of `pipeline`, where diffusers has only blocks of that name."""
    is_taught: bool = True
    """False where its network is spoken to in a way that training has not learnt."""
    adapted: str = ""
    """What runs it, as `adapted` takes it, where `pipeline` would not do as it is told."""
    cell: int = 1
    """Pixels along a side that a cell stands for, where no autoencoder tells it."""
    begins_midway: bool = True
    """False where nothing brings pictures into its latents: it draws from words alone."""
    own_map: OwnMap | None = None
    """How its network reads a map by itself; it draws nothing without one."""
    reads_beside: bool = False
    """True where mask and picture are laid beside the latents for it: its class here knows of neither."""
    lays_beside: bool = False
    """True where its class lays them there, and still takes the latents to begin midway with."""
    widens_mask: bool = True
    """True where it was taught that a cell beside one that is painted is painted too."""
    redraws: bool = False
    """True where it draws the picture that it is given again, finer, rather than another after it."""
    in_boxes: bool = False
    """True where it is told of places as boxes with a phrase each: GLIGEN."""
    box_pictures: bool = False
    """True where a box may hold a picture, too."""

    @property
    def begins_by_latents(self) -> bool:
        """True where image to image is text to image that begins midway."""
        is_given = self.reads_beside or self.lays_beside or not self.reads.shows_picture
        return not self.image_to_image and is_given


@dataclass(frozen=True)
class Refiner:
    """How a model draws what was made larger anew, where its own pipeline cannot."""

    kind: Kind
    packing: Packing
    finish: Callable[[dict[str, Any]], dict[str, Any]]
    """Changes the pipeline's whole call before it is made."""
    traits: Traits = field(default_factory=Traits)


def size_of(inputs: Inputs) -> dict[str, Any]:
    return {"height": inputs.extent.height, "width": inputs.extent.width}


def guided(inputs: Inputs) -> dict[str, Any]:
    """What most pipelines that draw from words alone are called with."""
    return {**size_of(inputs), "guidance_scale": inputs.guidance}


def picture_of(inputs: Inputs, grey: int = 128) -> Image.Image:
    """The start picture; without one the first reference, and without that plain grey."""
    if inputs.start is None and inputs.references:
        return references_of(inputs)[0]
    if inputs.start is None:
        return Image.new("RGB", inputs.extent, (grey, grey, grey))
    return Image.fromarray(inputs.start)


def changing(inputs: Inputs) -> dict[str, Any]:
    """What most pipelines that change a picture by an instruction are called with."""
    return {**guided(inputs), "image": picture_of(inputs)}


def references_of(inputs: Inputs, least_px: int = 1, narrowest: int | None = None) -> list[Image.Image]:
    """The reference pictures in their proportions, no larger than what is drawn, no side below `least_px`.

    `narrowest`: as `Kind.narrowest`; what rounded sides make narrower loses the pixels that are too many.
    """
    area = inputs.extent.width * inputs.extent.height
    found = []
    for pixels in inputs.references:
        image = Image.fromarray(pixels)
        scale = min(1.0, (area / (image.width * image.height)) ** 0.5)
        scale = max(scale, least_px / min(image.size))
        if scale != 1:
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            image = image.resize(size, Image.Resampling.LANCZOS)
        if narrowest is not None and max(image.size) > (most := narrowest * min(image.size)):
            image = image.crop((0, 0, min(image.width, most), min(image.height, most)))
        found.append(image)
    return found


def pictures_of(inputs: Inputs) -> list[Image.Image]:
    """The start picture and the references behind it; plain grey where there are neither."""
    own = [picture_of(inputs)] if inputs.start is not None or not inputs.references else []
    return [*own, *references_of(inputs)]


def mask_of(inputs: Inputs) -> Image.Image:
    """White where an inpainting network is to paint: it knows yes and no; the soft mask does the rest."""
    if inputs.mask is None:
        return Image.new("L", inputs.extent, 255)
    return Image.fromarray(painted(inputs.mask).astype(np.uint8) * np.uint8(255))


def pipeline_class_of(kind: Kind, task: Task) -> type:
    if kind.runner is not None:
        return kind.runner
    name = kind.image_to_image if task is Task.IMAGE_TO_IMAGE else ""
    if kind.adapted and not name:
        return adapted(kind.adapted)
    return getattr(importlib.import_module(kind.module), name or kind.pipeline)  # imports torch


def adapted(name: str) -> Any:
    """What `adapted` has under "room.name": a class around a pipeline, or a stage of a model."""
    room, _, own = name.partition(".")
    return getattr(importlib.import_module(f"engine.families.adapted.{room}"), own)  # imports torch


def run_by(name: str) -> Callable[..., Any]:
    """Runs what `adapted` gives for `name`, and imports it no sooner."""

    def run(*args: Any) -> Any:
        return adapted(name)(*args)

    return run
