"""The one place where numbers are checked: every limit from both sides."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.errors import BadRequest
from engine.api.images import ImageInput, pixels_hash, read_only
from engine.api.learnt import Lora
from engine.api.maps import MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.request import (
    LIMITS,
    LONGEST_PROMPT,
    Branch,
    GenerationRequest,
    Sampling,
    check_number,
    random_seed,
)
from engine.api.text import clean_text

REQUEST = GenerationRequest("starter", "a fox")
IN_SAMPLING = (
    "steps", "guidance", "guidance_rescale", "guidance_start", "guidance_stop",
    "image_guidance", "box_share", "layers", "strength", "seed",
)  # fmt: skip


def with_number(name: str, value: float) -> GenerationRequest:
    if name in IN_SAMPLING:
        return replace(REQUEST, sampling=replace(REQUEST.sampling, **{name: value}))
    if name == "lora_weight":
        return replace(REQUEST, loras=(Lora("ink", value),))
    if name == "reference_weight":
        return replace(REQUEST, references=(ReferenceInput(ImageInput("0" * 64, 8, 8), value),))
    if name == "region_weight":
        return replace(REQUEST, regions=(RegionInput("a fox", MaskInput("0" * 64, 8, 8), value),))
    if name.startswith("map_"):
        given = MapInput(MapKind.DEPTH, ImageInput("0" * 64, 8, 8), start=0.0, end=1.0)
        if name != "map_weight" and value in (0.0, 1.0) and value is not True:  # else no step is left
            return replace(REQUEST, maps=(given,))
        return replace(REQUEST, maps=(replace(given, **{name.removeprefix("map_"): value}),))
    return replace(REQUEST, **{name: value})


@pytest.mark.parametrize("name", LIMITS)
def test_both_ends_of_every_range_are_taken(name: str):
    for value in LIMITS[name]:
        with_number(name, value).validated()


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("wrong", ["below", "above", math.nan, math.inf, -math.inf, True])
def test_what_is_outside_names_its_field(name: str, wrong: object):
    low, high = LIMITS[name]
    value = {"below": low - 1, "above": high + 1 if isinstance(high, int) else high * 1.01}.get(
        str(wrong), wrong
    )
    with pytest.raises(BadRequest) as caught:
        with_number(name, value).validated()  # type: ignore[arg-type]
    assert caught.value.field == name
    assert caught.value.reason.startswith("must be")


@settings(max_examples=200)
@given(st.sampled_from(list(LIMITS)), st.integers() | st.floats())
def test_a_number_is_taken_exactly_when_it_is_in_its_range(name: str, value: float):
    low, high = LIMITS[name]
    try:
        check_number(name, value)
        taken = True
    except BadRequest:
        taken = False
    assert taken == (math.isfinite(value) and low <= value <= high)


def test_a_prompt_joins_no_more_sentences_than_a_step_can_follow():
    replace(REQUEST, prompt=" AND ".join(["a fox"] * 16)).validated()
    with pytest.raises(BadRequest, match="more than 16 sentences"):
        replace(REQUEST, prompt=" AND ".join(["a fox"] * 17)).validated()


def test_the_largest_seed_is_said_in_full():
    with pytest.raises(BadRequest, match="18446744073709551615"):
        with_number("seed", 2**64).validated()


def test_prompts_are_long_but_not_endless():
    replace(REQUEST, prompt="x" * LONGEST_PROMPT).validated()
    for name in ("prompt", "negative_prompt"):
        with pytest.raises(BadRequest, match=f"{name}: is longer than 200,000"):
            replace(REQUEST, **{name: "x" * (LONGEST_PROMPT + 1)}).validated()


def test_a_model_must_be_named():
    with pytest.raises(BadRequest, match="model: is empty"):
        GenerationRequest("").validated()


@pytest.mark.parametrize(
    ("branch", "field"),
    [
        (Branch(REQUEST, 1, 1), "branch.image_index"),
        (Branch(REQUEST, -1, 1), "branch.image_index"),
        (Branch(REQUEST, 0, 0), "branch.step"),
        (Branch(REQUEST, 0, 21), "branch.step"),
        (Branch(replace(REQUEST, width=1), 0, 1), "width"),
    ],
)
def test_a_branch_stands_on_a_step_that_exists(branch: Branch, field: str):
    with pytest.raises(BadRequest) as caught:
        replace(REQUEST, branch=branch).validated()
    assert caught.value.field == field


def test_a_branch_and_a_start_picture_exclude_each_other():
    image = ImageInput.of(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(BadRequest, match="branch"):
        replace(REQUEST, image=image, branch=Branch(REQUEST, 0, 1)).validated()


@settings(max_examples=300)
@given(st.text(st.characters()))
def test_validated_text_is_harmless_and_stays_the_same(text: str):
    once = replace(REQUEST, prompt=text).validated()
    once.prompt.encode()
    assert "\0" not in once.prompt and "\r" not in once.prompt
    assert once.validated() == once


def test_emoji_joiners_and_right_to_left_stay_as_typed():
    text = "👨‍👩‍👧 شجرة \u202eabc\u202c ñ\tz\n"
    assert clean_text(text) == text
    assert clean_text("a\r\nb\rc\0\ud800\x07") == "a\nb\nc\ufffd\ufffd"


def test_each_picture_has_its_own_seed_and_they_wrap():
    request = replace(REQUEST, images=3, sampling=Sampling(seed=2**64 - 1))
    assert [request.seed_of(index) for index in range(3)] == [2**64 - 1, 0, 1]
    one = request.one_image(2)
    assert (one.images, one.sampling.seed) == (1, 1)


def test_rolled_seeds_are_short_and_differ():
    seeds = {random_seed() for _ in range(50)}
    assert len(seeds) > 45 and all(0 <= seed < 2**32 for seed in seeds)


def test_a_start_picture_is_known_by_its_pixels_and_cannot_be_painted_on():
    pixels = np.zeros((2, 3, 3), np.uint8)
    image = ImageInput.of(pixels, "a.png")
    assert image == ImageInput.of(pixels.copy(), "other.png")
    assert (image.width, image.height, image.sha256) == (3, 2, pixels_hash(pixels))
    assert image.pixels is not None and not image.pixels.flags.writeable


def test_the_hash_sees_the_shape_too():
    assert pixels_hash(np.zeros((2, 3, 3), np.uint8)) != pixels_hash(np.zeros((3, 2, 3), np.uint8))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 3), np.uint8), np.zeros((2, 3, 4), np.uint8), np.zeros((2, 3, 3))]
)
def test_only_bytes_of_three_channels_are_pixels(array):
    with pytest.raises(BadRequest):
        read_only(array)
