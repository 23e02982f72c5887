"""Strokes as coverage: even, smooth, the same however their events come."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from desktop.raster import dab
from desktop.raster.brush import Law, StrokeCoverage
from desktop.raster.dab import FULL, Tip
from desktop.raster.dynamics import FIRM, LINEAR, SOFT, Curve, Dynamics, PenPoint, flattened
from desktop.raster.rect import Rect
from desktop.raster.region import from_array
from desktop.raster.stabiliser import Stabiliser
from desktop.raster.tiles import Tiles

CANVAS = Rect(0, 0, 300, 300)


def covered(stroke: StrokeCoverage) -> np.ndarray:
    """All that the stroke covers, 300 x 300."""
    shown = Tiles(from_array(np.zeros((1, 1), np.uint8)).kind)
    for part, cover in stroke.take_dirty():
        shown.write(part, cover)
    return shown.read(CANVAS)


def drawn(points: list[PenPoint], tip_at=lambda pen: Tip(10), law=Law.WASH, flow=1.0) -> np.ndarray:
    stroke = StrokeCoverage(tip_at, law, flow)
    stroke.begin(points[0])
    for point in points[1:]:
        stroke.move(point)
    stroke.end()
    return covered(stroke)


def test_a_touch_covers_what_its_circle_covers():
    touched = dab.set_down(20.3, 17.8, Tip(8.0))
    area = touched.coverage.astype(float).sum() / FULL
    assert area == pytest.approx(math.pi * 64, rel=0.02)
    assert touched.coverage.max() == FULL


@pytest.mark.parametrize("radius", [0.25, 0.5, 1, 3])
def test_a_tiny_touch_weighs_the_same_wherever_it_falls(radius: float):
    weights = [
        dab.set_down(10 + step / 7, 10 + step / 3, Tip(radius)).coverage.astype(float).sum() / FULL
        for step in range(20)
    ]
    assert max(weights) < 1.6 * min(weights)


def test_a_soft_touch_falls_off_without_steps():
    line = dab.set_down(50.5, 50.5, Tip(40, hardness=0.0)).coverage[50].astype(int)
    assert np.abs(np.diff(line)).max() < FULL * 0.05
    assert (
        dab.set_down(50.5, 50.5, Tip(40, hardness=0.5)).coverage.astype(int).sum()
        > 1.5 * dab.set_down(50.5, 50.5, Tip(40, hardness=0.0)).coverage.astype(int).sum()
    )


def test_a_swept_line_has_no_beads():
    """Along its middle and at its edge, a line of one pressure is the same everywhere."""
    image = drawn([PenPoint(50, 150), PenPoint(150, 150), PenPoint(250, 150)])
    for row in (150, 142, 141):
        assert np.ptp(image[row, 60:240].astype(int)) <= 1


@pytest.mark.parametrize("radius", [10, 60])
@pytest.mark.parametrize("hardness", [1.0, 0.3])
def test_pressure_changes_a_line_without_beads(radius: float, hardness: float):
    """The profile along the edge of a stroke that gets thicker never goes back."""
    dynamics = Dynamics(size=True)
    points = [PenPoint(40 + 11 * i, 150, 0.3 + 0.03 * i) for i in range(20)]
    image = drawn(points, lambda pen: dynamics.tip(2 * radius, hardness, pen))
    mass = image[:, 60:230].astype(int).sum(axis=0)
    assert np.diff(mass).min() > -max(255, mass.max() * 0.01)


def test_opacity_by_pressure_is_a_cap():
    dynamics = Dynamics(size=False, opacity=True)
    image = drawn([PenPoint(50, 150, 0.5), PenPoint(250, 150, 0.5)], lambda pen: dynamics.tip(40, 1, pen))
    assert image.max() == pytest.approx(255 * 0.51, abs=2)


def test_a_wash_over_itself_stays_even_and_a_build_adds_up():
    back_and_forth = [PenPoint(x, 150) for x in (50, 250, 50, 250)]

    def soft(pen: PenPoint) -> Tip:
        return Tip(20, 0.2)

    once = drawn(back_and_forth[:2], soft)
    assert (drawn(back_and_forth, soft)[:, 80:220] == once[:, 80:220]).mean() > 0.999
    faint = drawn(back_and_forth[:2], soft, Law.BUILD, 0.1)
    fuller = drawn(back_and_forth, soft, Law.BUILD, 0.1)
    assert fuller[150, 150] > 1.5 * faint[150, 150] > 10


def test_flow_reaches_its_cap_in_the_end():
    scribble = [PenPoint(100 + 60 * (i % 2), 150) for i in range(60)]
    image = drawn(scribble, lambda pen: Tip(20, 1, cap=0.6), flow=0.2)
    assert image.max() == pytest.approx(153, abs=2)
    assert drawn(scribble[:2], lambda pen: Tip(20, 1, cap=0.6), flow=0.2).max() < 140


def test_an_airbrush_held_still_goes_on_spraying():
    still = [PenPoint(150, 150, time_s=index / 60) for index in range(60)]

    def soft(pen: PenPoint) -> Tip:
        return Tip(30, 0.0)

    short, long = drawn(still[:10], soft, Law.BUILD, 0.1), drawn(still, soft, Law.BUILD, 0.1)
    assert long[150, 150] > short[150, 150] + 40
    assert long[150, 170] > short[150, 170]


def test_a_line_is_smooth_through_few_points():
    """Twelve events round a circle draw a circle, not a polygon."""
    points = [
        PenPoint(150 + 100 * math.cos(index * math.pi / 6), 150 + 100 * math.sin(index * math.pi / 6))
        for index in range(25)
    ]
    image = drawn(points, lambda pen: Tip(2))
    y, x = np.nonzero(image > 128)
    assert np.ptp(np.hypot(x + 0.5 - 150, y + 0.5 - 150)) < 9


angle = st.floats(-80, 80, width=16)
points_on_canvas = st.lists(
    st.builds(
        PenPoint,
        st.floats(-20, 320, width=32), st.floats(-20, 320, width=32), st.floats(0.0625, 1, width=32),
        angle, angle, st.floats(0, 2, width=16),
    ),
    min_size=2, max_size=12,
)  # fmt: skip


@given(
    points_on_canvas, st.integers(1, 5), st.sampled_from([(Law.WASH, 1.0), (Law.WASH, 0.3), (Law.BUILD, 0.3)])
)
@settings(deadline=None, max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_the_same_points_cover_the_same_in_any_batches(points, batch, law):
    dynamics = Dynamics(size=True, opacity=True, tilt=True)

    def tip_at(pen: PenPoint) -> Tip:
        return dynamics.tip(60, 0.5, pen)

    whole = drawn(points, tip_at, *law)
    stroke = StrokeCoverage(tip_at, *law)
    shown = Tiles(from_array(np.zeros((1, 1), np.uint8)).kind)
    stroke.begin(points[0])
    for index, point in enumerate(points[1:]):
        stroke.move(point)
        if index % batch == 0:
            for part, cover in stroke.take_dirty():
                shown.write(part, cover)
    stroke.end()
    for part, cover in stroke.take_dirty():
        shown.write(part, cover)
    assert np.array_equal(shown.read(CANVAS), whole)


def test_curves_go_through_their_points_and_never_back():
    for curve in (LINEAR, SOFT, FIRM, Curve(((0.1, 0.2), (0.4, 0.3), (0.5, 0.9), (1.0, 1.0)))):
        felt = [curve(step / 100) for step in range(101)]
        assert all(b >= a - 1e-9 for a, b in itertools.pairwise(felt))
        for x, y in curve.points:
            assert curve(x) == pytest.approx(y, abs=0.01)
    assert [LINEAR(step / 10) for step in range(11)] == pytest.approx(
        [step / 10 for step in range(11)], abs=1e-3
    )
    with pytest.raises(ValueError):
        Curve(((0.5, 0.0), (0.5, 1.0)))
    with pytest.raises(ValueError):
        Curve(((0.0, 0.0), (1.0, 1.5)))


def test_tilt_flattens_the_tip_along_the_pen():
    assert flattened(0, 0) == (1, 0)
    ratio, angle = flattened(60, 0)
    assert ratio < 0.5 and angle == pytest.approx(0)
    touched = dab.set_down(50, 50, Tip(20, 1, 1, ratio, 90)).coverage
    rows, columns = np.nonzero(touched > FULL // 2)
    assert np.ptp(rows) > 1.5 * np.ptp(columns)


def test_the_string_takes_out_jitter_and_catches_up():
    steady = Stabiliser(20)
    places = [steady.follow(PenPoint(100 + 4 * (i % 2), 100 + 4 * (i % 3))) for i in range(20)]
    assert len({place[:2] for place in places}) == 1
    last = steady.follow(PenPoint(200, 100))
    assert math.hypot(200 - last.x, 100 - last.y) == pytest.approx(20)
    assert steady.catch_up() == PenPoint(200, 100)
    assert Stabiliser(0).follow(PenPoint(3, 4)) == PenPoint(3, 4)
