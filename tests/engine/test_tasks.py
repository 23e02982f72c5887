"""The door from a request to its events, walked through with the model that needs no weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.api.control import Control
from engine.api.errors import BadRequest, ModelNotFound
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput, pixels_hash
from engine.api.request import Branch, GenerationRequest, Sampling
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

WHITE = ImageInput.of(np.full((8, 8, 3), 255, np.uint8))


@pytest.fixture
def models() -> Models:
    return Models(Catalog())


def toy(**changes) -> GenerationRequest:
    request = GenerationRequest(model="toy", prompt="hills at dusk", width=64, height=48)
    return replace(request, **{"sampling": Sampling(steps=6, seed=3), **changes})


def images_of(events) -> list[ImageReady]:
    return [event for event in events if isinstance(event, ImageReady)]


def test_a_request_yields_steps_then_its_pictures_then_finished(models):
    events = list(run(toy(images=2), models))
    steps = [(event.image_index, event.index) for event in events if isinstance(event, Step)]
    assert steps == [(image, index) for image in (0, 1) for index in range(1, 7)]
    assert [event.image_index for event in images_of(events)] == [0, 1]
    assert isinstance(events[-1], Finished) and events[-1].images == 2


def test_a_toy_picture_is_the_same_every_time_and_alone(models):
    both = images_of(run(toy(images=2), models))
    alone = images_of(run(both[1].recipe.request, models))
    assert np.array_equal(both[1].pixels, alone[0].pixels)
    assert both[1].recipe.pixels_sha256 == pixels_hash(both[1].pixels)


def test_another_seed_or_prompt_is_another_picture(models):
    pictures = [
        images_of(run(request, models))[0].pixels
        for request in (toy(), toy(prompt="a lake"), replace(toy(), sampling=Sampling(steps=6, seed=4)))
    ]
    assert len({pixels_hash(picture) for picture in pictures}) == 3


def test_cancelling_delivers_nothing_more(models):
    control = Control()
    events = run(toy(), models, control)
    while not isinstance(next(events), Step):
        pass
    control.cancel()
    assert list(events) == []


def test_stop_and_keep_delivers_the_estimate_and_says_where(models):
    control = Control()
    heard = []
    for event in run(toy(images=3), models, control):
        heard.append(event)
        if isinstance(event, Step) and event.index == 2:
            control.stop_and_keep()
    (image,) = images_of(heard)
    assert image.recipe.stopped_at == 2
    assert isinstance(heard[-1], Finished) and heard[-1].images == 1


@pytest.mark.parametrize("last", [Step, ImageReady])
def test_stop_and_keep_at_the_very_end_of_a_picture_starts_no_other(models, last):
    control = Control()
    heard = []
    for event in run(toy(images=3), models, control):
        heard.append(event)
        if isinstance(event, last) and getattr(event, "index", 6) == 6:
            control.stop_and_keep()
    (image,) = images_of(heard)
    assert image.recipe.stopped_at is None
    assert isinstance(heard[-1], Finished) and heard[-1].images == 1


def test_a_branch_with_the_same_settings_ends_as_its_origin(models):
    branch = Branch(toy(images=3), image_index=2, step=3)
    events = list(run(toy(branch=branch), models))
    assert [event.index for event in events if isinstance(event, Step)] == [4, 5, 6]
    assert np.array_equal(images_of(events)[0].pixels, images_of(run(toy(images=3), models))[2].pixels)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"width": 63}, "width"),
        ({"sampling": Sampling(scheduler="astrology")}, "scheduler"),
        ({"sampling": Sampling(steps=0)}, "steps"),
        ({"image": ImageInput("0" * 64, 8, 8, "lost.png")}, "image"),
        ({"image": WHITE, "sampling": Sampling(steps=6, strength=0.1)}, "strength"),
        ({"branch": Branch(GenerationRequest("toy", width=32, height=32), 0, 1)}, "width"),
        ({"branch": Branch(GenerationRequest("starter", width=64, height=48), 0, 1)}, "model"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(models, changes, field):
    with pytest.raises(BadRequest) as refusal:
        run(toy(**changes), models)
    assert refusal.value.field == field


def test_pixels_that_are_missing_at_any_depth_of_a_branch_are_named(models):
    lost = ImageInput("0" * 64, 8, 8, "lost.png")
    first = toy(image=lost)
    second = toy(branch=Branch(first, 0, 1))
    third = toy(branch=Branch(second, 0, 2))
    for request, depth in ((second, 1), (third, 2)):
        with pytest.raises(BadRequest, match=r"lost\.png") as refusal:
            run(request, models)
        assert refusal.value.field == "branch.origin." * depth + "image"


def test_an_unknown_model_is_named(models):
    with pytest.raises(ModelNotFound, match="no-such-model"):
        run(toy(model="no-such-model"), models)
