"""What the network will see: crops, places, words, and that it is quick."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.edit import Edit, EditMode, Margins, PlacePrompt
from engine.api.errors import BadRequest
from engine.api.images import Extent, ImageInput
from engine.api.mask import Coverage, MaskInput
from engine.api.model_info import Capabilities, Defaults, ModelInfo
from engine.api.rect import Rect
from engine.editing.places import pooled
from engine.editing.plan import EditPlan, plan_edit

INFO = ModelInfo("m", "M", "toy", capabilities=Capabilities(size_multiple=8), defaults=Defaults(256, 256))


def plan(mask: Coverage | None, extent: Extent | None = None, **edit: object) -> EditPlan:
    if mask is not None:
        extent = Extent(mask.shape[1], mask.shape[0])
    assert extent is not None
    chosen = Edit(mask=MaskInput.of(mask) if mask is not None else None, **edit)  # type: ignore[arg-type]
    request = INFO.request("x").with_edit(ImageInput("", *extent), chosen)
    return plan_edit(request.validated(), INFO)


def blank(width: int, height: int, *boxes: tuple[int, int, int, int], value: int = 255) -> Coverage:
    mask = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = value
    return mask


def test_nothing_painted_is_no_place_and_everything_kept_neither():
    assert plan(blank(300, 200)).places == ()
    assert plan(blank(300, 200) + np.uint8(255), mode=EditMode.KEEP).places == ()


def test_all_painted_at_the_models_own_size_is_worked_on_as_it_is():
    (place,) = plan(blank(256, 256, (0, 0, 256, 256))).places
    assert place.crop == Rect(0, 0, 256, 256)
    assert place.working == place.crop.extent
    assert place.share == 1.0


def test_a_small_place_is_seen_pixel_for_pixel_with_its_surroundings():
    (place,) = plan(blank(2000, 2000, (1000, 700, 1020, 720))).places
    assert place.working == place.crop.extent
    assert place.crop.holds(place.bounds.grown(64))


def test_a_large_place_is_scaled_to_the_models_size():
    (place,) = plan(blank(4000, 3000, (500, 500, 2500, 2500))).places
    assert place.crop.holds(Rect(500, 500, 2000, 2000))
    assert place.working.width * place.working.height <= 256 * 256 * 1.1
    assert place.scale == pytest.approx(place.working.height / place.crop.height, rel=0.01)


def test_own_padding_is_what_is_seen():
    (place,) = plan(blank(1000, 1000, (400, 400, 600, 600)), padding_px=28).places
    assert place.crop == Rect(372, 372, 256, 256)


def test_separate_places_are_separate_and_near_ones_one():
    far = plan(blank(4000, 1000, (100, 100, 200, 200), (3500, 100, 3600, 200)))
    near = plan(blank(4000, 1000, (100, 100, 200, 200), (230, 100, 300, 200)))
    assert [place.bounds.left // 10 for place in far.places] == [10, 349]
    (place,) = near.places
    assert place.bounds.holds(Rect(100, 100, 200, 100)) and Rect(90, 90, 220, 120).holds(place.bounds)


def test_places_with_words_of_their_own_stay_apart():
    mask = blank(400, 300, (10, 10, 60, 60), (90, 10, 140, 60))
    words = (PlacePrompt("a cat", 110, 20), PlacePrompt("a dog", 20, 20))
    assert [place.words.prompt for place in plan(mask, places=words).places if place.words] == [
        "a dog",
        "a cat",
    ]


def test_words_without_a_point_go_to_the_places_as_one_reads():
    mask = blank(4000, 3000, (3000, 100, 3100, 200), (100, 2000, 200, 2100))
    told = plan(mask, places=(PlacePrompt("first"), PlacePrompt("second")))
    assert [place.words.prompt for place in told.places if place.words] == ["first", "second"]
    told.check()
    with pytest.raises(BadRequest, match="2 separate places"):
        plan(mask, places=(PlacePrompt("1"), PlacePrompt("2"), PlacePrompt("3"))).check()


def test_near_places_that_would_be_seen_together_stay_apart_for_their_words():
    mask = blank(400, 300, (10, 10, 60, 60), (90, 30, 140, 60))
    assert len(plan(mask).places) == 1
    told = plan(mask, places=(PlacePrompt("a dog"), PlacePrompt("a cat")))
    assert [place.words.prompt for place in told.places if place.words] == ["a dog", "a cat"]
    assert not told.unused
    assert len(plan(mask, places=(PlacePrompt("a dog"), PlacePrompt("a dog"))).places) == 1


def test_new_canvas_changes_and_the_source_stays():
    told = plan(None, Extent(300, 200), extend=Margins(64, 0, 0, 32))
    assert told.canvas == Rect(-64, 0, 364, 232)
    part = told.change.read(told.canvas)
    assert (part[:200, 64:] == 0).all()
    assert (part[:, :64] == 255).all() and (part[200:] == 255).all()


def test_a_frame_is_what_is_seen_and_nothing_outside_changes():
    frame = Rect(250, 50, 256, 256)
    told = plan(blank(400, 400, (0, 0, 400, 400)), frame=frame)
    assert [place.crop for place in told.places] == [frame]
    assert told.canvas == Rect(0, 0, 506, 400)
    part = told.change.read(told.canvas)
    assert part[frame.within(told.canvas)].all()
    assert part.astype(bool).sum() == frame.area


def test_speckles_are_joined_instead_of_thousands_of_crops():
    mask = (np.random.default_rng(0).random((900, 900)) > 0.999).astype(np.uint8) * 255
    assert 1 <= len(plan(mask).places) <= 64


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.integers(0, 2**32 - 1), st.booleans(), st.integers(0, 40))
def test_whatever_is_painted_is_seen_whole(width: int, height: int, seed: int, keeps: bool, grow: int):
    random = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(random.integers(0, 5)):
        x, y = random.integers(0, width), random.integers(0, height)
        mask[y : y + random.integers(1, 90), x : x + random.integers(1, 90)] = random.integers(1, 256)
    told = plan(mask, mode=EditMode.KEEP if keeps else EditMode.CHANGE, grow_px=grow)
    whole = told.change.read(told.canvas)
    seen = np.zeros_like(whole)
    for place in told.places:
        assert place.working.width % 8 == 0 and place.working.height % 8 == 0
        assert place.working.width >= 64 and place.working.height >= 64
        assert max(place.working) <= 2 * 256 + 8
        inside = place.crop & told.canvas
        own = told.separate.only(told.change.read(inside), inside, place.numbers)
        view = seen[inside.within(told.canvas)]
        assert not (view.astype(bool) & own.astype(bool)).any()
        np.maximum(view, own, out=view)
    assert np.array_equal(seen, whole)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_pooling_finds_every_pixel(width: int, height: int, cell: int, seed: int):
    mask = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    cells = pooled(mask, cell)
    assert cells.shape == (-(-height // cell), -(-width // cell))
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            part = mask[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            assert cells[row, column] == part.max()


def test_planning_follows_what_is_painted_not_the_canvas():
    """A ratio in one run: a stroke on 64 million pixels costs hardly more than one on a million."""

    def seconds(side: int) -> float:
        stroke = np.full((400, 400), 255, np.uint8)
        mask = MaskInput.placed(stroke, side // 2, side // 2, Extent(side, side))
        request = replace(INFO.request("x")).with_edit(ImageInput("", side, side), Edit(mask=mask))
        best = 1e9
        for _ in range(5):
            began = time.perf_counter()
            plan_edit(request, INFO)
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(8192) < 5 * seconds(1024)
