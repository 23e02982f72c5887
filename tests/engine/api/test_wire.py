"""Requests and events over a pipe: the same on the other side, or a clear end."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.errors import ERRORS, BadRequest, EngineLost, Overflow, from_data
from engine.api.events import EVENTS, Finished, ImageReady, Loading, MapReady, MaskReady, Notice, Ready, Step
from engine.api.images import ImageInput
from engine.api.pose import STANDING, Figure
from engine.api.recipe import Environment, Recipe
from engine.api.rect import Rect
from engine.api.request import Branch, GenerationRequest
from engine.api.wire import (
    error_from_message,
    error_to_message,
    event_from_message,
    event_to_message,
    read_message,
    request_from_message,
    request_to_message,
    write_message,
)

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
REQUEST = GenerationRequest("starter", "a fox 🦊")
EVENTS_SAID = [
    Ready(Environment("1", extra={"x": 1}), "cuda:0", "A card", 2**40, {"later": "y"}),
    Loading("model", 0.5),
    Loading("prompt", None, {"later": [1]}),
    Notice("tiled_decode", "1 of 4"),
    Step(3, 20, 1e9, PIXELS, 1, 0.25, Rect(-3, 2, 28, 20), 1, {"later": None}),
    Step(3, 20, 0.5),
    ImageReady(PIXELS, Recipe(REQUEST, extra={"later": 1}), 2, {"later": 2}),
    MaskReady(PIXELS[..., 0], 0.75, {"later": 1}),
    MapReady(PIXELS, "vitpose", (Figure(), Figure((None, *STANDING[1:]))), {"later": 1}),
    Finished(3, 12.5),
]


def through_a_pipe(form, pictures=()):
    pipe = io.BytesIO()
    write_message(pipe, form, pictures)
    pipe.seek(0)
    message = read_message(pipe)
    assert message is not None and read_message(pipe) is None
    return message


@pytest.mark.parametrize("event", EVENTS_SAID, ids=lambda event: type(event).__name__)
def test_every_event_comes_through_with_its_pixels_and_unknown_fields(event):
    back = event_from_message(*through_a_pipe(*event_to_message(event)))
    assert type(back) is type(event)
    for name in event.__dataclass_fields__:
        ours, theirs = getattr(event, name), getattr(back, name)
        assert np.array_equal(ours, theirs) if isinstance(ours, np.ndarray) else ours == theirs, name


def test_no_event_is_forgotten_here():
    assert {type(event).__name__ for event in EVENTS_SAID} == set(EVENTS)


def test_a_request_carries_its_pictures_once_each():
    start = replace(REQUEST, image=ImageInput.of(PIXELS, "a.png"))
    request = replace(REQUEST, branch=Branch(replace(start, branch=Branch(start, 0, 1)), 0, 3))
    form, pictures = request_to_message(request)
    assert len(pictures) == 1
    back = request_from_message(*through_a_pipe(form, pictures))
    assert back == request
    assert back.branch is not None and back.branch.origin.image is not None
    assert np.array_equal(back.branch.origin.image.pixels, PIXELS)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters()), st.binary(min_size=3, max_size=60))
def test_any_text_and_any_pixels_come_through(text: str, data: bytes):
    pixels = np.frombuffer(data[: len(data) // 3 * 3], np.uint8).reshape(1, -1, 3)
    form, pictures = through_a_pipe({"text": text}, (pixels, pixels))
    assert form == {"text": text}
    assert all(np.array_equal(picture, pixels) for picture in pictures)


@pytest.mark.parametrize(
    "error", [BadRequest("steps", "is 0", at=1), Overflow(7), EngineLost("gone", code=-9)]
)
def test_errors_keep_their_class_and_what_one_can_act_on(error):
    form, _ = through_a_pipe(error_to_message(error, "Traceback ..."))
    back = error_from_message(form)
    assert type(back) is type(error)
    assert (back.message, back.data, str(back)) == (error.message, error.data, str(error))
    assert vars(back).get("field") == vars(error).get("field")
    assert vars(back).get("step") == vars(error).get("step")


def test_every_error_class_comes_back_as_itself_and_unknown_ones_as_the_base():
    for name, kind in ERRORS.items():
        assert type(from_data({"error": name, "message": "m", "data": {}})) is kind
    assert type(from_data({"error": "FromTheFuture", "message": "m"})) is ERRORS["EngineError"]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_broken_frame_is_an_engine_lost(data: st.DataObject):
    pipe = io.BytesIO()
    write_message(pipe, {"a": "b" * 20}, (PIXELS,))
    whole = pipe.getvalue()
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(EngineLost):
        read_message(io.BytesIO(whole[:cut]))


def test_a_frame_that_claims_too_much_is_refused_before_it_is_read():
    with pytest.raises(EngineLost):
        read_message(io.BytesIO(b"\xff" * 8 + b"{}"))
