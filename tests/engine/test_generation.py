"""From a prompt to pictures with tiny real networks, held against the stock pipelines called plainly."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import tiny_sd

from engine.api.control import Control
from engine.api.errors import Overflow
from engine.api.events import Finished, ImageReady, Loading, Notice, Step
from engine.api.images import ImageInput, pixels_hash
from engine.api.request import Branch, GenerationRequest, Sampling, Speed
from engine.diffusion import devices, schedulers
from engine.families.family import Task
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run

PROMPT, NEGATIVE = "a dog", "a cat"
WITHOUT_STOCK_MIDWAY = ("lms",)
"""Their stock numbers are wrong where a run begins in the middle; see `engine.diffusion.scheduler_fixes`."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {
        "epsilon": tiny_sd(root / "epsilon"),
        "v-zero-snr": tiny_sd(root / "v", "v_prediction", zero_snr=True),
    }


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog())


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def ask(
    folder: Path, scheduler="euler_a", steps=4, guidance=3.0, rescale=0.0, **changes
) -> GenerationRequest:
    sampling = Sampling(scheduler, steps, guidance, rescale, strength=changes.pop("strength", 1.0), seed=11)
    request = GenerationRequest(str(folder), PROMPT, NEGATIVE, 64, 64, sampling)
    return replace(request, **changes)


def pictures(request, models, control=None) -> list[ImageReady]:
    return [event for event in run(request, models, control) if isinstance(event, ImageReady)]


def start_picture() -> ImageInput:
    y, x = np.mgrid[0:64, 0:64]
    return ImageInput.of(np.stack([x * 4, y * 4, 255 - x * 4], axis=2).astype(np.uint8), "gradient.png")


def stock(request: GenerationRequest, models: Models) -> np.ndarray:
    """The pixels of diffusers' own pipeline, called as its documentation says."""
    model = models.load(models.catalog.find(request.model), torch.float32)
    model.text_encoder()
    sampling = request.sampling
    scheduler = schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps)
    common = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "num_inference_steps": sampling.steps,
        "guidance_scale": sampling.guidance,
        "generator": torch.Generator().manual_seed(sampling.seed),
    }
    if request.image is None:
        pipeline = model.pipeline(Task.TEXT_TO_IMAGE, scheduler)
        return np.array(
            pipeline(**common, width=64, height=64, guidance_rescale=sampling.guidance_rescale).images[0]
        )
    pipeline = model.pipeline(Task.IMAGE_TO_IMAGE, scheduler)
    image = Image.fromarray(request.image.pixels)
    return np.array(pipeline(**common, image=image, strength=sampling.strength).images[0])


@pytest.mark.parametrize("noise", ["epsilon", "v-zero-snr"])
@pytest.mark.parametrize("scheduler", schedulers.SCHEDULERS)
def test_text_to_image_is_the_stock_pipeline_s_to_the_last_bit(folders, models, scheduler, noise):
    for guidance, rescale in ((1.0, 0.0), (3.0, 0.0), (3.0, 0.7)):
        request = ask(folders[noise], scheduler, guidance=guidance, rescale=rescale)
        (made,) = pictures(request, models)
        assert np.array_equal(made.pixels, stock(request, models)), (guidance, rescale)


@pytest.mark.parametrize("scheduler", sorted(set(schedulers.SCHEDULERS) - set(WITHOUT_STOCK_MIDWAY)))
def test_image_to_image_is_the_stock_pipeline_s_to_the_last_bit(folders, models, scheduler):
    request = ask(folders["epsilon"], scheduler, steps=5, image=start_picture(), strength=0.7)
    (made,) = pictures(request, models)
    assert np.array_equal(made.pixels, stock(request, models))


@pytest.mark.parametrize("origin", ["text", "picture", "fast"])
@pytest.mark.parametrize("scheduler", schedulers.SCHEDULERS)
def test_a_branch_with_the_same_settings_ends_as_its_origin(folders, models, scheduler, origin):
    changes = {
        "text": {},
        "picture": {"image": start_picture(), "strength": 0.7},
        "fast": {"speed": Speed.FAST},
    }[origin]
    whole = ask(folders["v-zero-snr"], scheduler, steps=6, **changes)
    branch = replace(whole, image=None, branch=Branch(whole, 0, 2))
    (made,) = pictures(whole, models)
    from_memory = pictures(branch, models)[0].pixels
    picture.KEPT.clear()
    events = list(run(branch, models))
    replayed = next(event for event in events if isinstance(event, ImageReady)).pixels
    assert np.array_equal(made.pixels, from_memory)
    assert np.array_equal(made.pixels, replayed)
    assert [event.stage for event in events if isinstance(event, Loading)].count("replay") == 2
    assert next(event.index for event in events if isinstance(event, Step)) == 3


@pytest.mark.parametrize("scheduler", schedulers.SCHEDULERS)
def test_a_branch_into_another_schedule_goes_on_from_the_nearest_noise(folders, models, scheduler):
    whole = ask(folders["v-zero-snr"], "dpmpp_2m", steps=8)
    branch = replace(ask(folders["v-zero-snr"], scheduler, steps=12), branch=Branch(whole, 0, 6))
    events = list(run(branch, models))
    assert [event.code for event in events if isinstance(event, Notice)] == ["approximate_branch"]
    first = next(event.index for event in events if isinstance(event, Step))
    assert 4 <= first <= 12
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [(("ddim", 20), ("ddim", 10), 1), (("euler", 20), ("euler", 10), 1)]
    + [(("dpmpp_2m_karras", 25), ("euler", 10), step) for step in (1, 2, 3, 4)],
)
def test_a_branch_to_before_the_first_step_begins_with_the_kept_latents(folders, models, before, after, step):
    new_seed = ask(folders["epsilon"], *after).sampling
    new_seed = replace(new_seed, seed=77)
    ended = []
    for seed in (1, 2):
        origin = ask(folders["epsilon"], *before)
        origin = replace(origin, sampling=replace(origin.sampling, seed=seed))
        branch = replace(origin, sampling=new_seed, branch=Branch(origin, 0, step))
        pictures(origin, models)
        ended.append(pictures(branch, models)[0].pixels)
        picture.KEPT.clear()
        assert np.array_equal(ended[-1], pictures(branch, models)[0].pixels)
        (whole,) = pictures(replace(origin, sampling=replace(new_seed, seed=seed)), models)
        assert np.abs(ended[-1].astype(int) - whole.pixels).mean() < 4, "it is not the origin's noise"
    (plain,) = pictures(replace(origin, sampling=new_seed), models)
    assert not np.array_equal(ended[0], ended[1])
    assert not any(np.array_equal(plain.pixels, pixels) for pixels in ended)


@pytest.mark.parametrize("scheduler", ["dpmpp_2m", "dpmpp_sde", "lms", "heun", "ddim"])
@pytest.mark.parametrize("origin_speed", Speed)
def test_a_branch_at_another_speed_is_the_same_from_memory_and_replayed(
    folders, models, scheduler, origin_speed, monkeypatch
):
    monkeypatch.setattr(devices, "has_bf16_instructions", lambda: True)
    other_speed = next(speed for speed in Speed if speed is not origin_speed)
    origin = ask(folders["epsilon"], scheduler, steps=6, speed=origin_speed)
    branch = replace(origin, speed=other_speed, prompt="a cat", branch=Branch(origin, 0, 2))
    back = replace(branch, speed=origin_speed, branch=Branch(branch, 0, 4))
    exactly = replace(origin, prompt="a cat", branch=Branch(origin, 0, 2))
    (whole,) = pictures(origin, models)
    remembered = [pictures(request, models)[0].pixels for request in (branch, back, exactly)]
    for request, pixels in zip((branch, back, exactly), remembered, strict=True):
        picture.KEPT.clear()
        events = list(run(request, models))
        replayed = next(event for event in events if isinstance(event, ImageReady))
        assert np.array_equal(replayed.pixels, pixels)
        told = {event.code for event in events if isinstance(event, Notice)}
        assert told == (set() if request is exactly else {"approximate_branch"})
        # what is kept by now is the origin's own
        assert np.array_equal(pictures(exactly, models)[0].pixels, remembered[2])
    assert np.array_equal(pictures(origin, models)[0].pixels, whole.pixels)


def test_a_branch_at_another_speed_of_the_same_numbers_is_exact(folders, models, monkeypatch):
    monkeypatch.setattr(devices, "has_bf16_instructions", lambda: False)
    origin = ask(folders["epsilon"], "dpmpp_2m", steps=6, guidance=1.0, speed=Speed.FAST)
    branch = replace(origin, speed=Speed.EXACT, branch=Branch(origin, 0, 2))
    events = list(run(branch, models))
    assert not [event for event in events if isinstance(event, Notice)]
    made = next(event for event in events if isinstance(event, ImageReady))
    assert np.array_equal(made.pixels, pictures(origin, models)[0].pixels)


@pytest.mark.parametrize("scheduler", schedulers.ADD_NOISE)
def test_a_branch_with_another_seed_has_other_noise(folders, models, scheduler):
    origin = ask(folders["epsilon"], scheduler, steps=6)
    ended = []
    for seed in (origin.sampling.seed, 77, 99):
        sampling = replace(origin.sampling, seed=seed)
        (made,) = pictures(replace(origin, sampling=sampling, branch=Branch(origin, 0, 2)), models)
        ended.append(made.recipe.pixels_sha256)
    assert len(set(ended)) == 3
    assert ended[0] == pictures(origin, models)[0].recipe.pixels_sha256


def test_a_branch_of_a_branch_and_another_prompt_go_on_exactly(folders, models):
    whole = ask(folders["epsilon"], steps=6)
    second = replace(whole, branch=Branch(whole, 0, 2), prompt="a cat")
    third = replace(second, branch=Branch(second, 0, 4))
    ended = [pictures(request, models)[0].pixels for request in (whole, second, third)]
    assert not np.array_equal(ended[0], ended[1])
    assert np.array_equal(ended[1], ended[2])


def test_each_picture_of_a_request_is_the_one_its_own_recipe_makes(folders, models):
    three = pictures(ask(folders["epsilon"], images=3), models)
    for made in three:
        (again,) = pictures(made.recipe.request, models)
        assert pixels_hash(again.pixels) == made.recipe.pixels_sha256
    assert len({made.recipe.pixels_sha256 for made in three}) == 3


def test_the_recipe_tells_everything(folders, models):
    recipe = pictures(ask(folders["epsilon"]), models)[0].recipe
    assert len(recipe.model_sha256) == 64
    assert recipe.scheduler_class == "EulerAncestralDiscreteScheduler"
    assert recipe.scheduler_config["beta_end"] == 0.012
    assert recipe.environment.torch == torch.__version__ and recipe.environment.dtype == "float32"
    assert recipe.seconds > 0 and recipe.created[4] == "-" and recipe.stopped_at is None
    assert type(recipe).from_json(recipe.to_json()) == recipe


def test_stop_and_keep_delivers_the_estimate_of_that_step_again_and_again(folders, models):
    heard = []
    for _ in range(2):
        control = Control()
        control.stop_after(2)
        events = list(run(ask(folders["epsilon"], steps=6, images=3), models, control))
        assert [event.index for event in events if isinstance(event, Step)] == [1, 2]
        assert isinstance(events[-1], Finished) and events[-1].images == 1
        heard += [event for event in events if isinstance(event, ImageReady)]
    assert [event.recipe.stopped_at for event in heard] == [2, 2]
    assert np.array_equal(heard[0].pixels, heard[1].pixels)


@pytest.mark.parametrize("stage", ["the last step", "decode"])
def test_stop_and_keep_at_the_very_end_of_a_picture_starts_no_other(folders, models, stage):
    request, control, heard = ask(folders["epsilon"], steps=3, images=3), Control(), []
    for event in run(request, models, control):
        heard.append(event)
        if (isinstance(event, Loading) and event.stage == stage) or (
            isinstance(event, Step) and event.index == event.total and stage == "the last step"
        ):
            control.stop_and_keep()
    (made,) = [event for event in heard if isinstance(event, ImageReady)]
    assert isinstance(heard[-1], Finished) and heard[-1].images == 1
    (whole,) = pictures(replace(request, images=1), models)
    assert np.array_equal(made.pixels, whole.pixels)


def test_closing_cancels_and_the_next_run_is_the_same_to_the_last_bit(folders, models):
    request = ask(folders["epsilon"], steps=60)
    before = pictures(replace(request, sampling=replace(request.sampling, steps=6)), models)[0].pixels
    events = run(request, models)
    while not isinstance(next(events), Step):
        pass
    events.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "denoise"]
    after = pictures(replace(request, sampling=replace(request.sampling, steps=6)), models)[0].pixels
    assert np.array_equal(before, after)


@pytest.mark.parametrize("place", ["denoiser", "vae"])
def test_cancel_lands_in_the_middle_of_a_network(folders, models, place):
    control = Control()
    model = models.load(models.catalog.find(str(folders["epsilon"])), torch.float32)
    network = getattr(model, place)
    first = network.down_blocks[0] if place == "denoiser" else network.decoder.mid_block.resnets[0]
    last = network.up_blocks[-1] if place == "denoiser" else network.decoder.up_blocks[-1].resnets[-1]
    reached = []
    hooks = [
        first.register_forward_hook(lambda *_: control.cancel()),
        last.register_forward_hook(lambda *_: reached.append("the end of the pass")),
    ]
    try:
        events = list(run(ask(folders["epsilon"]), models, control))
    finally:
        for hook in hooks:
            hook.remove()
    assert reached == []
    assert not [event for event in events if isinstance(event, (ImageReady, Finished))]


def test_numbers_that_overflow_stop_the_job_at_their_step(folders, models):
    model = models.load(models.catalog.find(str(folders["epsilon"])), torch.float32)
    calls = []

    def overflow(_module, _inputs, output):
        calls.append(1)
        return (output[0] * float("inf"),) if len(calls) == 3 else output

    hook = model.denoiser.register_forward_hook(overflow)
    try:
        with pytest.raises(Overflow) as error:
            pictures(ask(folders["epsilon"], steps=6), models)
    finally:
        hook.remove()
    assert error.value.step == 3


def test_a_repeated_prompt_loads_no_text_encoder_and_is_the_same(folders, own_home):
    request = ask(folders["epsilon"], prompt="a (dog:1.3) and [cats]")
    first = pictures(request, Models(Catalog()))[0].pixels
    fresh = Models(Catalog())
    events = list(run(request, fresh))
    assert "text_encoder" not in [event.stage for event in events if isinstance(event, Loading)]
    assert not fresh.load(fresh.catalog.find(request.model), torch.float32).has_text_encoder
    again = next(event for event in events if isinstance(event, ImageReady)).pixels
    assert np.array_equal(first, again)


def test_a_prompt_that_is_too_long_is_cut_and_said(folders, models):
    events = list(run(ask(folders["epsilon"], prompt="dog " * 5000), models))
    notice = next(event for event in events if isinstance(event, Notice))
    assert notice.code == "prompt_cut" and notice.extra["field"] == "prompt"
    assert isinstance(events[-1], Finished)


def test_fast_runs_fewer_passes_and_ends_near_the_exact_picture(models):
    info = models.catalog.find("starter")
    exact = replace(info.request("a red apple"), speed=Speed.EXACT)
    fast = replace(exact, speed=Speed.FAST)
    difference = np.abs(pictures(exact, models)[0].pixels.astype(float) - pictures(fast, models)[0].pixels)
    assert difference.mean() < 6


@pytest.mark.parametrize("scheduler", ["dpmpp_2m", "euler_a"])
def test_the_starter_is_the_stock_pipeline_s_with_and_without_previews(models, scheduler):
    info = models.catalog.find("starter")
    request = info.request("a red apple")
    request = replace(request, sampling=replace(request.sampling, scheduler=scheduler, steps=5))
    model = models.load(info, torch.float32)
    model.text_encoder()
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, schedulers.build(scheduler, model.scheduler_config))
    generator = torch.Generator().manual_seed(0)
    plain = pipeline(
        "a red apple", width=request.width, height=request.height, num_inference_steps=5, generator=generator,
        guidance_scale=request.sampling.guidance, guidance_rescale=request.sampling.guidance_rescale,
    )  # fmt: skip
    events = list(run(request, models))
    made = next(event for event in events if isinstance(event, ImageReady))
    assert np.array_equal(made.pixels, np.array(plain.images[0]))
    previews = [event.preview for event in events if isinstance(event, Step)]
    shown = previews[-1].shape
    assert [preview.shape for preview in previews] == [shown] * 5
    small = np.asarray(Image.fromarray(made.pixels).resize(shown[1::-1], Image.Resampling.BOX))
    assert np.abs(small.astype(float) - previews[-1]).mean() < 24


def test_a_model_that_is_read_for_the_first_time_says_how_far_and_can_be_cancelled(tmp_path):
    folder = tiny_sd(tmp_path / "new")
    control, said = Control(), []
    for event in run(ask(folder), Models(Catalog()), control):
        said.append(event)
        if isinstance(event, Loading) and event.share is not None:
            control.cancel()
    assert [event.stage for event in said] == ["model"] * len(said)
    assert 0 < said[1].share <= 1
