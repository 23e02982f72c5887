"""Making a picture again from its own recipe, the same or with other seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from engine.api.errors import BadRequest, UnreadableFile
from engine.api.request import GenerationRequest, random_seed

if TYPE_CHECKING:
    from desktop.state.studio import Studio
    from engine.library.journal import Journal
    from engine.library.pictures import PictureMetadata

translate = QCoreApplication.translate

VARIATIONS = 4
OF_THE_PLACE = ("sheet", "canvas")
"""Of a request's `extra`: where its picture belonged, which a new one does not."""


def make_again(studio: Studio, path: Path, variations: int = 0) -> None:
    """Queue the recipe in `path` as it is, or `variations` pictures of it with seeds by chance."""

    def queue(request: GenerationRequest) -> None:
        studio.enqueue(_varied(request, variations) if variations else request)

    with_request_of(studio, path, queue)


def with_request_of(studio: Studio, path: Path, use: Callable[[GenerationRequest], object]) -> None:
    """Call `use` with what makes the picture in `path` again; where that is not known, it is said."""

    def take(found: tuple[PictureMetadata, GenerationRequest | None]) -> None:
        metadata, request = found
        try:
            request = request or _from_parameters(studio, metadata)
        except BadRequest as error:
            studio.say_not_begun(error)
        else:
            use(request)

    studio.background.run(read_request, path, studio.journal, done=take, failed=studio.say_not_begun)


def read_request(path: Path, journal: Journal | None) -> tuple[PictureMetadata, GenerationRequest | None]:
    """What `path` says of itself, and the request of its recipe with the pictures it started from.

    Raises `UnreadableFile` where it says nothing, `BadRequest` where a start picture is not here any more.
    For the disk pool.
    """
    # Pillow and the metadata readers are loaded with the first picture, not with the window
    from engine.api.wire import inputs_of, with_pictures
    from engine.library.maps import unpacked_maps
    from engine.library.masks import unpacked_masks
    from engine.library.pictures import read_metadata

    metadata = read_metadata(path)
    if metadata.recipe is None:
        if metadata.parameters is None:
            raise UnreadableFile(
                f"{path.name} does not say how it was made.", path=str(path), problem="no_recipe"
            )
        return metadata, None
    request = metadata.recipe.request
    pictures = {**unpacked_masks(metadata.recipe.masks), **unpacked_maps(metadata.recipe.maps)}
    for sha256, _ in inputs_of(request):
        found = journal.get_input(sha256) if journal is not None and sha256 not in pictures else None
        if found is not None:
            pictures[sha256] = found
    request = with_pictures(request, pictures)
    if missing := [sha256 for sha256, pixels in inputs_of(request) if pixels is None]:
        name = request.image.name if request.image is not None else ""
        raise BadRequest(
            "image",
            f"it started from {name or missing[0][:12]}, which is not here; start from that picture anew",
            problem="no_pixels",
        )
    extra = {key: value for key, value in request.extra.items() if key not in OF_THE_PLACE}
    return metadata, replace(request, extra=extra)


def _from_parameters(studio: Studio, metadata: PictureMetadata) -> GenerationRequest:
    """Of another program's picture: what it says, the rest as the model's makers recommend."""
    told = metadata.parameters
    assert told is not None
    info = studio.models.get(told.model) or studio.generation.info
    if info is None:
        raise BadRequest("model", "is not known yet; wait until the models are found")
    if studio.models.get(told.model) is None:
        studio.messages.warning(
            translate("Borrowing", "The model “{name}” is not here. The present one is kept.").format(
                name=told.model
            )
        )
    known = {scheduler.id for scheduler in info.capabilities.schedulers}
    own = info.defaults.sampling
    sampling = replace(
        own,
        steps=told.steps or own.steps,
        guidance=own.guidance if told.guidance is None else told.guidance,
        scheduler=told.scheduler if told.scheduler in known else own.scheduler,
        seed=random_seed() if told.seed is None else told.seed,
    )
    multiple = info.capabilities.size_multiple
    size = {
        name: max(multiple, round(value / multiple) * multiple)
        for name, value in (("width", told.width), ("height", told.height))
        if value
    }
    request = info.request(told.prompt, negative_prompt=told.negative_prompt, sampling=sampling, **size)
    return request.validated()


def _varied(request: GenerationRequest, count: int) -> GenerationRequest:
    return replace(request, images=count, sampling=replace(request.sampling, seed=random_seed()))
