"""From what was said on the command line to a `GenerationRequest`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine.api.edit import EditKind
from engine.api.errors import BadRequest, UnreadableFile
from engine.api.few_steps import distilled, run_as
from engine.api.guiders import Guider
from engine.api.images import ImageInput
from engine.api.learnt import LearntKind, Lora
from engine.api.lora_blocks import read_blocks
from engine.api.model_info import ModelInfo, scheduler_id
from engine.api.request import GenerationRequest, Sampling, Speed, random_seed
from engine.api.wire import images_of, with_pictures
from engine.cli.edit import EditWishes, surroundings_of, with_edit
from engine.cli.maps import with_controls
from engine.cli.references import with_references
from engine.cli.regions import with_regions
from engine.library.maps import unpacked_maps
from engine.library.masks import unpacked_masks
from engine.library.pictures import open_picture, read_metadata
from engine.models.named.learnt import with_words

if TYPE_CHECKING:
    from engine.models.catalog import Catalog


@dataclass(frozen=True)
class Wishes:
    """The options as they were typed; None is *not said*."""

    prompt: str | None = None
    negative: str | None = None
    size: str | None = None
    steps: int | None = None
    guidance: float | None = None
    rescale: float | None = None
    guider: Guider | None = None
    guided: str | None = None
    """`from-to`, shares of the steps."""
    image_guidance: float | None = None
    box_share: float | None = None
    layers: int | None = None
    scheduler: str | None = None
    seed: int | None = None
    images: int | None = None
    model: str | None = None
    speed: Speed | None = None
    image: Path | None = None
    strength: float | None = None
    recipe: Path | None = None
    loras: Sequence[str] | None = None
    """`name:weight` or `name`, each."""
    embeddings: Sequence[str] | None = None
    styles: Sequence[str] | None = None
    regions: Sequence[str] = ()
    """`mask:weight=words`, each."""
    controls: Sequence[str] = ()
    """`kind:map:weight:start-end`, each."""
    controls_from: Sequence[str] = ()
    """The same with a picture that the map is drawn from."""
    as_typed: bool = False
    """Read every word as it stands, also those that the model never learnt."""
    vae: str | None = None
    """Name or file of a VAE in place of the model's own; empty: its own."""
    references: Sequence[str] = ()
    """`picture:weight:scope`, each."""
    class_name: str | None = None
    """What to draw, for models that know classes instead of words."""
    edit: EditWishes = field(default_factory=EditWishes)


def build_request(wishes: Wishes, catalog: Catalog, default_model: str) -> GenerationRequest:
    """The request that `wishes` mean: a recipe's or the model's own defaults, varied by what was said.

    Raises `BadRequest` naming the field, the catalog's errors, and `UnreadableFile` for a recipe or
    start picture that cannot be read.
    """
    if wishes.prompt is None and wishes.edit.kind is not EditKind.CHANGE:
        wishes = replace(wishes, prompt=surroundings_of(wishes.image))
    wishes = with_class(wishes, catalog, default_model)
    if wishes.prompt is None and wishes.recipe is None:
        raise BadRequest(
            "prompt", 'is missing; say what to paint: lienzo generate "a cute beagle" -o dog.png'
        )
    base = (
        recipe_request(wishes.recipe, catalog, default_model)
        if wishes.recipe
        else catalog.find(wishes.model or default_model).request()
    )
    info = catalog.find(wishes.model or base.model)
    request = vary(with_model(base, wishes.model or base.model), wishes, info)
    if wishes.recipe is None or wishes.prompt is not None:
        request = replace(with_words(request, info, catalog), read_as=None)
    if wishes.as_typed:
        request = replace(request, read_as=())
    if wishes.seed is None and wishes.recipe is None:
        request = replace(request, sampling=replace(request.sampling, seed=random_seed()))
    request = with_few_steps(request, wishes, info, catalog)
    request = with_start_picture(request, wishes.image)
    if info.capabilities.whole_pictures and request.image is not None and not (wishes.size or wishes.recipe):
        extent = info.extent_for(request.image.width / request.image.height)
        request = replace(request, width=extent.width, height=extent.height)
    request = with_edit(request, wishes.edit, wishes.strength, wishes.size)
    request = with_references(request, wishes.references)
    request = with_controls(request, wishes.controls, wishes.controls_from)
    request = with_regions(request, wishes.regions).validated()
    info.check(request)
    return request


def with_class(wishes: Wishes, catalog: Catalog, default_model: str) -> Wishes:
    """`wishes` with a class as the prompt; without a prompt at all for a model that reads none.

    Raises `BadRequest` for a class beside a prompt, or for a model that knows no classes.
    """
    if wishes.class_name is None and (wishes.prompt is not None or wishes.recipe is not None):
        return wishes
    info = catalog.find(wishes.model or default_model)
    if wishes.class_name is None:
        reads_nothing = not info.capabilities.prompt and not info.capabilities.classes
        looks = bool(wishes.references) and info.capabilities.draws_after_reference
        return replace(wishes, prompt="") if reads_nothing or info.capabilities.layers or looks else wishes
    if wishes.prompt is not None:
        raise BadRequest("class", "stands for the prompt; say one of them")
    if wishes.recipe is None and not info.capabilities.classes:
        raise BadRequest("class", f"is nothing that {info.title} knows; say a prompt")
    return replace(wishes, prompt=wishes.class_name)


def read_guided(said: str) -> dict[str, float]:
    """The share of the steps that is guided, of `0.1-0.8`."""
    found = re.fullmatch(r"([\d.]+)-([\d.]+)", said.strip())
    try:
        return {"guidance_start": float(found[1]), "guidance_stop": float(found[2])} if found else _no(said)
    except ValueError:
        return _no(said)


def _no(said: str) -> NoReturn:
    raise BadRequest("guided", f"is a share of the steps, as 0.1-0.8, not {said[:40]!r}")


def vary(request: GenerationRequest, wishes: Wishes, info: ModelInfo) -> GenerationRequest:
    """`request` with what was said in place of its own values.

    Other words are drawn anew: those that a recipe drew belong to its own.
    """
    if any(words is not None for words in (wishes.prompt, wishes.negative, wishes.styles)):
        request = request.as_written
    sampling = {
        "steps": wishes.steps,
        "guidance": wishes.guidance,
        "guidance_rescale": wishes.rescale,
        "guider": wishes.guider,
        **(read_guided(wishes.guided) if wishes.guided is not None else {}),
        "image_guidance": wishes.image_guidance,
        "box_share": wishes.box_share,
        "layers": wishes.layers,
        "strength": wishes.strength,
        "seed": wishes.seed,
        "scheduler": scheduler_id(wishes.scheduler, info) if wishes.scheduler else None,
    }
    width, height = read_size(wishes.size) if wishes.size else (None, None)
    values = {
        "prompt": wishes.prompt,
        "negative_prompt": wishes.negative,
        "width": width,
        "height": height,
        "images": wishes.images,
        "speed": wishes.speed,
        "sampling": replace(request.sampling, **said(sampling)),
        "loras": tuple(map(read_lora, wishes.loras)) if wishes.loras else None,
        "embeddings": tuple(wishes.embeddings) if wishes.embeddings else None,
        "styles": tuple(wishes.styles) if wishes.styles else None,
        "vae": wishes.vae,
    }
    return replace(request, **said(values))


def with_few_steps(
    request: GenerationRequest, wishes: Wishes, info: ModelInfo, catalog: Catalog
) -> GenerationRequest:
    """`request` as a LoRA of it that was distilled to few steps wants to be run; what was said stays."""
    if wishes.recipe is not None or not wishes.loras:
        return request
    for lora in request.loras:
        told = catalog.find_learnt(LearntKind.LORA, lora.name)
        kind = distilled([told.path.stem, told.base])
        if kind is not None:
            ids = [scheduler.id for scheduler in info.capabilities.schedulers]
            sampling = run_as(kind, request.sampling, ids)
            return vary(replace(request, sampling=sampling), replace(wishes, loras=None), info)
    return request


def read_lora(text: str) -> Lora:
    """`ink`, `ink:0.8`, `C:/ink.safetensors:0.8` or `ink:0.8:up_blocks.1=0.5,mid_block=0`."""
    before, colon, behind = text.rpartition(":")
    if colon and "=" in behind:
        return replace(read_lora(before), blocks=read_blocks(behind))
    name, weight = before, behind
    try:
        return Lora(name, float(weight)) if colon and name else Lora(text)
    except ValueError:
        return Lora(text)


def said(values: dict) -> dict:
    return {name: value for name, value in values.items() if value is not None}


def read_size(text: str) -> tuple[int, int]:
    """Width and height of `768x512` (or `768×512`, or `512` for a square)."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*(?:[x×*,]\s*(\d{1,9}))?\s*", text, re.IGNORECASE)
    if match is None:
        raise BadRequest("size", f"must be WIDTHxHEIGHT in pixels, such as 768x512, not {text[:40]!r}")
    return int(match[1]), int(match[2] or match[1])


def recipe_request(path: Path, catalog: Catalog, default_model: str) -> GenerationRequest:
    """The request that made the picture `path`: ours, or what another program's parameters tell."""
    metadata = read_metadata(path)
    if metadata.recipe is not None:
        recipe = metadata.recipe
        return with_pictures(
            with_pictures(recipe.request, unpacked_masks(recipe.masks)), unpacked_maps(recipe.maps)
        )
    if metadata.parameters is None:
        raise UnreadableFile(
            f"{path} holds no recipe. Give a picture that Lienzo or another image generator saved.",
            path=str(path),
        )
    told = metadata.parameters
    base = catalog.find(default_model).request(told.prompt or "")
    sampling = {
        name: getattr(told, name)
        for name in ("steps", "scheduler", "guidance", "guidance_rescale", "seed", "strength")
    }
    own: Sampling = replace(base.sampling, **said(sampling))
    values = {"negative_prompt": told.negative_prompt, "width": told.width, "height": told.height}
    return replace(base, sampling=own, **said(values))


def with_start_picture(
    request: GenerationRequest, path: Path | None, may_be_another: bool = True
) -> GenerationRequest:
    """`request` with the pixels of its start picture, read from `path` where it is given.

    Raises `BadRequest` where that is missing, or is another than the recipe's: a branch can only begin
    where its origin began, and a picture is only verified from its own.
    """
    image = ImageInput.of(open_picture(path).pixels, path.name) if path is not None else None
    if image is not None and may_be_another and request.branch is None:
        return request.with_edit(image, request.edit) if request.edit else replace(request, image=image)
    needed = next(iter(images_of(request)), None)
    if needed is None or needed.pixels is not None:
        return request
    if image is None or image.sha256 != needed.sha256:
        what = "it does not hold" if image is None or path is None else f"is not {path.name}"
        raise BadRequest(
            "image",
            f"the recipe starts from {needed.name or 'a picture'} ({needed.width}x{needed.height}, pixels "
            f"{needed.sha256[:12]}), which {what}; add --image FILE",
        )
    return with_pictures(request, {needed.sha256: image.pixels})  # type: ignore[dict-item]


def with_model(request: GenerationRequest, name: str) -> GenerationRequest:
    """`request` with another model, or with its own where that lies now."""
    if request.branch is None:
        return replace(request, model=name)
    origin = with_model(request.branch.origin, name)
    return replace(request, model=name, branch=replace(request.branch, origin=origin))
