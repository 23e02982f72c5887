"""Requests and recipes as JSON: exact, forgiving towards newer versions, strict about types."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.edit import (
    Edit,
    EditKind,
    EditMode,
    EditReport,
    FillMode,
    Margins,
    PlacePrompt,
    PlaceReport,
    SeamMode,
    SeamReport,
)
from engine.api.errors import BadRequest
from engine.api.images import Extent, ImageInput
from engine.api.learnt import LearntKind, LearntUse, Lora
from engine.api.mask import MaskInput
from engine.api.recipe import Environment, Recipe
from engine.api.rect import Rect
from engine.api.request import Branch, GenerationRequest, Sampling, Speed

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NEWER = st.dictionaries(st.from_regex(r"new_[a-z]{1,6}", fullmatch=True), JSON, max_size=2)
REAL = st.floats(allow_nan=False, allow_infinity=False)
SAMPLINGS = st.builds(
    Sampling, st.text(max_size=9), st.integers(), REAL, REAL, REAL, st.integers(), extra=NEWER
)
IMAGES = st.none() | st.binary(min_size=3, max_size=9).map(
    lambda data: ImageInput.of(np.frombuffer(data[: len(data) // 3 * 3], np.uint8).reshape(1, -1, 3), "a.png")
)
MASKS = st.none() | st.binary(min_size=1, max_size=9).map(
    lambda data: MaskInput.placed(np.frombuffer(data, np.uint8).reshape(1, -1), 3, 2, Extent(20, 9), "m.png")
)
WHOLE = st.integers(0, 99)
EDITS = st.builds(
    Edit,
    MASKS,
    st.sampled_from(EditMode),
    st.sampled_from(EditKind),
    feather_px=st.none() | WHOLE,
    fill=st.sampled_from(FillMode),
    extend=st.builds(Margins, WHOLE, WHOLE, WHOLE, WHOLE),
    frame=st.none() | st.builds(Rect, WHOLE, WHOLE, WHOLE, WHOLE),
    places=st.lists(st.builds(PlacePrompt, st.text(max_size=5), st.none() | WHOLE), max_size=2).map(tuple),
    seam=st.sampled_from(SeamMode),
    extra=NEWER,
)
REPORTS = st.builds(
    EditReport,
    WHOLE,
    WHOLE,
    WHOLE,
    st.lists(
        st.builds(
            PlaceReport,
            st.just(Rect(-1, 0, 5, 6)),
            st.just(Extent(64, 72)),
            st.text(max_size=5),
            st.none() | st.builds(SeamReport, REAL, REAL, REAL, st.sampled_from(SeamMode)),
        ),
        max_size=2,
    ).map(tuple),
    extra=NEWER,
)
PLAIN = st.builds(
    GenerationRequest,
    st.text(max_size=9),
    st.text(),
    st.text(),
    st.integers(),
    st.integers(),
    SAMPLINGS,
    st.integers(),
    IMAGES,
    st.none() | EDITS,
    st.none(),
    st.sampled_from(Speed),
    st.lists(st.builds(Lora, st.text(max_size=5), REAL, NEWER), max_size=2).map(tuple),
    st.lists(st.text(max_size=5), max_size=2).map(tuple),
    extra=NEWER,
)
REQUESTS = PLAIN | st.builds(
    lambda request, branch: replace(request, branch=branch),
    PLAIN,
    st.builds(Branch, PLAIN, st.integers(0, 5), st.integers(1, 9), NEWER),
)
RECIPES = st.builds(
    Recipe,
    REQUESTS,
    st.text(max_size=9),
    learnt=st.lists(
        st.builds(LearntUse, st.sampled_from(LearntKind), st.text(max_size=5), st.text(max_size=5)),
        max_size=2,
    ).map(tuple),
    scheduler_config=NEWER,
    stopped_at=st.none() | st.integers(),
    edit=st.none() | REPORTS,
    seconds=REAL,
    environment=st.builds(Environment, st.text(max_size=5), threads=st.integers(), extra=NEWER),
    extra=NEWER,
)


@settings(max_examples=200, deadline=None)
@given(REQUESTS)
def test_any_request_comes_back_with_what_newer_versions_said(request_: GenerationRequest):
    text = json.dumps(request_.to_json())
    back = GenerationRequest.from_json(json.loads(text))
    assert back == request_
    assert json.dumps(back.to_json()) == text


@settings(max_examples=200, deadline=None)
@given(RECIPES)
def test_any_recipe_comes_back_with_what_newer_versions_said(recipe: Recipe):
    back = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert back == recipe
    assert back.differences(recipe) == []


def test_unknown_fields_are_kept_at_every_level():
    form = {
        "request": {
            "model": "m",
            "later": 1,
            "sampling": {"later": {"a": [2]}},
            "branch": {
                "origin": {"model": "m", "later": 3, "sampling": {"later": 4}},
                "image_index": 0,
                "step": 1,
                "later": 5,
            },
        },
        "environment": {"later": 6},
        "later": 7,
    }
    back = Recipe.from_json(form).to_json()
    assert back["later"] == 7 and back["environment"]["later"] == 6
    request = back["request"]
    assert request["later"] == 1 and request["sampling"]["later"] == {"a": [2]}
    assert request["branch"]["later"] == 5
    assert request["branch"]["origin"]["later"] == 3
    assert request["branch"]["origin"]["sampling"]["later"] == 4


def test_missing_fields_take_their_defaults():
    assert GenerationRequest.from_json({"model": "m"}) == GenerationRequest("m")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "model"),
        ({"model": 7}, "model"),
        ({"model": "m", "width": "8"}, "width"),
        ({"model": "m", "width": 8.5}, "width"),
        ({"model": "m", "images": True}, "images"),
        ({"model": "m", "sampling": {"steps": None}}, "sampling.steps"),
        ({"model": "m", "sampling": {"guidance": "7"}}, "sampling.guidance"),
        ({"model": "m", "sampling": []}, "sampling"),
        ({"model": "m", "speed": "warp"}, "speed"),
        ({"model": "m", "image": {"sha256": 1}}, "image"),
        (
            {"model": "m", "branch": {"origin": {"model": []}, "image_index": 0, "step": 1}},
            "branch.origin.model",
        ),
    ],
)
def test_a_wrong_type_names_its_field(form: dict[str, object], field: str):
    with pytest.raises(BadRequest) as caught:
        GenerationRequest.from_json(form)
    assert caught.value.field == field


@settings(max_examples=300, deadline=None)
@given(
    JSON
    | st.dictionaries(
        st.sampled_from(["model", "sampling", "image", "branch", "speed", "width", "prompt"]), JSON
    )
)
def test_any_json_gives_a_request_or_one_kind_of_error(data: object):
    try:
        GenerationRequest.from_json(data)
        Recipe.from_json({"request": data})
    except BadRequest:
        pass


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_cannot_hold_are_not_written(number: float):
    with pytest.raises(BadRequest):
        GenerationRequest("m", sampling=Sampling(guidance=number)).to_json()


def test_differences_name_what_can_change_pixels_and_nothing_else():
    ours = Recipe(GenerationRequest("m", sampling=Sampling(seed=1)), "aa", created="now", seconds=1)
    theirs = replace(
        ours, request=replace(ours.request, sampling=Sampling(seed=2)), created="later", seconds=2
    )
    assert ours.differences(theirs) == ["request.sampling.seed: 1 -> 2"]
    assert ours.differences(replace(ours, pixels_sha256="bb")) == []
