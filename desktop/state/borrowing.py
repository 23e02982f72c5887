"""Taking the settings out of a picture: ours, A1111's or another program's."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from desktop.state.borrowed_maps import bring_maps
from desktop.state.borrowed_places import bring_places
from desktop.state.messages import Level
from engine.api.errors import BadRequest
from engine.api.few_steps import distilled, run_as
from engine.api.images import Extent
from engine.api.learnt import LearntInfo
from engine.api.prompt import literal
from engine.api.request import GenerationRequest, Sampling

if TYPE_CHECKING:
    from desktop.state.studio import Studio
    from engine.api.recipe import Recipe
    from engine.library.parameters import Parameters
    from engine.library.pictures import PictureMetadata

Bringer = Callable[["Studio", "Recipe", Callable[[Callable[[], object]], object]], object]
"""Brings a part of a recipe into the document, and hands on the way back."""
translate = QCoreApplication.translate

TAKEN = "settings-taken"
"""The topic of the offer to undo, and of what is said where they could not be taken."""


class Part(enum.StrEnum):
    """What of a picture's settings is taken over."""

    ALL = "all"
    PROMPT = "prompt"
    """With the negative one."""
    SEED = "seed"
    SIZE = "size"
    MODEL = "model"


def read_settings(path: Path) -> PictureMetadata:
    """What `path` says about how it was made. Raises `EngineError`. For the disk pool."""
    # Pillow and the metadata readers are loaded with the first picture, not with the window
    from engine.api.wire import with_pictures
    from engine.library.maps import unpacked_maps
    from engine.library.pictures import read_metadata
    from engine.vocabulary.wording import as_typed

    metadata = read_metadata(path)
    recipe = metadata.recipe
    if recipe is None:
        return metadata
    request = as_typed(recipe.request)
    if recipe.described and not request.prompt.strip():
        request = replace(request, prompt=literal(recipe.described))
    if request.references:
        request = with_pictures(request, unpacked_maps(recipe.maps))
    return replace(metadata, recipe=replace(recipe, request=request))


def take_settings(studio: Studio, metadata: PictureMetadata, part: Part = Part.ALL) -> None:
    """Take over what is said, keep the rest, say what could not be taken, and offer the way back."""
    if metadata.recipe is not None and part is Part.ALL:
        _take_recipe(studio, metadata.recipe)
    elif metadata.recipe is not None:
        take_request(studio, metadata.recipe.request, part)
    elif metadata.parameters is not None and part is not Part.ALL:
        told = metadata.parameters
        size = Extent(told.width, told.height) if told.width and told.height else None
        _take_part(studio, part, told.prompt, told.negative_prompt, told.seed, size, told.model)
    elif metadata.parameters is not None:
        before = studio.generation.values()
        _take_parameters(studio, metadata.parameters)
        _offer_way_back(studio, before)
    else:
        studio.messages.warning(
            translate("Borrowing", "This picture does not say how it was made. Nothing was changed.")
        )


def _take_recipe(studio: Studio, recipe: Recipe) -> None:
    """With its maps and places, where it has any; the way back takes these out of the document too."""
    before = studio.generation.values()
    try:
        _take_request(studio, recipe.request.validated())
    except BadRequest as error:
        studio.say_failed(error, TAKEN)
        return
    bringers: list[Bringer] = [bring_maps] if recipe.request.maps else []
    is_bound = any(one.place is not None for one in recipe.request.references)
    # an edit's lie in a part of a canvas
    if (recipe.request.regions or is_bound) and recipe.request.edit is None:
        bringers.append(bring_places)
    _bring(studio, recipe, bringers, lambda back: _offer_way_back(studio, before, back))


def _bring(
    studio: Studio,
    recipe: Recipe,
    bringers: Sequence[Bringer],
    then: Callable[[Callable[[], object]], object],
    back: Callable[[], object] = lambda: None,
) -> None:
    """One after the other; `then` is given the way back through all of them, the last first."""
    if not bringers:
        then(back)
        return

    def go_on(way: Callable[[], object]) -> None:
        _bring(studio, recipe, bringers[1:], then, lambda: (way(), back()))

    bringers[0](studio, recipe, go_on)


def take_request(studio: Studio, request: GenerationRequest, part: Part = Part.ALL) -> None:
    """As `take_settings`, of a picture or step whose request is known."""
    if request.written is not None:
        # reads the styles, which a start does not wait for
        from engine.vocabulary.wording import as_typed

        request = as_typed(request)
    if part is not Part.ALL:
        size = request.extent if request.edited is None else None  # an edit is as large as its picture
        words, seed = (request.prompt, request.negative_prompt), request.sampling.seed
        _take_part(studio, part, *words, seed, size, request.model)
        if part is Part.PROMPT and request.written is not None:
            studio.generation.styles = ()  # their words are in the prompt
        elif part is Part.PROMPT and request.styles:
            studio.generation.styles = request.styles
        return
    before = studio.generation.values()
    try:
        _take_request(studio, request.validated())
    except BadRequest as error:
        studio.say_failed(error, TAKEN)
    else:
        _offer_way_back(studio, before)


def _take_part(
    studio: Studio,
    part: Part,
    prompt: str,
    negative_prompt: str,
    seed: int | None,
    size: Extent | None,
    model: str,
) -> None:
    """One thing of a picture; None and "" is what it does not say."""
    generation, before = studio.generation, studio.generation.values()
    match part:
        case Part.PROMPT:
            generation.prompt, generation.negative_prompt = prompt, negative_prompt
        case Part.SEED if seed is not None:
            generation.seed, generation.seed_locked = seed, True
        case Part.SIZE if size is not None:
            generation.set_size(size)
        case Part.MODEL if model:
            _choose_model(studio, model)
        case _:
            studio.messages.warning(
                translate("Borrowing", "This picture does not say that. Nothing was changed.")
            )
    if generation.values() != before:
        _offer_way_back(studio, before)


def _offer_way_back(
    studio: Studio, before: dict[str, Any], besides: Callable[[], object] = lambda: None
) -> None:
    studio.messages.offer(
        Level.INFO,
        translate("Borrowing", "The settings were taken over."),
        translate("Borrowing", "Undo"),
        lambda: (besides(), _put_back(studio, before)),
        TAKEN,
    )


def run_as_distilled(studio: Studio, lora: LearntInfo, before: dict[str, Any]) -> None:
    """A LoRA that was distilled to few steps sets steps, guidance and sampler; the way back is offered."""
    kind, generation = distilled([lora.path.stem, lora.base]), studio.generation
    if kind is None:
        return
    info = generation.info
    ids = [scheduler.id for scheduler in info.capabilities.schedulers] if info is not None else []
    own = Sampling(generation.scheduler, generation.steps, generation.guidance)
    sampling = run_as(kind, own, ids)
    generation.steps, generation.guidance = sampling.steps, sampling.guidance
    generation.scheduler = sampling.scheduler
    text = translate(
        "Borrowing", "{name} is made for few steps: steps, guidance and sampler were set for it."
    )
    studio.messages.offer(
        Level.INFO,
        text.format(name=lora.name),
        translate("Borrowing", "Undo"),
        lambda: _put_back(studio, before),
        TAKEN,
    )


def _put_back(studio: Studio, before: dict[str, Any]) -> None:
    """The settings as they were, the model's own first because it brings defaults."""
    studio.choose_model(before["model"])
    for name, value in before.items():
        if name != "model":
            setattr(studio.generation, name, value)


def _take_request(studio: Studio, request: GenerationRequest) -> None:
    generation = studio.generation
    _choose_model(studio, request.model)
    scheduler = _known_scheduler(studio, request.sampling.scheduler)
    generation.apply_request(request)
    generation.scheduler = scheduler
    if generation.info is not None:
        generation.knows_model(generation.info)
    if request.regions and request.edit is not None:
        studio.messages.info(
            translate("Borrowing", "It had places with words of their own, which belong to its canvas.")
        )
    if request.image is not None and request.image.pixels is None:
        studio.messages.info(
            translate("Borrowing", "It started from the picture “{name}”, which is not inside it.").format(
                name=request.image.name
            )
        )


def _take_parameters(studio: Studio, parameters: Parameters) -> None:
    generation = studio.generation
    if parameters.model:
        _choose_model(studio, parameters.model)
    present = generation.scheduler
    generation.apply_parameters(parameters)
    generation.scheduler = _known_scheduler(studio, parameters.scheduler) if parameters.scheduler else present


def _choose_model(studio: Studio, name: str) -> None:
    info = studio.models.get(name)
    if info is not None:
        studio.generation.use_model(info)
        return
    studio.messages.warning(
        translate("Borrowing", "The model “{name}” is not here. The present one is kept.").format(name=name)
    )


def _known_scheduler(studio: Studio, scheduler: str) -> str:
    """`scheduler` where the present model has it, else the present one, and that is said."""
    info = studio.generation.info
    if info is None or scheduler in {known.id for known in info.capabilities.schedulers}:
        return scheduler
    studio.messages.warning(
        translate("Borrowing", "The sampler “{name}” is not known to this model. The present one is kept.")
        .format(name=scheduler)
    )  # fmt: skip
    return studio.generation.scheduler
