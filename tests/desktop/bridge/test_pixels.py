"""Not a bit is changed between numpy and Qt, and no buffer goes away under an image."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from desktop.bridge.pixels import from_qimage, to_qimage


def random_pixels(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 7, 64, 127, 513])
def test_pixels_come_back_bit_for_bit_at_any_width(width: int):
    pixels = random_pixels(width, 5)
    image = to_qimage(pixels)
    assert (image.width(), image.height()) == (width, 5)
    assert np.array_equal(from_qimage(image), pixels)
    assert np.array_equal(from_qimage(image.convertToFormat(QImage.Format.Format_RGB32)), pixels)
    assert image.pixelColor(0, 4) == QColor(*(int(value) for value in pixels[4, 0]))


def test_a_crop_that_is_not_contiguous_is_seen_right():
    pixels = random_pixels(20, 20)[3:9, 4:11]
    assert np.array_equal(from_qimage(to_qimage(pixels)), pixels)


def test_the_image_keeps_its_memory_alive():
    expected = random_pixels(301, 200)
    image = to_qimage(expected.copy())
    shallow = QImage(image)
    del image
    gc.collect()
    others = [np.full((200, 301, 3), 7, np.uint8) for _ in range(50)]
    assert np.array_equal(from_qimage(shallow), expected)
    del others


def test_it_is_not_copied():
    pixels = random_pixels(64, 64)
    assert np.shares_memory(np.frombuffer(to_qimage(pixels).constBits(), np.uint8), pixels)


def test_painting_into_a_copy_leaves_the_array_as_it_is():
    pixels = random_pixels(8, 8)
    pixels.flags.writeable = False
    before = pixels.copy()
    image = to_qimage(pixels).copy()
    image.fill(0)
    assert np.array_equal(pixels, before)


def test_what_comes_from_qt_is_read_only_and_its_own():
    image = to_qimage(random_pixels(9, 9))
    pixels = from_qimage(image)
    before = pixels.copy()
    assert not pixels.flags.writeable
    image.fill(0)
    assert np.array_equal(pixels, before)


def test_alpha_is_laid_over_white():
    image = QImage(3, 1, QImage.Format.Format_ARGB32)
    for x, alpha in enumerate((0, 128, 255)):
        image.setPixelColor(x, 0, QColor(255, 0, 0, alpha))
    assert from_qimage(image).tolist() == [[[255, 255, 255], [255, 127, 127], [255, 0, 0]]]
