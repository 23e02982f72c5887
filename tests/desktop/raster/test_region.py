"""Selections and masks: soft, combined, grown, made from pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor

from desktop.raster import region
from desktop.raster.fill import alike
from desktop.raster.gradient import Shape, gradient
from desktop.raster.rect import Rect
from desktop.raster.region import Combine
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.raster.transform import Affine, content_of, transformed

CANVAS = Rect(0, 0, 300, 280)


def pixels(coverage: Tiles) -> np.ndarray:
    return coverage.read(CANVAS).astype(int)


def test_an_ellipse_has_its_area_and_a_smooth_edge():
    image = pixels(region.ellipse(40, 50, 120, 80))
    assert image.sum() / 255 == pytest.approx(math.pi * 60 * 40, rel=0.005)
    assert 0 < np.count_nonzero((image > 0) & (image < 255)) < 600


def test_a_polygon_is_odd_even_where_it_crosses_itself():
    image = pixels(region.polygon([(50, 50), (150, 150), (150, 50), (50, 150)]))
    assert image[100, 55] == image[100, 145] == 255 and image[60, 100] == image[140, 100] == 0
    assert pixels(region.polygon([(1, 1), (2, 2)])).sum() == 0


soft_squares = st.builds(
    lambda left, top, value: region.from_array(np.full((90, 70), value, np.uint8), left, top),
    st.integers(0, 200), st.integers(0, 180), st.integers(1, 255),
)  # fmt: skip


@given(soft_squares, soft_squares)
@settings(deadline=None, max_examples=20)
def test_booleans_are_those_of_soft_sets(one: Tiles, other: Tiles):
    a, b = pixels(one), pixels(other)
    assert np.array_equal(pixels(region.combined(one, other, Combine.ADD)), np.maximum(a, b))
    assert np.array_equal(pixels(region.combined(one, other, Combine.SUBTRACT)), np.minimum(a, 255 - b))
    assert np.array_equal(pixels(region.combined(one, other, Combine.INTERSECT)), np.minimum(a, b))
    assert np.array_equal(pixels(region.inverted(one, CANVAS)), 255 - a)
    assert np.array_equal(pixels(one), a) and np.array_equal(pixels(other), b)


def test_to_add_to_nothing_is_to_select_and_to_subtract_from_nothing_is_nothing():
    square = region.rectangle(Rect(10, 10, 20, 20))
    assert pixels(region.combined(None, square, Combine.ADD)).sum() == 400 * 255
    for how in (Combine.SUBTRACT, Combine.INTERSECT):
        assert region.is_nothing(region.combined(None, square, how))


@pytest.mark.parametrize("by", [1, 7.5, 40])
def test_growing_moves_the_edge_and_shrinking_moves_it_back(by: float):
    disc = region.ellipse(100, 90, 100, 100)
    larger = region.grown(disc, by, CANVAS)
    assert pixels(larger).sum() / 255 == pytest.approx(math.pi * (50 + by) ** 2, rel=0.02)
    back = pixels(region.grown(larger, -by, CANVAS))
    assert np.abs(back - pixels(disc)).mean() < 1


def test_growing_a_soft_edge_keeps_it_soft():
    soft = region.feathered(region.rectangle(Rect(100, 100, 100, 80)), 20, CANVAS)
    before, after = pixels(soft)[140], pixels(region.grown(soft, 15, CANVAS))[140]
    shifted = before[15:150]
    assert np.abs(after[: len(shifted)] - shifted).max() <= 20
    assert len(np.unique(after)) > 30


def test_the_edge_of_the_canvas_is_no_edge():
    left_half = region.rectangle(Rect(0, 0, 150, 280))
    smaller = pixels(region.grown(left_half, -10, CANVAS))
    assert smaller[0, 0] == 255 and smaller[279, 139] == 255 and smaller[140, 141] == 0
    softer = pixels(region.feathered(left_half, 16, CANVAS))
    assert softer[0, 0] == 255 and 100 < softer[140, 150] < 155
    whole = region.everything(CANVAS)
    assert np.array_equal(pixels(region.feathered(whole, 30, CANVAS)), pixels(whole))


@pytest.mark.parametrize("radius", [10, 60])
def test_feathering_is_a_gaussian(radius: int):
    line = pixels(region.feathered(region.rectangle(Rect(0, 0, 150, 280)), radius, CANVAS))[140] / 255
    x = np.arange(300) + 0.5 - 150
    wanted = np.array([0.5 - 0.5 * math.erf(value / (radius / 2) / math.sqrt(2)) for value in x])
    assert np.abs(line - wanted).max() < 0.02


def painted(image: np.ndarray) -> Tiles:
    tiles = Tiles(Kind.COLOUR)
    tiles.write(Rect(0, 0, image.shape[1], image.shape[0]), image)
    return tiles


def test_from_alpha_and_luminance():
    image = np.zeros((50, 60, 4), np.uint8)
    image[:, :20] = (0, 0, 255, 255)
    image[:, 20:40] = (255, 255, 255, 255)
    image[:, 40:] = (64, 64, 64, 128)
    tiles = painted(image)
    assert [pixels(region.from_alpha(tiles))[10, x] for x in (5, 25, 45)] == [255, 255, 128]
    assert [pixels(region.from_luminance(tiles))[10, x] for x in (5, 25, 45)] == [54, 255, 64]


def test_filling_stops_at_lines_and_takes_their_soft_edge():
    image = np.full((100, 120, 4), 255, np.uint8)
    image[:, 60:63] = (0, 0, 0, 255)
    image[:, 59] = (250, 250, 250, 255)
    tiles, canvas = painted(image), Rect(0, 0, 120, 100)
    near = alike(tiles.read, canvas, 10, 10, 2).read(canvas)
    assert near[50, 58] == 255 and 0 < near[50, 59] < 255 and near[50, 60] == near[50, 100] == 0
    everywhere = alike(tiles.read, canvas, 10, 10, 2, contiguous=False).read(canvas)
    assert everywhere[50, 100] == 255 and everywhere[50, 61] == 0
    assert region.is_nothing(alike(tiles.read, canvas, 500, 10, 2))


def test_a_gradient_has_no_bands_and_no_seams():
    one, other = QColor(10, 20, 30), QColor(14, 24, 34)
    part = Rect(0, 0, 300, 64)
    image = gradient(part, (0, 0), (300, 0), one, other)
    assert np.array_equal(image[:, 100:200], gradient(Rect(100, 0, 100, 64), (0, 0), (300, 0), one, other))
    means = image[..., 0].mean(axis=0)
    assert np.abs(means - np.linspace(30, 34, 300)).max() < 0.6
    assert np.array_equal(
        gradient(part, (0, 0), (300, 0), one, one), np.full((64, 300, 4), (30, 20, 10, 255))
    )
    clear = QColor(200, 100, 50, 0)
    faded = gradient(part, (0, 0), (300, 0), QColor(200, 100, 50), clear, Shape.RADIAL)
    assert (faded[..., :3] <= faded[..., 3:]).all()


def noise(height: int = 60, width: int = 90) -> np.ndarray:
    image = np.random.default_rng(3).integers(0, 256, (height, width, 4), np.uint8)
    image[..., 3] = 255
    return image


@pytest.mark.parametrize(
    ("affine", "expected"),
    [
        (Affine(0, 0, 37, -11), lambda image: image),
        (Affine(45, 30, scale_x=-1), lambda image: image[:, ::-1]),
        (Affine(45, 30, scale_y=-1), lambda image: image[::-1]),
        (Affine(45, 30, angle_deg=180), lambda image: image[::-1, ::-1]),
        (Affine(45, 45, angle_deg=90), lambda image: np.rot90(image, -1)),
        (Affine(45, 45, angle_deg=-90), lambda image: np.rot90(image)),
    ],
)
def test_what_needs_no_new_value_gets_none(affine: Affine, expected):
    image = noise()
    moved = transformed(painted(image), affine)
    target = affine.bounds(Rect(0, 0, 90, 60))
    assert np.array_equal(moved.read(target), expected(image))


def test_a_turn_by_hand_keeps_the_place_and_never_colours_beyond_alpha():
    image = np.zeros((80, 80, 4), np.uint8)
    image[20:60, 20:60] = (255, 255, 255, 255)
    turned = transformed(painted(image), Affine(40, 40, angle_deg=30))
    box = content_of(turned)
    assert abs(box.left + box.width / 2 - 40) <= 1 and abs(box.top + box.height / 2 - 40) <= 1
    seen = turned.read(Rect(-20, -20, 120, 120))
    assert (seen[..., :3] <= seen[..., 3:]).all()
    assert seen[..., 3].astype(int).sum() / 255 == pytest.approx(1600, rel=0.02)


def test_much_smaller_is_an_average():
    checks = np.zeros((128, 128, 4), np.uint8)
    checks[...] = np.indices((128, 128)).sum(axis=0)[..., None] % 2 * 255
    checks[..., 3] = 255
    small = transformed(painted(checks), Affine(64, 64, scale_x=0.125, scale_y=0.125)).read(
        Rect(60, 60, 8, 8)
    )
    assert np.abs(small[..., 0].astype(int) - 128).max() <= 2
