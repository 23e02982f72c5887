"""From a prompt to pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.control import Control
from engine.api.events import Event, Finished, Loading, Notice, Step
from engine.api.images import Extent
from engine.api.job_plan import Measure, plan_job, worked_extent
from engine.api.model_info import ModelInfo
from engine.api.other_words import ReadAs, as_read, said_of
from engine.api.prompt_steps import every_step
from engine.api.request import GenerationRequest, Speed
from engine.conditioning.control import LoadedMap
from engine.diffusion.devices import dtype_for, environment, free_bytes, prepare_torch
from engine.diffusion.embeddings import Embedding, EmbeddingCache
from engine.diffusion.preview import Preview, is_ready, plain_preview, preview_for
from engine.diffusion.stream import stream
from engine.diffusion.tap import Cancelled
from engine.drawn_maps import with_drawn_maps
from engine.edited_picture import EditedPicture
from engine.families.family import LoadedModel
from engine.library.folders import cache_folder
from engine.memory import Ladder, Relief
from engine.models.cache import Models
from engine.models.controls import Controls, controls_of
from engine.models.learnt import Learnt, learnt_of
from engine.models.references import references_of
from engine.picture import KEPT, Embed, Emit, IsCancelled, Picture, Setup, wear
from engine.picture_plan import Plan
from engine.picture_words import texts_of
from engine.upscaled_picture import UpscaledPicture
from engine.upscaling.enlarge import Enlarged, enlarge

if TYPE_CHECKING:
    import torch

Made = Picture | EditedPicture | UpscaledPicture
EDITED_SIDE_PX = 1024
"""Of the crops that an edit is worked on in, about."""
LEAST_PROGRESS = 0.01
"""Of a loading, below which nothing is said anew."""


def generate(
    request: GenerationRequest, info: ModelInfo, models: Models, control: Control
) -> Generator[Event, None, None]:
    """The events of a validated `request`: `Loading`, `Step`s and `ImageReady` for each picture, `Finished`.

    Pictures are made one by one, each from its own generator on the processor, so a seed is a picture
    on every device and in every request. Closing the iterator cancels in the middle of a network pass.
    """
    began, images = time.monotonic(), 0
    prepare_torch()
    request = yield from with_drawn_maps(request, models)
    dtype = dtype_for(request.speed, models.device)
    ladder = Ladder(
        models.device,
        lambda: _free(models, info, dtype),
        has_tiles=request.upscale is not None,
        start=_planned(request, info, models, dtype),
    )
    enlarged: Enlarged | None = None
    if request.upscale is not None and (enlarged := (yield from enlarge(request, models, control))) is None:
        return
    setup = yield from ladder.climb(lambda relief: _prepare(request, models, info, dtype, control, relief))
    if setup is None:
        return
    for image_index in range(request.images):
        if control.is_cancelled:
            return
        picture = yield from ladder.climb(_maker(request, image_index, setup, enlarged))
        if control.is_cancelled:
            return
        images += 1
        if picture.stopped_at is not None or control.is_stopping:  # said while it was decoded
            break
    yield Finished(images, time.monotonic() - began)


def _planned(request: GenerationRequest, info: ModelInfo, models: Models, dtype: torch.dtype) -> Relief:
    """What is done from the start: where a processor's memory runs out, the system ends the whole process."""
    device = str(models.device)
    free = free_bytes(device)
    free += models.bytes_of_kept(info, dtype) if free else 0
    extent = worked_extent(request, info)
    if request.edited is not None:
        extent = Extent(
            *(min(side, EDITED_SIDE_PX) for side in extent)
        )  # its plan cuts crops of about so much
    plan = plan_job(info, extent, dtype.itemsize, free, models.device.type == "cuda")
    return Relief(tiled_decode=Measure.TILED_DECODE in plan.measures)


def _prepare(
    request: GenerationRequest,
    models: Models,
    info: ModelInfo,
    dtype: torch.dtype,
    control: Control,
    relief: Relief,
) -> Generator[Event, None, Setup | None]:
    """None where it was cancelled."""
    model = yield from _load(models, info, dtype, control)
    if model is None:
        return None

    def at(speed: Speed) -> Setup:
        return setup_of(models.load(info, dtype_for(speed, models.device)))

    def setup_of(model: LoadedModel, preview: Preview | None = None) -> Setup:
        return Setup(
            model,
            lambda request: learnt_of(request, info, models.catalog),
            lambda request: controls_of(request, info, models.catalog),
            lambda controls: _with_networks(controls, models.load_controls(controls, model.dtype)),
            lambda request: references_of(request, info, models.catalog),
            lambda references: models.load_references(references, model.dtype),
            lambda learnt, read_as: _embedding_with(model, learnt, read_as),
            preview,
            control,
            relief,
            at,
        )

    if request.maps:
        yield Loading("maps")
        models.load_controls(controls_of(request, info, models.catalog), model.dtype)
    if request.references and info.capabilities.adapters:
        yield Loading("references")
        models.load_references(references_of(request, info, models.catalog), model.dtype)
    first = request.worded(0)
    yield from _prepare_prompts(first, model, learnt_of(first, info, models.catalog))
    return setup_of(model, (yield from _prepare_preview(model, control)))


def _load(
    models: Models, info: ModelInfo, dtype: torch.dtype, control: Control
) -> Generator[Event, None, LoadedModel | None]:
    """The model, with its progress while a large file is read for the first time; None where cancelled."""
    loaded: list[LoadedModel] = []

    def load(emit: Emit, is_cancelled: IsCancelled) -> None:
        said = 0.0

        def progress(share: float) -> None:
            nonlocal said
            if is_cancelled():
                raise Cancelled
            if share - said >= LEAST_PROGRESS:
                said = share
                emit(Loading("model", share))

        loaded.append(models.load(info, dtype, progress))

    yield Loading("model")
    yield from stream(load, control)
    return None if control.is_cancelled else loaded[0]


def _with_networks(controls: Controls, networks: tuple[Any, ...]) -> tuple[LoadedMap, ...]:
    return tuple(
        LoadedMap(found.map, found.info.type, network)
        for found, network in zip(controls.found, networks, strict=True)
    )


def _maker(
    request: GenerationRequest, image_index: int, setup: Setup, enlarged: Enlarged | None
) -> Callable[[Relief], Generator[Event, None, Made]]:
    """Makes picture `image_index`, as often as it is called; steps that were said are not said again."""
    said = 0

    def picture_with(setup: Setup) -> Made:
        if enlarged is not None:
            return UpscaledPicture(request, image_index, setup, enlarged)
        return (Picture if request.edited is None else EditedPicture)(request, image_index, setup)

    def make(relief: Relief) -> Generator[Event, None, Made]:
        nonlocal said
        picture = picture_with(replace(setup, relief=relief))
        with closing(stream(picture.make, setup.control)) as events:
            for event in events:
                if not isinstance(event, Step):
                    yield event
                elif event.index <= said:
                    yield Loading("replay", event.index / said)
                else:
                    said = event.index
                    yield event
        return picture

    return make


def _free(models: Models, info: ModelInfo, dtype: torch.dtype) -> None:
    """Only what denoises and decodes with `info` stays in memory."""
    KEPT.clear()
    models.keep_only(info, dtype)


def _prepare_prompts(
    request: GenerationRequest, model: LoadedModel, learnt: Learnt
) -> Generator[Event, None, None]:
    """Makes the embeddings of the request's prompts, and says what it had to do for them."""
    if model.reader is None:
        yield Loading("prompt")
        return
    embeddings, encoder_key = _embedding_cache(cache_folder()), _encoder_key(model, learnt)
    read_as = request.read_as or ()
    if read_as:
        yield Notice("read_as", said_of(read_as), {"words": said_of(read_as)})
    embed = _embedding_with(model, learnt, read_as)
    wear(model, learnt)
    cut: set[str] = set()
    for field, words in _words_of(request):
        tokens = model.reader.read(model, as_read(words, read_as), learnt.words, field == "negative_prompt")
        if tokens.cut and field not in cut:
            cut.add(field)
            yield Notice("prompt_cut", f"{tokens.cut}", {"field": field, "tokens": tokens.cut})
        if not embeddings.has(tokens, encoder_key) and not model.has_text_encoder:
            yield Loading("text_encoder")
            embed(words, field == "negative_prompt")
    yield Loading("prompt")


def _words_of(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    """Every prompt that the network will be given, with the field that it stands in."""
    total = Plan.of(request).total
    yield from texts_of(request, total)
    edit = request.edited.edit if request.edited is not None else None
    for place in edit.places if edit is not None else ():
        for text in every_step(place.prompt, total):
            yield "prompt", text
        if place.negative_prompt is not None:
            for text in every_step(place.negative_prompt, total):
                yield "negative_prompt", text


def _embedding_with(model: LoadedModel, learnt: Learnt, read_as: Sequence[ReadAs]) -> Embed:
    """A prompt's embedding; the text encoder is loaded only for one that is new. `learnt` is worn."""
    embeddings, encoder_key = _embedding_cache(cache_folder()), _encoder_key(model, learnt)

    def embed(prompt: str, is_negative: bool) -> Embedding:
        if model.reader is None:
            return {}
        reader = model.reader
        read = reader.read(model, as_read(prompt, read_as), learnt.words, is_negative)

        def make() -> Embedding:
            return reader.encode(model, read, learnt.vectors(model.dtype))

        made = embeddings.get(read, encoder_key, make)
        return {name: tensor.to(model.device) for name, tensor in made.items()}

    return embed


@cache
def _embedding_cache(folder: Path) -> EmbeddingCache:
    return EmbeddingCache(folder)


def _encoder_key(model: LoadedModel, learnt: Learnt) -> str:
    """All that decides an embedding's bits besides its tokens."""
    here = environment(model.device, model.dtype)
    return "|".join(
        (
            *filter(None, [learnt.text_key]),
            *(model.part_sha256[part] for part in model.text_parts),
            *(model.part_configs[part] for part in model.text_parts),
            here.dtype,
            here.device,
            here.torch,
            here.transformers,
            str(here.threads),
        )
    )


def _prepare_preview(model: LoadedModel, control: Control) -> Generator[Event, None, Preview | None]:
    if not control.wants_previews or model.vae is None:
        return None if not control.wants_previews else plain_preview
    sha256 = model.part_sha256["vae"]
    if not is_ready(sha256, cache_folder()):
        yield Loading("preview")
    return preview_for(model.space, sha256, cache_folder(), lambda: control.is_cancelled)
