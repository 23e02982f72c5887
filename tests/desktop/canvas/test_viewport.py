"""Zoom and pan as arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.canvas.viewport import KEPT_IN_VIEW_PX, LARGEST_ZOOM, SMALLEST_ZOOM, Viewport

sizes = st.integers(1, 10_000)


def made(width: int = 800, height: int = 600, extent: tuple[int, int] = (512, 512)) -> Viewport:
    viewport = Viewport()
    viewport.resize(width, height, 1.0)
    viewport.set_extent(extent)
    return viewport


@given(sizes, sizes, st.tuples(sizes, sizes))
def test_a_fitted_picture_is_whole_and_centred(width: int, height: int, extent: tuple[int, int]):
    viewport = made(width + 64, height + 80, extent)
    left, top, wide, high = viewport.rect()
    assert top >= 0 and top + high <= viewport.height + 1
    assert abs(left + wide / 2 - viewport.width / 2) <= 1


@given(st.floats(0, 800), st.floats(0, 600), st.floats(0.2, 16))
def test_the_point_under_the_cursor_stays(x: float, y: float, zoom: float):
    viewport = made(extent=(4000, 4000))
    viewport.zoom_at(1.0, 400, 300)
    before = viewport.to_picture(x, y)
    viewport.zoom_at(zoom, x, y)
    after = viewport.to_picture(x, y)
    if all(-3000 < length < 0 for length in (viewport.left, viewport.top)):  # not pushed back at an edge
        assert after == pytest.approx(before, abs=1 / zoom + 1)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.01, 100))
def test_the_picture_cannot_be_lost(dx: float, dy: float, zoom: float):
    viewport = made()
    viewport.zoom_at(zoom, 10, 10)
    viewport.pan(dx, dy)
    left, top, wide, high = viewport.rect()
    assert SMALLEST_ZOOM <= viewport.zoom <= LARGEST_ZOOM
    assert min(left + wide, viewport.width - left) >= min(KEPT_IN_VIEW_PX, wide) - 1
    assert min(top + high, viewport.height - top) >= min(KEPT_IN_VIEW_PX, high) - 1


def test_it_stays_fitted_on_resize_until_somebody_zooms():
    viewport = made()
    fitted = viewport.zoom
    viewport.resize(400, 300, 1.0)
    assert viewport.zoom < fitted
    viewport.zoom_at(1.0, 200, 150)
    viewport.resize(800, 600, 1.0)
    assert viewport.zoom == 1.0
    viewport.fit()
    assert viewport.zoom == fitted


def test_another_extent_keeps_the_zoom_one_chose():
    viewport = made()
    viewport.zoom_at(3.0, 400, 300)
    viewport.set_extent((256, 256))
    assert viewport.zoom == 3.0 and not viewport.is_fitted


def test_twice_the_pixels_fit_twice_the_zoom():
    one, two = made(800, 600), Viewport()
    two.resize(1600, 1200, 2.0)
    two.set_extent((512, 512))
    assert two.zoom == pytest.approx(2 * one.zoom)
