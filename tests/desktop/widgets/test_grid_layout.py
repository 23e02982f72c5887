"""Rows and squares: nothing overlaps, nothing is lost, rows end where the window does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from desktop.widgets.grid.layout import HEADER_PX, GridLayout, justified, squares
from desktop.widgets.grid.moves import target_of

NONE = np.zeros(0, np.int64)
WIDTH, SIZE, GAP = 1000, 160, 6


def laid_out(
    kind: str, aspects: list[float], starts: list[int], width: int = WIDTH, size: int = SIZE
) -> GridLayout:
    group_starts = np.array(starts, np.int64)
    if kind == "rows":
        return justified(np.array(aspects, float), group_starts, width, size, GAP)
    return squares(len(aspects), group_starts, width, size, GAP)


def check(layout: GridLayout, count: int, width: int, has_headers: bool) -> None:
    assert len(layout) == count
    assert layout.row_starts[0] == 0 and layout.row_starts[-1] == count
    assert (np.diff(layout.row_starts) > 0).all()
    assert (layout.width > 0).all() and (layout.height > 0).all()
    assert (layout.left >= 0).all() and (layout.left + layout.width <= max(width, layout.width.max())).all()
    for row in range(layout.rows):
        here = slice(int(layout.row_starts[row]), int(layout.row_starts[row + 1]))
        ends = layout.left[here] + layout.width[here]
        assert (layout.left[here][1:] >= ends[:-1]).all(), "pictures of a row overlap"
        assert (layout.top[here] == layout.row_tops[row]).all()
    below = layout.row_tops[:-1] + layout.row_heights[:-1]
    assert (layout.row_tops[1:] >= below + GAP).all(), "rows overlap"
    if has_headers:
        assert (layout.header_tops + HEADER_PX == layout.top[layout.group_starts]).all()


@pytest.mark.parametrize("kind", ["rows", "squares"])
@settings(max_examples=60, deadline=None)
@given(
    aspects=st.lists(st.floats(0.01, 100) | st.just(float("nan")), min_size=1, max_size=60),
    data=st.data(),
    width=st.integers(60, 2000),
    size=st.integers(48, 640),
)
def test_whatever_the_shapes_nothing_overlaps_and_nothing_is_lost(kind, aspects, data, width, size):
    starts = sorted({0, *data.draw(st.lists(st.integers(0, len(aspects) - 1), max_size=5))})
    for group_starts in ([], starts):
        check(laid_out(kind, aspects, group_starts, width, size), len(aspects), width, bool(group_starts))


def test_full_rows_end_at_the_width_to_the_pixel_and_the_last_keeps_its_height():
    layout = laid_out("rows", [1.5, 0.66, 1.0, 1.78] * 25, [])
    ends = (layout.left + layout.width)[layout.row_starts[1:] - 1]
    assert (ends[:-1] == WIDTH).all()
    assert layout.row_heights[-1] <= SIZE
    assert (np.abs(layout.row_heights[:-1] - SIZE) < SIZE / 3).all()


def test_rows_keep_the_shape_of_their_pictures():
    aspects = np.array([1.5, 0.66, 1.0, 1.78] * 25)
    layout = laid_out("rows", aspects.tolist(), [])
    assert np.allclose(layout.width / layout.height, aspects, rtol=0.03)


def test_squares_fill_the_width():
    layout = laid_out("squares", [1.0] * 20, [])
    assert len(set(layout.width.tolist())) == 1
    assert WIDTH - 6 <= (layout.left + layout.width).max() <= WIDTH


@pytest.mark.parametrize("kind", ["rows", "squares"])
def test_points_find_their_picture_and_gaps_find_none(kind):
    layout = laid_out(kind, [1.5, 0.66, 1.0] * 40, [0, 50, 51])
    for index in range(len(layout)):
        x, y = int(layout.left[index]), int(layout.top[index])
        right, bottom = x + int(layout.width[index]) - 1, y + int(layout.height[index]) - 1
        assert layout.index_at(x, y) == layout.index_at(right, bottom) == index
    assert layout.index_at(5, int(layout.header_tops[1]) + 5) == -1
    assert layout.header_at(int(layout.header_tops[1]) + 5) == 1
    assert layout.index_at(5, layout.total_height + 5) == -1
    assert [layout.group_of(index) for index in (0, 49, 50, 51)] == [0, 0, 1, 2]
    assert layout.group_range(0) == range(50) and layout.group_range(2) == range(51, 120)


@pytest.mark.parametrize("kind", ["rows", "squares"])
def test_what_is_seen_is_found_by_bisection_as_by_looking_at_all(kind):
    layout = laid_out(kind, [1.5, 0.66, 1.0, 0.4] * 50, [0, 77])
    for top in range(-50, layout.total_height + 50, 97):
        bottom = top + 300
        looked = np.flatnonzero((layout.top < bottom) & (layout.top + layout.height > top))
        assert list(layout.seen(top, bottom)) == looked.tolist()
        band = layout.inside(200, top, 500, bottom)
        touched = looked[(layout.left[looked] < 500) & (layout.left[looked] + layout.width[looked] > 200)]
        assert band.tolist() == touched.tolist()
        headers = np.flatnonzero((layout.header_tops < bottom) & (layout.header_tops + HEADER_PX > top))
        assert list(layout.headers_between(top, bottom)) == headers.tolist()


def test_nothing_at_all_is_a_layout_too():
    for kind in ("rows", "squares"):
        layout = laid_out(kind, [], [])
        assert len(layout) == layout.rows == layout.total_height == 0
        assert list(layout.seen(0, 1000)) == [] and layout.index_at(1, 1) == -1


def test_keys_walk_as_one_sees():
    layout = laid_out("squares", [1.0] * 20, [0, 10])  # six a row: 6 + 4, 6 + 4
    keys = Qt.Key

    def go(key: Qt.Key, index: int, page: int = 500) -> int:
        return target_of(key, layout, index, page)

    assert go(keys.Key_Right, 0) == 1 and go(keys.Key_Left, 0) == 0 and go(keys.Key_Right, 19) == 19
    assert go(keys.Key_Down, 1) == 7 and go(keys.Key_Up, 7) == 1 and go(keys.Key_Up, 1) == 1
    assert go(keys.Key_Down, 5) == 9, "the nearest of a shorter row"
    assert go(keys.Key_Down, 7) == 11, "over the header of the next group"
    assert go(keys.Key_Home, 7) == 0 and go(keys.Key_End, 7) == 19
    assert go(keys.Key_PageDown, 0) > 6 and go(keys.Key_PageUp, 19) < 10
    assert go(keys.Key_PageDown, 0, page=10) == 6, "a page is a row at least"
    assert go(keys.Key_Right, -1) == 0 and go(keys.Key_End, -1) == 19
    assert target_of(keys.Key_Left, layout, 0, 500, is_mirrored=True) == 1
