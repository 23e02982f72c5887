"""Painting with real events: mouse, pen, wheel, keys; what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hands import (
    ALT,
    LEFT,
    NO_BUTTON,
    NO_KEYS,
    RIGHT,
    SHIFT,
    at,
    document_of,
    drag,
    move,
    pen,
    pen_stroke,
    seen,
    width_at,
)
from pens import picture, selection
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.canvas.view import CanvasView
from desktop.raster.dynamics import FIRM
from desktop.raster.rect import Rect
from desktop.tools.workbench import Workbench

# strokes


def test_a_mouse_stroke_paints_where_it_goes_and_is_seen(canvas: CanvasView, bench: Workbench):
    bench.set_size(12)
    drag(canvas, (40, 80), (90, 80), (160, 80))
    assert picture(document_of(canvas))[80, 100].tolist() == [0, 0, 255, 255]
    assert seen(canvas, 100.5, 80.5) == QColor("red") and seen(canvas, 100.5, 120.5) == QColor("white")
    assert document_of(canvas).history.undo_title == "Brush stroke"


@pytest.mark.parametrize(("angle", "mirrored"), [(0, False), (37, False), (90, True), (-120, True)])
@pytest.mark.parametrize("zoom", [0.6, 3.0])
def test_what_is_drawn_lies_under_the_pointer_however_one_looks(
    canvas: CanvasView, bench: Workbench, angle: float, mirrored: bool, zoom: float
):
    bench.set_size(20)
    canvas.zoom_to(zoom)
    canvas.rotate_by(angle)
    if mirrored:
        canvas.mirror()
    drag(canvas, (100, 80), (104, 82))
    assert picture(document_of(canvas))[80, 100].tolist() == [0, 0, 255, 255]
    assert seen(canvas, 100, 80) == QColor("red")


def test_a_stroke_leaves_the_widget_and_comes_back_uncut(canvas: CanvasView, bench: Workbench):
    bench.set_size(10)
    drag(canvas, (100, 20), (-400, 20), (-400, 140), (100, 140))
    image = picture(document_of(canvas))
    assert image[20, 4, 1] == 0 and image[140, 4, 1] == 0 and image[80, 4, 1] == 255
    assert len(document_of(canvas).history.entries) == 2


def test_the_window_changes_its_size_in_the_middle_of_a_stroke(canvas: CanvasView, bench: Workbench):
    bench.set_size(10)
    QTest.mousePress(canvas, LEFT, NO_KEYS, at(canvas, 40, 80))
    move(canvas, 80, 80)
    canvas.resize(380, 330)
    canvas.zoom_by(0.8)
    move(canvas, 120, 80)
    move(canvas, 160, 80)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, at(canvas, 160, 80))
    row = picture(document_of(canvas))[80]
    assert (row[42:158, 1] == 0).all()


def test_escape_takes_the_stroke_back_and_nothing_else(canvas: CanvasView, bench: Workbench):
    before = picture(document_of(canvas))
    QTest.mousePress(canvas, LEFT, NO_KEYS, at(canvas, 40, 80))
    move(canvas, 120, 80)
    canvas.drawing.flush()
    assert not np.array_equal(picture(document_of(canvas)), before)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    move(canvas, 150, 100)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, at(canvas, 150, 100))
    assert np.array_equal(picture(document_of(canvas)), before)
    assert len(document_of(canvas).history.entries) == 1 and not canvas.drawing.is_at_work


def test_many_events_are_few_frames_and_the_same_pixels(qtbot: QtBot, canvas: CanvasView, bench: Workbench):
    """A thousand moves in a burst: every one counts, hardly any is drawn alone."""
    bench.set_size(8)
    points = [(100 + 60 * np.cos(i / 9), 80 + 50 * np.sin(i / 7)) for i in range(1000)]
    changes: list[Rect] = []
    document_of(canvas).changed.connect(changes.append)
    QTest.mousePress(canvas, LEFT, NO_KEYS, at(canvas, *points[0]))
    for point in points:
        move(canvas, *point)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, at(canvas, *points[-1]))
    burst = picture(document_of(canvas))
    assert (burst[..., 1] < 128).sum() > 3000
    document_of(canvas).history.undo()
    QTest.mousePress(canvas, LEFT, NO_KEYS, at(canvas, *points[0]))
    for point in points:
        move(canvas, *point)
        canvas.drawing.flush()
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, at(canvas, *points[-1]))
    assert np.array_equal(picture(document_of(canvas)), burst)


# pen


def test_pressure_makes_the_line_thick_and_thin(canvas: CanvasView, bench: Workbench):
    bench.set_size(40)
    pen_stroke(canvas, [(20 + 4 * i, 80) for i in range(40)], [0.1 + 0.02 * i for i in range(40)])
    widths = [width_at(canvas, x) for x in (40, 90, 150)]
    assert widths[0] < widths[1] < widths[2] <= 40 and widths[2] > 2 * widths[0]


def test_a_firmer_curve_wants_more_pressure(canvas: CanvasView, bench: Workbench):
    bench.set_size(40)
    pen_stroke(canvas, [(40, 40), (80, 40), (160, 40)], [0.4] * 3)
    even = width_at(canvas, 100)
    document_of(canvas).history.undo()
    bench.curve = FIRM
    pen_stroke(canvas, [(40, 40), (80, 40), (160, 40)], [0.4] * 3)
    assert width_at(canvas, 100) < 0.7 * even


def test_the_other_end_of_the_pen_is_the_eraser(canvas: CanvasView, bench: Workbench):
    pen_stroke(canvas, [(40, 80), (160, 80)], [1.0, 1.0], is_eraser=True)
    assert picture(document_of(canvas))[80, 100, 3] == 0
    assert document_of(canvas).history.undo_title == "Erase" and bench.tool_id == "brush"


def test_a_leaning_pen_draws_a_flat_tip(canvas: CanvasView, bench: Workbench):
    bench.set_size(40)
    bench.set_option("tilt", True)
    pen_stroke(canvas, [(100, 80), (100, 80)], [1.0, 1.0], tilt=60)
    red = picture(document_of(canvas))[..., 1] < 128
    rows, columns = np.nonzero(red)
    assert np.ptp(columns) > 1.5 * np.ptp(rows)


def test_the_pens_button_picks_the_colour(canvas: CanvasView, bench: Workbench):
    document = document_of(canvas)
    with document.begin("x"):
        document.active.pixels.fill(Rect(0, 0, 100, 160), (0, 128, 0, 255))
    pen_stroke(canvas, [(50, 80), (50, 80)], [0.5, 0.5], button=RIGHT)
    assert bench.foreground == "#008000" and len(document.history.entries) == 2


def test_a_pen_event_that_is_not_for_the_tool_comes_again_as_the_mouse(canvas: CanvasView, bench: Workbench):
    bench.take_up("marquee")
    assert not pen(canvas, QEvent.Type.TabletPress, 50, 50, button=RIGHT)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert not pen(canvas, QEvent.Type.TabletPress, 50, 50)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)


# keys while drawing


def test_alt_click_picks_and_the_brush_stays_in_hand(canvas: CanvasView, bench: Workbench):
    drag(canvas, (100, 80), (101, 80), keys=ALT)
    assert bench.foreground == "#ffffff" and bench.tool_id == "brush"


def test_shift_click_draws_a_line_to_the_last_point(canvas: CanvasView, bench: Workbench):
    bench.set_size(8)
    drag(canvas, (20, 20), (20, 20))
    drag(canvas, (180, 140), (180, 140), keys=SHIFT)
    image = picture(document_of(canvas))
    assert all(image[20 + round(0.75 * (x - 20)), x, 1] == 0 for x in range(24, 176, 8))


def test_space_pans_and_the_tool_comes_back(canvas: CanvasView, bench: Workbench):
    entries = len(document_of(canvas).history.entries)
    left = canvas.viewport.left
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, LEFT, NO_KEYS, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(230, 200))
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, QPoint(230, 200))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.viewport.left == left + 30 and len(document_of(canvas).history.entries) == entries


def test_space_moves_a_marquee_that_is_being_drawn(canvas: CanvasView, bench: Workbench):
    bench.take_up("marquee")
    QTest.mousePress(canvas, LEFT, NO_KEYS, at(canvas, 20, 20))
    move(canvas, 60, 60)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    move(canvas, 90, 80)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, at(canvas, 90, 80))
    chosen = selection(document_of(canvas))
    rows, columns = np.nonzero(chosen)
    assert (columns.min(), rows.min()) == (50, 40) and len(columns) == 1600


def test_a_polygon_takes_clicks_and_enter(canvas: CanvasView, bench: Workbench):
    bench.take_up("polygon")
    for corner in ((20, 20), (120, 20), (120, 120)):
        drag(canvas, corner, corner)
    move(canvas, 60, 140, buttons=NO_BUTTON)
    canvas.drawing.flush()
    assert canvas.item.guides and document_of(canvas).selection is None
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert (selection(document_of(canvas)) > 127).sum() == pytest.approx(5000, rel=0.03)
    assert not canvas.item.guides


def test_transform_shows_its_handles_at_once_and_escape_takes_it_back(canvas: CanvasView, bench: Workbench):
    before = picture(document_of(canvas))
    bench.take_up("transform")
    assert len(canvas.item.guides[0].handles) == 8
    drag(canvas, (200, 160), (120, 100))
    assert not np.array_equal(picture(document_of(canvas)), before)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert np.array_equal(picture(document_of(canvas)), before)
    drag(canvas, (200, 160), (120, 100))
    bench.take_up("brush")  # another tool keeps what was done
    assert not np.array_equal(picture(document_of(canvas)), before)
    assert document_of(canvas).history.undo_title == "Transform"


def test_digits_set_the_opacity_and_alt_right_drag_the_size(canvas: CanvasView, bench: Workbench):
    QTest.keyClick(canvas, Qt.Key.Key_4)
    assert bench.options().opacity == pytest.approx(0.4)
    size = bench.options().size
    QTest.mousePress(canvas, RIGHT, ALT, QPoint(200, 200))
    move_to = QPointF(240, 200)
    event = QMouseEvent(QEvent.Type.MouseMove, move_to, canvas.mapToGlobal(move_to), NO_BUTTON, RIGHT, ALT)
    QApplication.sendEvent(canvas, event)
    QTest.mouseRelease(canvas, RIGHT, ALT, QPoint(240, 200))
    assert bench.options().size == size + 40  # twice 40 view pixels at 200 %
