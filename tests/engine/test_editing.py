"""Edits with tiny real networks: what must stay stays to the bit, whatever scheduler, mask and size."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import tiny_sd, tiny_sd_single_file

from engine.api.control import Control
from engine.api.edit import Edit, EditMode, FillMode, Margins, PlacePrompt, SeamMode
from engine.api.errors import BadRequest
from engine.api.events import Event, Finished, ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.mask import Coverage, MaskInput
from engine.api.rect import Rect
from engine.api.request import Branch, GenerationRequest, Sampling, Speed
from engine.api.wire import event_from_message, read_message, request_to_message, write_message
from engine.diffusion.schedulers import SCHEDULERS
from engine.families.family import Reads
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run

READS = list(Reads)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[Reads, Path]:
    root = tmp_path_factory.mktemp("models")
    return {reads: tiny_sd(root / reads.name.lower(), reads=reads) for reads in Reads}


@pytest.fixture(scope="module")
def folder(folders: dict[Reads, Path]) -> Path:
    return folders[Reads.LATENTS]


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog())


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def drawing(width: int = 64, height: int = 64) -> ImageInput:
    y, x = np.mgrid[0:height, 0:width]
    colours = np.stack([x * 3, y * 3, 255 - x - y], axis=2).clip(0, 255)
    return ImageInput.of(colours.astype(np.uint8), "drawing.png")


def box(image: ImageInput, left: int, top: int, right: int, bottom: int, value: int = 255) -> Coverage:
    mask = np.zeros((image.height, image.width), np.uint8)
    mask[top:bottom, left:right] = value
    return mask


def ask(
    folder: Path, image: ImageInput, mask: Coverage | None, scheduler="euler", steps=3, strength=1.0, **edit
) -> GenerationRequest:
    sampling = Sampling(scheduler, steps, 3.0, strength=strength, seed=11)
    request = GenerationRequest(str(folder), "a dog", "a cat", sampling=sampling)
    return request.with_edit(image, Edit(mask=MaskInput.of(mask) if mask is not None else None, **edit))


def events_of(request: GenerationRequest, models: Models, control: Control | None = None) -> list[Event]:
    return list(run(request, models, control))


def made(request: GenerationRequest, models: Models, control: Control | None = None) -> ImageReady:
    (image,) = [event for event in run(request, models, control) if isinstance(event, ImageReady)]
    return image


@contextmanager
def shortage(layer: torch.nn.Module, hits: Callable[[int, int], bool]) -> Iterator[None]:
    """`layer` raises what torch raises, at the calls that `hits` picks by number (from 1) and batch."""
    calls = 0

    def raise_sometimes(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        nonlocal calls
        calls += 1
        if hits(calls, len(inputs[0])):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    hook = layer.register_forward_pre_hook(raise_sometimes)
    try:
        yield
    finally:
        hook.remove()


def assert_kept(image: ImageReady, source: Pixels, changing: np.ndarray) -> None:
    """Nothing outside `changing` differs, and the recipe says so."""
    assert image.pixels.shape == source.shape
    assert np.array_equal(image.pixels[~changing], source[~changing])
    report = image.recipe.edit
    assert report is not None
    assert (report.kept_pixels, report.kept_changed) == (int((~changing).sum()), 0)
    assert report.changed_pixels == int((image.pixels != source).any(axis=2).sum())


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("strength", [1.0, 0.7])
def test_a_white_mask_is_plain_image_to_image_bit_for_bit(scheduler: str, strength: float, folder, models):
    image = drawing()
    edited = ask(folder, image, box(image, 0, 0, 64, 64), scheduler, 4, strength)
    plain = replace(edited, edit=None)
    assert np.array_equal(made(edited, models).pixels, made(plain, models).pixels)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_keeps_what_must_stay_and_changes_the_rest(scheduler: str, folder, models):
    image = drawing()
    mask = box(image, 16, 16, 48, 40)
    result = made(ask(folder, image, mask, scheduler, 4), models)
    assert image.pixels is not None
    assert_kept(result, image.pixels, mask > 0)
    assert result.recipe.edit is not None and result.recipe.edit.changed_pixels > 700


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_latents_that_stay_are_the_sources_own(scheduler: str, folder, models, monkeypatch):
    """In the network's space too: at the end of every schedule, second order and ancestral ones included."""
    from engine.conditioning.inpaint import SoftMask

    seen: list[SoftMask] = []
    after_step = SoftMask.after_step
    finals = []

    def watch(self, state):
        after_step(self, state)
        finals.append(state.latents)
        seen.append(self)

    monkeypatch.setattr(SoftMask, "after_step", watch)
    image = drawing()
    made(ask(folder, image, box(image, 0, 0, 32, 64), scheduler, 4, feather_px=0), models)
    clean = seen[-1]._clean
    assert clean is not None
    assert (finals[-1][..., 4:] == clean[..., 4:].to(finals[-1])).all()
    assert not (finals[-1][..., :4] == clean[..., :4].to(finals[-1])).any()


def test_an_empty_mask_gives_the_source_back_without_a_network(models, tmp_path):
    image = drawing(37, 23)
    gone = ask(tmp_path / "no-such-model", image, box(image, 0, 0, 0, 0))
    known = replace(gone, model="starter")
    events = events_of(known, Models(Catalog()))
    assert [type(event) for event in events] == [ImageReady, Finished]
    assert isinstance(events[0], ImageReady)
    assert np.array_equal(events[0].pixels, image.pixels)  # type: ignore[arg-type]


def test_a_soft_mask_changes_by_as_much_as_it_says(folder, models):
    image = drawing()
    results = [
        made(ask(folder, image, box(image, 0, 0, 64, 64, value), "ddim", 8), models).pixels.astype(int)
        for value in (25, 31, 120, 200, 255)
    ]
    moved = [np.abs(result - results[0]).mean() for result in results]
    assert moved[1] == 0, "less than one step of eight: through the decoder and no further"
    assert 0 < moved[2] < moved[3] < moved[4]


@pytest.mark.parametrize("reads", READS)
def test_every_kind_of_network_edits_and_keeps(reads: Reads, folders, models):
    image = drawing(100, 70)
    mask = box(image, 20, 20, 60, 50)
    request = ask(folders[reads], image, mask, "ddim")
    result = made(request, models)
    assert_kept(result, image.pixels, mask > 0)  # type: ignore[arg-type]
    assert np.array_equal(made(request, models).pixels, result.pixels)
    assert "inpainting" in models.catalog.find(request.model).variant or reads is not Reads.MASKED_PICTURE


@pytest.mark.parametrize("scheduler", ["euler_a", "heun", "unipc"])
def test_an_inpainting_network_is_told_what_is_masked(scheduler: str, folders, models):
    image = drawing()
    mask = box(image, 16, 16, 48, 48)
    request = ask(folders[Reads.MASKED_PICTURE], image, mask, scheduler, 4, 0.8)
    assert_kept(made(request, models), image.pixels, mask > 0)  # type: ignore[arg-type]


def test_inpainting_and_instructed_networks_also_do_what_others_do(folders, models):
    sampling = Sampling("ddim", 3, 3.0, seed=1)
    plain = GenerationRequest(str(folders[Reads.MASKED_PICTURE]), "a dog", "", 64, 64, sampling)
    assert made(plain, models).pixels.shape == (64, 64, 3)
    assert made(replace(plain, image=drawing()), models).pixels.shape == (64, 64, 3)
    instructed = replace(plain, model=str(folders[Reads.PICTURE]))
    assert made(replace(instructed, image=drawing()), models).pixels.shape == (64, 64, 3)
    assert made(replace(instructed, image=drawing(), speed=Speed.FAST), models)
    with pytest.raises(BadRequest, match="give it one"):
        run(instructed, models)


@pytest.mark.parametrize("reads", [Reads.MASKED_PICTURE, Reads.PICTURE])
def test_inpainting_checkpoints_in_one_file_load_and_run(reads: Reads, tmp_path: Path, models):
    path = tiny_sd_single_file(tmp_path / "one.safetensors", reads=reads)
    image = drawing(40, 40)
    request = ask(path, image, box(image, 8, 8, 30, 30), "ddim", 2, working_side_px=64)
    assert made(request, models).recipe.edit is not None


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 150),
    st.integers(1, 150),
    st.integers(0, 2**32 - 1),
    st.sampled_from(list(EditMode)),
    st.sampled_from(list(FillMode)),
    st.sampled_from(list(SeamMode)),
    st.integers(0, 12),
)
def test_what_must_stay_stays_for_any_mask_and_size(
    width: int, height: int, seed: int, mode: EditMode, fill: FillMode, seam: SeamMode, feather: int
):
    """With the toy, whose plan, masks and stitching are the same."""
    random = np.random.default_rng(seed)
    source = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.zeros((height, width), np.uint8)
    kind = random.integers(0, 5)
    for _ in range(kind):
        x, y = random.integers(0, width), random.integers(0, height)
        mask[y : y + random.integers(1, 80), x : x + random.integers(1, 80)] = random.integers(1, 256)
    if kind == 4:
        mask[:] = 255
    edit = Edit(
        mask=MaskInput.of(mask), mode=mode, fill=fill, seam=seam, feather_px=feather, paste_feather_px=feather
    )
    models = Models(Catalog())
    request = models.catalog.find("toy").request("x").with_edit(ImageInput.of(source), edit)
    request = replace(request, sampling=replace(request.sampling, steps=1))
    assert_kept(made(request, models), source, mask > 0 if mode is EditMode.CHANGE else mask < 255)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (65, 63), (64, 64), (200, 131)])
@pytest.mark.parametrize("where", ["corner", "pixel", "edge", "all"])
def test_odd_sizes_and_awkward_masks_run_on_a_network(size, where: str, folder, models):
    image = drawing(*size)
    width, height = size
    mask = {
        "corner": box(image, 0, 0, max(1, width // 2), max(1, height // 2)),
        "pixel": box(image, width // 2, height // 2, width // 2 + 1, height // 2 + 1),
        "edge": box(image, 0, height - 1, width, height),
        "all": box(image, 0, 0, width, height),
    }[where]
    assert_kept(made(ask(folder, image, mask, "ddim", 1), models), image.pixels, mask > 0)  # type: ignore[arg-type]


def test_separate_places_are_made_each_with_its_own_words(folder, models):
    image = drawing(400, 100)
    mask = np.maximum(box(image, 10, 10, 50, 50), box(image, 350, 40, 390, 90))
    words = (PlacePrompt("a cat", 20, 20), PlacePrompt("a dog", 380, 50))
    events = events_of(ask(folder, image, mask, places=words), models)
    steps = [event for event in events if isinstance(event, Step)]
    assert [(step.index, step.total, step.place_index) for step in steps] == [
        (1, 6, 0), (2, 6, 0), (3, 6, 0), (4, 6, 1), (5, 6, 1), (6, 6, 1),
    ]  # fmt: skip
    rects = [step.rect for step in steps]
    assert rects[0] is not None and rects[-1] is not None
    assert rects[0].holds(Rect(10, 10, 40, 40)) and rects[-1].holds(Rect(350, 40, 40, 50))
    (image_ready,) = [event for event in events if isinstance(event, ImageReady)]
    assert_kept(image_ready, image.pixels, mask > 0)  # type: ignore[arg-type]
    assert image_ready.recipe.edit is not None
    assert [place.prompt for place in image_ready.recipe.edit.places] == ["a cat", "a dog"]


def test_new_canvas_is_made_and_the_source_stays(folder, models):
    image = drawing(50, 41)
    result = made(ask(folder, image, None, extend=Margins(20, 3, 0, 9)), models)
    assert result.pixels.shape == (53, 70, 3)
    assert np.array_equal(result.pixels[3:44, 20:], image.pixels)  # type: ignore[arg-type]
    report = result.recipe.edit
    assert report is not None
    assert (report.kept_pixels, report.kept_changed) == (50 * 41, 0)
    assert report.changed_pixels == 53 * 70 - 50 * 41


def test_a_frame_beyond_the_corner_makes_only_what_lies_in_it(folder, models):
    image = drawing(60, 60)
    result = made(ask(folder, image, None, frame=Rect(30, -34, 64, 64)), models)
    assert result.pixels.shape == (94, 94, 3)
    assert np.array_equal(result.pixels[34:, :60], image.pixels)  # type: ignore[arg-type]


def test_cancel_ends_in_the_middle_and_the_next_edit_is_the_same(folder, models):
    image = drawing()
    request = ask(folder, image, box(image, 8, 8, 40, 40), steps=4)
    before = made(request, models).pixels
    control, heard = Control(), []
    for event in run(request, models, control):
        heard.append(type(event))
        if isinstance(event, Step) and event.index == 2:
            control.cancel()
    assert ImageReady not in heard and Finished not in heard
    assert np.array_equal(made(request, models).pixels, before)


@pytest.mark.parametrize("stop", [1, 3, 4, 5])
def test_stop_and_keep_is_whole_keeps_what_stays_and_can_be_made_again(stop: int, folder, models):
    image = drawing(400, 100)
    mask = np.maximum(box(image, 10, 10, 50, 50), box(image, 350, 40, 390, 90))
    request = ask(folder, image, mask)
    control = Control()
    control.stop_after(stop)
    result = made(request, models, control)
    assert result.recipe.stopped_at == stop
    assert np.array_equal(result.pixels[mask == 0], image.pixels[mask == 0])  # type: ignore[index]
    again = Control()
    again.stop_after(stop)
    assert np.array_equal(made(request, models, again).pixels, result.pixels)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("forgets", [False, True])
def test_a_branch_with_the_same_words_is_the_same_edit(scheduler: str, forgets: bool, folder, models):
    image = drawing()
    origin = ask(folder, image, box(image, 16, 16, 48, 48), scheduler, 4)
    whole = made(origin, models).pixels
    if forgets:
        picture.KEPT.clear()
    branch = replace(origin, image=None, edit=None, branch=Branch(origin, 0, 2))
    assert np.array_equal(made(branch, models).pixels, whole)


@pytest.mark.parametrize("step", [1, 3, 4])
def test_a_branch_of_several_places_takes_other_words_from_its_step_on(step: int, folder, models):
    image = drawing(400, 100)
    mask = np.maximum(box(image, 10, 10, 50, 50), box(image, 350, 40, 390, 90))
    origin = ask(folder, image, mask)
    whole = made(origin, models)
    branch = replace(origin, prompt="snow", image=None, edit=None, branch=Branch(origin, 0, step))
    result = made(branch, models)
    assert_kept(result, image.pixels, mask > 0)  # type: ignore[arg-type]
    first_is_same = np.array_equal(result.pixels[:, :200], whole.pixels[:, :200])
    assert first_is_same == (step >= 3)
    assert not np.array_equal(result.pixels[:, 200:], whole.pixels[:, 200:])
    with pytest.raises(BadRequest, match="1 to 6"):
        made(replace(branch, branch=Branch(origin, 0, 7)), models)


def test_a_branch_at_other_settings_still_keeps_what_must_stay(folder, models):
    image = drawing()
    mask = box(image, 16, 16, 48, 48)
    origin = ask(folder, image, mask, "ddim", 4, 0.8)
    sampling = replace(origin.sampling, scheduler="euler", steps=7)
    branch = replace(origin, image=None, edit=None, sampling=sampling, branch=Branch(origin, 0, 2))
    assert_kept(made(branch, models), image.pixels, mask > 0)  # type: ignore[arg-type]


def test_a_shortage_in_the_second_place_begins_the_edit_anew_and_makes_the_same(folder, models):
    image = drawing(400, 100)
    mask = np.maximum(box(image, 10, 10, 50, 50), box(image, 350, 40, 390, 90))
    request = ask(folder, image, mask)
    calm = made(request, models)
    model = models.load(models.catalog.find(request.model), torch.float32)
    with shortage(model.denoiser.conv_in, lambda call, _: call == 5):
        events = events_of(request, models)
    assert [event.index for event in events if isinstance(event, Step)] == [1, 2, 3, 4, 5, 6]
    (again,) = [event for event in events if isinstance(event, ImageReady)]
    assert np.array_equal(again.pixels, calm.pixels)
    assert again.recipe.edit == calm.recipe.edit


def test_an_edit_runs_in_the_engine_process_with_its_mask_and_places(folder):
    """Over the real pipe: the mask goes in, steps with their rectangles and the counts come out."""
    image = drawing(120, 90)
    request = ask(folder, image, box(image, 20, 20, 60, 60), steps=2)
    worker = [sys.executable, "-m", "engine.worker", "--parent", str(os.getpid())]
    with subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        write_message(process.stdin, {"settings": {"device": "cpu"}})
        form, pictures = request_to_message(request)
        write_message(process.stdin, {"do": "run", "job": "a", **form}, pictures)
        events, message = [], read_message(process.stdout)
        while message is not None and message[0]["say"] != "ended":
            assert message[0]["say"] != "failed", message[0]
            if message[0]["say"] == "event":
                events.append(event_from_message(*message))
            message = read_message(process.stdout)
        process.stdin.close()
        process.wait(timeout=20)
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == [1, 2]
    assert all(step.rect is not None and step.preview is not None for step in steps)
    (ready,) = [event for event in events if isinstance(event, ImageReady)]
    assert ready.recipe.edit is not None and ready.recipe.edit.kept_changed == 0
    assert ready.recipe.edit.kept_pixels == 120 * 90 - 40 * 40


def test_previews_have_the_shape_of_what_is_worked_on(folder, models):
    image = drawing(300, 200)
    request = ask(folder, image, box(image, 0, 0, 300, 200))
    steps = [event for event in run(request, models) if isinstance(event, Step)]
    assert all(step.preview is not None and step.rect is not None for step in steps)
    for step in steps:
        assert step.preview is not None and step.rect is not None
        height, width = step.preview.shape[:2]
        assert width / height == pytest.approx(step.rect.width / step.rect.height, rel=0.03)


def test_missing_pixels_are_asked_for_by_name(folder, models):
    image = drawing()
    request = ask(folder, image, box(image, 16, 16, 48, 48))
    bare = GenerationRequest.from_json(request.to_json())
    with pytest.raises(BadRequest, match=r"drawing\.png") as missing:
        run(bare, models)
    assert missing.value.field == "image"
    with pytest.raises(BadRequest) as missing:
        run(replace(bare, image=image), models)
    assert missing.value.field == "mask"
