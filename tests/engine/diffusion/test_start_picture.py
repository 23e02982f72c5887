"""The start picture at the canvas's size: filled, not stretched, averaged as light is."""

from __future__ import annotations

import numpy as np
import pytest

from engine.api.images import Extent
from engine.diffusion.start_picture import cover


def test_a_picture_of_the_right_size_is_untouched():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    assert np.array_equal(cover(pixels, Extent(56, 40)), pixels)


def test_the_overhang_is_cut_evenly_and_nothing_is_stretched():
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 255  # only the middle third remains
    assert cover(pixels, Extent(50, 50))[:, 2:-2].min() >= 250


@pytest.mark.parametrize("value", [0, 1, 37, 128, 254, 255])
def test_a_plain_colour_keeps_its_value(value):
    pixels = np.full((90, 70, 3), value, np.uint8)
    for extent in (Extent(32, 32), Extent(200, 120)):
        assert (cover(pixels, extent) == value).all()


def test_fine_black_and_white_averages_to_half_the_light():
    checks = np.indices((256, 256)).sum(0) % 2 * 255
    pixels = np.repeat(checks[..., None], 3, 2).astype(np.uint8)
    assert abs(int(cover(pixels, Extent(32, 32)).mean()) - 188) <= 2


def test_a_picture_of_one_pixel_fills_the_canvas():
    assert (cover(np.full((1, 1, 3), 9, np.uint8), Extent(64, 48)) == 9).all()
