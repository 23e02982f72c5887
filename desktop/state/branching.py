"""Going on from a kept step: what an artist means by it, as a request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from engine.api.request import Branch, GenerationRequest

if TYPE_CHECKING:
    from desktop.state.generation import GenerationState
    from desktop.state.job import Job, KeptStep
    from desktop.state.studio import Studio

translate = QCoreApplication.translate


def branch_request(generation: GenerationState, job: Job, kept: KeptStep) -> GenerationRequest:
    """The present prompt and settings from `kept` on, at that step's size. Raises `BadRequest`.

    A sampler that adds noise on the way makes another picture for each seed. With any other all the noise
    is in the step already: there is one picture, and its seed is the step's own.
    """
    origin = job.pictures
    request = generation.to_request()
    sampling, images = replace(request.sampling, strength=1.0), request.images
    if not generation.adds_noise:
        sampling, images = replace(sampling, seed=origin.seed_of(kept.image_index)), 1
    branch = Branch(origin, kept.image_index, kept.index)
    return replace(
        request,
        image=None,
        branch=branch,
        maps=origin.maps,
        references=origin.references,
        regions=origin.regions,
        sampling=sampling,
        images=images,
        width=origin.width,
        height=origin.height,
        extra=origin.extra,  # where on the canvas it belongs
    ).validated()


def say_what_to_expect(studio: Studio, request: GenerationRequest) -> None:
    """Where there will be fewer pictures than were set, or nothing new."""
    if says_the_same(request):
        studio.messages.info(
            translate("Branching", "Nothing was changed since this step, so the picture comes out the same.")
        )
    elif studio.generation.images > request.images:
        studio.messages.info(
            translate(
                "Branching",
                "This sampler adds no noise on the way: all pictures from one step would be alike, "
                "so one is made. Euler a makes variations.",
            )
        )


def says_the_same(request: GenerationRequest) -> bool:
    """True where `request` goes on just as the picture did that it branches from."""
    branch = request.branch
    assert branch is not None
    origin = branch.origin.one_image(branch.image_index)
    read_as = origin.read_as if request.read_as is None else request.read_as  # None: the engine looks them up
    return replace(request, branch=None, read_as=read_as) == origin
