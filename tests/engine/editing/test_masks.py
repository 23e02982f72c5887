"""The masks of a place: what they promise of every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.edit import Edit, EditMode, FillMode, Margins
from engine.api.images import Extent, ImageInput
from engine.api.mask import Coverage, MaskInput
from engine.api.model_info import Capabilities, Defaults, ModelInfo
from engine.editing.change import grown
from engine.editing.fill import filled, mixed
from engine.editing.masks import PlaceMasks, outlines, place_masks, small_masks
from engine.editing.plan import EditPlan, plan_edit
from engine.editing.stitch import Canvas, resized

INFO = ModelInfo("m", "M", "toy", capabilities=Capabilities(size_multiple=8), defaults=Defaults(64, 64))


def plan(mask: Coverage, **edit: object) -> EditPlan:
    request = INFO.request("x").with_edit(
        ImageInput("", mask.shape[1], mask.shape[0]), Edit(mask=MaskInput.of(mask), **edit)
    )  # type: ignore[arg-type]
    return plan_edit(request, INFO)


def masks_of(mask: Coverage, **edit: object) -> tuple[PlaceMasks, EditPlan]:
    told = plan(mask, **edit)
    (place,) = told.places
    return place_masks(told, place), told


def square(value: int = 255) -> Coverage:
    mask = np.zeros((64, 64), np.uint8)
    mask[20:44, 20:44] = value
    return mask


def test_what_is_painted_is_wholly_free_and_the_feather_lies_outside():
    masks, _ = masks_of(square(), feather_px=6, paste_feather_px=4)
    assert np.array_equal(masks.change, square())
    assert (masks.denoising[20:44, 20:44] == 255).all()
    assert 0 < masks.denoising[17, 30] < 255
    assert masks.denoising[10, 30] == 0


def test_pasting_blends_inside_and_never_outside():
    masks, _ = masks_of(square(), feather_px=6, paste_feather_px=4)
    assert np.array_equal(masks.paste > 0, square() > 0)
    assert masks.paste[32, 32] == 255
    assert 0 < masks.paste[20, 30] < masks.paste[21, 30] < 255


def test_what_is_kept_has_no_rim_of_the_surroundings_that_go():
    masks, told = masks_of(square(), mode=EditMode.KEEP)
    (place,) = told.places
    cell = round(8 / place.scale)
    assert (masks.paste[20:44, 20:44] == 0).all() and (masks.paste[square() == 0] > 0).all()
    assert masks.paste[32, 18] == 255 and masks.paste[32, 19] < 255  # one pixel is blended
    assert (masks.denoising[20 + cell : 44 - cell, 20 + cell : 44 - cell] == 0).all()


def test_the_colours_of_what_is_kept_do_not_shine_into_what_comes():
    told = plan(square(), mode=EditMode.KEEP)
    source = np.full((64, 64, 3), (40, 160, 60), np.uint8)
    canvas = Canvas(told, source)
    (place,) = told.places
    piece = canvas.workpiece(place, 1)
    snow = np.full((place.working.height, place.working.width, 3), 240, np.uint8)
    canvas.put(piece, snow, "snow")
    result = canvas.finished()
    assert (result[20:44, 20:44] == source[20:44, 20:44]).all()
    assert (result[piece.masks.paste == 255] == 240).all()
    assert canvas.report().kept_changed == 0


def test_without_feather_pasting_is_all_or_nothing():
    masks, _ = masks_of(square(), feather_px=0, paste_feather_px=0)
    assert np.array_equal(masks.paste, square())
    assert np.array_equal(masks.denoising, square())


def test_a_lone_pixel_is_pasted_whole():
    mask = np.zeros((64, 64), np.uint8)
    mask[30, 31] = 255
    masks, _ = masks_of(mask, paste_feather_px=9)
    assert masks.paste[30, 31] == 255
    assert (masks.paste > 0).sum() == 1


def test_what_hardly_changes_fades_into_the_source():
    masks, _ = masks_of(square(4), paste_feather_px=0)
    assert 0 < masks.paste[30, 30] < 255
    masks, _ = masks_of(square(40), paste_feather_px=0)
    assert masks.paste[30, 30] == 255


def test_growing_makes_the_painted_larger_whatever_it_means():
    changing, _ = masks_of(square(), grow_px=5)
    assert changing.paste[16, 30] > 0 and changing.paste[13, 30] == 0
    keeping, _ = masks_of(square(), mode=EditMode.KEEP, grow_px=5)
    assert keeping.paste[16, 30] == 0 and keeping.paste[10, 30] > 0


@pytest.mark.parametrize("radius", [1, 7, 8, 9, 30])
def test_growing_adds_a_disc_however_large(radius: int):
    point = np.zeros((81, 81), np.uint8)
    point[40, 40] = 200
    disc = grown(point, radius)
    y, x = np.mgrid[-40:41, -40:41]
    distance = np.hypot(x, y)
    assert (disc[distance <= radius - 1.5] == 200).all()
    assert (disc[distance >= radius + 1.5] == 0).all()


def test_new_canvas_is_pasted_whole_up_to_the_source():
    told = plan(np.zeros((64, 64), np.uint8), extend=Margins(24, 0, 0, 0))
    (place,) = told.places
    paste = place_masks(told, place).paste
    inside = place.crop & told.canvas
    part = paste[inside.within(place.crop)]
    new = -inside.left
    assert (part[:, :new] == 255).all()
    assert (part[:, new:] == 0).all()


def test_small_masks_look_like_the_large_ones():
    mask = np.zeros((900, 700), np.uint8)
    mask[100:800, 100:600] = 255
    told = plan(mask)
    (place,) = told.places
    small = small_masks(told, place, longest=90)
    assert max(small.paste.shape) <= 90
    assert small.change.mean() == pytest.approx(place_masks(told, place).change.mean(), rel=0.05)


def test_outlines_run_around_what_is_painted_in_the_pictures_pixels():
    told = plan(square())
    (place,) = told.places
    (line,) = outlines(place_masks(told, place).change, place.crop)
    assert line.min(axis=0).tolist() == [20, 20]
    assert line.max(axis=0).tolist() == [43, 43]


@pytest.mark.parametrize("mode", FillMode)
def test_a_fill_changes_only_what_may_change_and_softly(mode: FillMode):
    pixels = np.random.default_rng(1).integers(0, 256, (60, 50, 3), dtype=np.uint8)
    change = np.zeros((60, 50), np.uint8)
    change[10:40, 10:40] = 255
    change[40:45, 10:40] = 90
    fill = filled(pixels, change, mode, 7)
    assert np.array_equal(fill[change == 0], pixels[change == 0])
    assert np.array_equal(fill, pixels) == (mode is FillMode.ORIGINAL)
    assert np.array_equal(fill, filled(pixels, change, mode, 7))


@pytest.mark.parametrize("mode", [FillMode.EDGE, FillMode.BLURRED])
def test_nothing_of_what_goes_tints_what_comes(mode: FillMode):
    pixels = np.full((80, 80, 3), (200, 200, 190), np.uint8)
    pixels[20:60, 20:60] = (255, 0, 0)
    change = np.zeros((80, 80), np.uint8)
    change[20:60, 20:60] = 255
    fill = filled(pixels, change, mode, 0)
    assert np.abs(fill.astype(int) - [200, 200, 190]).max() <= 6


@pytest.mark.parametrize("mode", FillMode)
def test_a_fill_where_nothing_stays_is_some_picture(mode: FillMode):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 400, 3), dtype=np.uint8)
    assert filled(pixels, np.full((9, 400), 255, np.uint8), mode, 1).shape == pixels.shape


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mixing_is_exact_at_both_ends(seed: int):
    random = np.random.default_rng(seed)
    under, over = random.integers(0, 256, (2, 17, 13, 3), dtype=np.uint8)
    share = random.choice(np.array([0, 1, 128, 254, 255], np.uint8), (17, 13))
    blend = mixed(under, over, share)
    assert np.array_equal(blend[share == 0], under[share == 0])
    assert np.array_equal(blend[share == 255], over[share == 255])
    low, high = np.minimum(under, over), np.maximum(under, over)
    assert (blend >= low).all() and (blend <= high).all()


def test_a_crop_at_its_own_size_is_not_touched_on_its_way():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    told = plan(np.full((64, 64), 255, np.uint8))
    (place,) = told.places
    piece = Canvas(told, pixels).workpiece(place, 0)
    assert np.array_equal(piece.start, pixels)


def test_masks_never_ring():
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255
    larger = resized(mask, Extent(97, 113))
    assert larger[:20].max() == 0
    assert larger.max() == 255
