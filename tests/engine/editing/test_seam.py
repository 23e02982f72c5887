"""The seam doctor on a fixed set of pictures, with figures before and after."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.edit import SeamMode
from engine.editing.seam import mended

WIDTH, HEIGHT = 240, 180


def meadow() -> np.ndarray:
    """Sky over a meadow, with the grain of a photograph."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    sky = np.stack([120 + y / 3, 160 + y / 4, 225 - y / 9], axis=2)
    grass = np.stack([80 + x / 20, 140 - x / 30, 60 + y / 20], axis=2)
    return grained(np.where((y > 100)[..., None], grass, sky), 4)


def portrait() -> np.ndarray:
    """Soft light from one side."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = np.exp(-((x - 70) ** 2 + (y - 60) ** 2) / 9000)
    return grained(np.stack([70 + 150 * light, 55 + 120 * light, 60 + 90 * light], axis=2), 2)


def poster() -> np.ndarray:
    """Flat colours with hard edges: the slightest shift is seen."""
    picture = np.full((HEIGHT, WIDTH, 3), (235, 225, 200), np.uint8)
    cv2.rectangle(picture, (20, 20), (110, 160), (190, 60, 50), -1)
    cv2.circle(picture, (170, 90), 50, (40, 80, 140), -1)
    return picture


def grained(picture: np.ndarray, grain: float) -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, grain, picture.shape[:2])[..., None]
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


PICTURES = {"meadow": meadow, "portrait": portrait, "poster": poster}
SHIFTS = {
    "brighter": lambda picture, x: picture + 16.0,
    "warmer": lambda picture, x: picture + np.array([14.0, 2.0, -12.0]),
    "flatter": lambda picture, x: (picture - 128.0) * 0.88 + 132.0,
    "lit from the left": lambda picture, x: picture + (x[..., None] - WIDTH / 2) / 7.0,
}
FIRST_CHOICE = {"brighter": SeamMode.MEAN, "warmer": SeamMode.MEAN, "flatter": SeamMode.MEAN}


def shifted(picture: np.ndarray, how: str) -> np.ndarray:
    _, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.clip(np.round(SHIFTS[how](picture.astype(float), x)), 0, 255).astype(np.uint8)


def disc() -> np.ndarray:
    paste = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(paste, (120, 95), 55, 255, -1)
    return paste


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("how", SHIFTS)
def test_a_colour_shift_is_taken_off(name: str, how: str):
    source, paste = PICTURES[name](), disc()
    made = shifted(source, how)
    cured, report = mended(source, made, paste, np.ones_like(paste, bool), SeamMode.AUTO)
    assert report is not None
    assert report.before > report.own + 0.5, "the shift is seen"
    assert report.after <= max(report.own + 0.7, 1.0), report
    inside = paste > 0
    before = np.abs(made[inside].astype(int) - source[inside]).mean()
    after = np.abs(cured[inside].astype(int) - source[inside]).mean()
    assert after < 0.6 * before, "the colours are nearer to what was there, not only at the border"


@pytest.mark.parametrize("how", FIRST_CHOICE)
def test_the_lightest_cure_that_helps_is_taken(how: str):
    source, paste = meadow(), disc()
    _, report = mended(source, shifted(source, how), paste, np.ones_like(paste, bool), SeamMode.AUTO)
    assert report is not None and report.method is FIRST_CHOICE[how]


@pytest.mark.parametrize("name", PICTURES)
def test_what_fits_is_left_alone(name: str):
    source, paste = PICTURES[name](), disc()
    cured, report = mended(source, source.copy(), paste, np.ones_like(paste, bool), SeamMode.AUTO)
    assert report is not None and report.method is SeamMode.OFF
    assert np.array_equal(cured, source)


@pytest.mark.parametrize("mode", [SeamMode.MEAN, SeamMode.LOW_FREQUENCY, SeamMode.POISSON])
def test_every_cure_can_be_asked_for_and_helps(mode: SeamMode):
    source, paste = portrait(), disc()
    _, report = mended(source, shifted(source, "brighter"), paste, np.ones_like(paste, bool), mode)
    assert report is not None and report.method is mode
    assert report.after < report.before - 1


def test_off_only_measures():
    source, paste = poster(), disc()
    made = shifted(source, "warmer")
    cured, report = mended(source, made, paste, np.ones_like(paste, bool), SeamMode.OFF)
    assert np.array_equal(cured, made)
    assert report is not None and report.before == report.after > report.own


def test_new_canvas_takes_the_sources_contrast_from_outside():
    source, known = meadow(), np.zeros((HEIGHT, WIDTH), bool)
    known[:, :150] = True
    paste = np.where(known, 0, 255).astype(np.uint8)
    _, report = mended(source, shifted(source, "brighter"), paste, known, SeamMode.AUTO)
    assert report is not None
    assert report.after < report.before


def test_where_nothing_stays_there_is_no_seam():
    source = meadow()
    whole = np.full((HEIGHT, WIDTH), 255, np.uint8)
    assert mended(source, source, whole, np.ones_like(whole, bool), SeamMode.AUTO)[1] is None
    nothing = np.zeros_like(whole)
    assert mended(source, source, nothing, np.ones_like(whole, bool), SeamMode.AUTO)[1] is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1), st.sampled_from(list(SeamMode)))
def test_any_mask_on_any_picture_is_survived(width: int, height: int, seed: int, mode: SeamMode):
    random = np.random.default_rng(seed)
    source, made = random.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    paste = (random.random((height, width)) < random.random()).astype(np.uint8) * random.integers(1, 256)
    known = random.random((height, width)) < 0.8
    cured, report = mended(source, made, paste.astype(np.uint8), known, mode)
    assert cured.shape == made.shape and cured.dtype == np.uint8
    assert report is None or all(np.isfinite([report.before, report.after, report.own]))
