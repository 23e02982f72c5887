"""Maps drawn from pictures without a network: what each must show of pictures whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.api.errors import BadRequest
from engine.api.form import from_json, to_json
from engine.api.images import Extent, read_only
from engine.api.maps import MapKind
from engine.api.pose import KEY_POINTS, Figure, standing
from engine.api.rect import Rect
from engine.conditioning.fitting import cut, fitted
from engine.conditioning.maps.drawn import DRAWERS, drawn
from engine.conditioning.maps.normal import normals_of
from engine.conditioning.maps.pose import drawn_figures
from engine.training.scenes.compose import lines_of

SIDE = 128
EDGES = (MapKind.LINES, MapKind.CANNY, MapKind.SOFT_EDGE, MapKind.SCRIBBLE)


def landscape() -> np.ndarray:
    """A pale blue sky over a green ground, with a red box that stands on it."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[:64], picture[64:] = (160, 200, 240), (60, 140, 50)
    picture[50:100, 40:80] = (190, 40, 30)
    return read_only(picture)


def noisy(amount: int = 20) -> np.ndarray:
    noise = np.random.default_rng(1).integers(-amount, amount + 1, (SIDE, SIDE, 3))
    return read_only(np.clip(landscape().astype(int) + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("kind", DRAWERS)
@pytest.mark.parametrize("shape", [(1, 1), (7, 40), (65, 33)])
def test_any_size_gives_a_map_of_that_size_and_the_same_always(kind: MapKind, shape: tuple[int, int]):
    picture = read_only(np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8))
    for detail in (0.0, 1.0):
        first, second = drawn(kind, picture, detail), drawn(kind, picture, detail)
        assert first.shape == picture.shape and first.dtype == np.uint8 and not first.flags.writeable
        assert np.array_equal(first, second)


@pytest.mark.parametrize("kind", EDGES)
def test_edges_are_where_things_end_and_nowhere_else(kind: MapKind):
    edges = drawn(kind, landscape())
    assert (edges[..., 0] == edges[..., 1]).all() and (edges[..., 0] == edges[..., 2]).all()
    bright = edges[..., 0] > 100
    assert bright[55:95, 36:45].any(axis=1).mean() > 0.8, "the box's left side"
    assert bright[60:69, 90:].any(axis=0).mean() > 0.8, "the horizon"
    assert not bright[8:40, 8:-8].any() and not bright[70:92, 52:68].any(), "nothing in the middle of things"
    flat = read_only(np.full((SIDE, SIDE, 3), 90, np.uint8))
    assert not drawn(kind, flat).any()


@pytest.mark.parametrize("kind", EDGES)
def test_more_detail_draws_no_less(kind: MapKind):
    picture = landscape().copy()
    picture[70:90, 90:120] += 60  # a faint thing on the ground
    few, many = (drawn(kind, read_only(picture), detail)[66:94, 86:124].mean() for detail in (0.0, 1.0))
    assert few < many


def test_lines_are_those_that_the_starter_was_taught():
    """Its own lines add the borders between classes, which a picture alone does not tell."""
    taught = lines_of(noisy(), np.zeros((SIDE, SIDE), np.uint8))
    assert np.array_equal(drawn(MapKind.LINES, noisy())[..., 0], taught)


def test_depth_has_the_sky_far_and_the_ground_nearer_towards_the_lower_edge():
    near = drawn(MapKind.DEPTH, landscape())[..., 0].astype(int)
    assert near[:30].mean() < 40
    assert near[-10:].mean() > near[70:80, 90:].mean() > near[:30].mean() + 40


def test_normals_are_unit_vectors_that_turn_with_the_slope():
    across = np.repeat(np.linspace(0, 1, SIDE, dtype=np.float32)[None], SIDE, axis=0)
    vectors = normals_of(across).astype(float) / 127.5 - 1
    assert np.abs(np.linalg.norm(vectors, axis=2) - 1).max() < 0.02
    assert (vectors[8:-8, 8:-8, 0] < -0.1).all(), "what comes nearer to the right turns to the left"
    flat = normals_of(np.zeros((SIDE, SIDE), np.float32))
    assert np.abs(flat.astype(int) - (128, 128, 255)).max() <= 1


def test_segmentation_tells_places_apart_and_mixes_no_colours():
    regions = drawn(MapKind.SEGMENTATION, noisy(8))
    sky, ground, box = regions[20, 100], regions[110, 110], regions[75, 60]
    assert len({tuple(sky), tuple(ground), tuple(box)}) == 3
    assert (regions[8:40] == sky).all(axis=2).mean() > 0.9
    assert len(np.unique(regions.reshape(-1, 3), axis=0)) <= 24


def test_tile_luminance_and_palette_keep_what_they_say():
    picture = noisy()
    assert np.array_equal(drawn(MapKind.TILE, picture, 1.0), picture)
    coarse = drawn(MapKind.TILE, picture, 0.0)
    assert (
        np.abs(np.diff(coarse.astype(int), axis=1)).mean()
        < np.abs(np.diff(picture.astype(int), axis=1)).mean() / 3
    )
    grey = drawn(MapKind.LUMINANCE, picture)
    assert (grey[..., 0] == grey[..., 2]).all()
    blocks = drawn(MapKind.PALETTE, picture)
    assert len(np.unique(blocks.reshape(-1, 3), axis=0)) <= 64
    assert np.abs(blocks[5, 100].astype(int) - (160, 200, 240)).max() < 12


def test_a_pose_is_not_drawn_from_a_picture_and_that_is_said():
    with pytest.raises(BadRequest, match="cannot be drawn from a picture without a network"):
        drawn(MapKind.POSE, landscape())
    with pytest.raises(BadRequest, match="must be 0 to 1"):
        drawn(MapKind.CANNY, landscape(), 2.0)


def test_figures_are_drawn_in_openpose_s_colours_and_parts_can_be_missing():
    extent = Extent(256, 256)
    picture = drawn_figures([Figure()], extent)
    x, y = Figure().scaled(extent)[4]  # the right wrist is yellow
    assert tuple(picture[round(y), round(x)]) == (170, 255, 0)
    headless = Figure()
    for number in (0, 14, 15, 16, 17):
        headless = headless.with_point(number, None)
    assert not drawn_figures([headless], extent)[:60].any() and picture[:60].any()
    assert (
        drawn_figures([Figure(), standing([Figure()])], extent).astype(bool).sum()
        > picture.astype(bool).sum()
    )
    beyond = Figure().moved(3, 3)
    assert not drawn_figures([beyond], extent).any()


def test_a_figure_is_mirrored_moved_and_read_back():
    figure = Figure().with_point(4, (0.2, 0.3)).with_point(17, None)
    turned = figure.mirrored()
    assert turned.points[7] == pytest.approx((2 * figure.middle[0] - 0.2, 0.3)) and turned.points[16] is None
    back = turned.mirrored()
    assert all(
        one == other if one is None else one == pytest.approx(other)
        for one, other in zip(back.points, figure.points, strict=True)
    )
    assert from_json(Figure, to_json(figure)) == figure
    for bad in ([], [[0, 0]] * 17, [[0, 0, 0]] * 18, [["a", 0]] * 18, [[True, 0]] * 18, "x"):
        with pytest.raises(BadRequest):
            from_json(Figure, bad)
    assert len(KEY_POINTS) == 18


def test_a_map_is_cut_with_its_place_and_its_edge_goes_on():
    rows = np.repeat(np.arange(64, dtype=np.uint8)[:, None], 64, axis=1)
    picture = read_only(np.repeat(rows[..., None], 3, axis=2))
    canvas = Rect(0, 0, 64, 64)
    assert fitted(picture, Extent(64, 64), MapKind.DEPTH) is not None
    assert np.array_equal(fitted(picture, Extent(64, 64), MapKind.DEPTH), picture)
    part = cut(picture, canvas, Rect(16, 16, 32, 32), Extent(32, 32), MapKind.DEPTH)
    assert np.array_equal(part, picture[16:48, 16:48])
    beyond = cut(picture, canvas, Rect(0, 48, 64, 32), Extent(64, 32), MapKind.DEPTH)
    assert np.array_equal(beyond[:16], picture[48:]) and (beyond[16:] == 63).all()
    larger = cut(picture, canvas, Rect(0, 0, 32, 32), Extent(64, 64), MapKind.SEGMENTATION)
    assert set(np.unique(larger)) <= set(range(32)), "names are not mixed"
    wide = fitted(picture, Extent(64, 32), MapKind.DEPTH)
    assert wide.shape == (32, 64, 3) and abs(int(wide[0, 0, 0]) - 16) <= 1
