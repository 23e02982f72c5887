"""Painting with real events: mouse, pen, wheel, keys; what is drawn and what is seen."""

from __future__ import annotations

import numpy as np
import pytest
from pens import mask, picture, selection
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.bridge.background import Background
from desktop.canvas.view import CanvasView
from desktop.raster.dynamics import FIRM
from desktop.raster.rect import Rect
from desktop.state.document.document import Document
from desktop.state.settings import Settings
from desktop.tools import selecting
from desktop.tools.tool import Hand
from desktop.tools.workbench import Workbench
from desktop.widgets.theme import apply_theme, tokens
from engine.api.images import Extent

LEFT, RIGHT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
NO_KEYS, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication):
    background = Background()
    settings = Settings(background)
    bench = Workbench(settings)
    bench.foreground = "#ff0000"
    bench.take_up("brush")
    yield bench
    bench.keep()
    settings.flush()
    background.close()


@pytest.fixture
def canvas(qtbot: QtBot, qapp: QApplication, bench: Workbench) -> CanvasView:
    apply_theme(qapp, "dark")
    view = CanvasView()
    view.set_bench(bench)
    view = show_in_window(qtbot, view, 500, 400)
    document = Document(Extent(200, 160), parent=view)
    selecting.fill(Hand(document), QColor("white"))
    view.set_document(document)
    view.setFocus()
    view.zoom_to(2.0)
    return view


def document_of(canvas: CanvasView) -> Document:
    assert canvas.item is not None
    return canvas.item.document


def at(canvas: CanvasView, x: float, y: float) -> QPoint:
    """Where a point of the document is seen (logical pixels)."""
    return QPointF(*canvas.viewport.to_view(x, y)).toPoint()


def drag(canvas: CanvasView, *points: tuple[float, float], keys=NO_KEYS) -> None:
    QTest.mousePress(canvas, LEFT, keys, at(canvas, *points[0]))
    for point in points[1:]:
        move(canvas, *point, keys=keys)
    QTest.mouseRelease(canvas, LEFT, keys, at(canvas, *points[-1]))


def move(canvas: CanvasView, x: float, y: float, buttons=LEFT, keys=NO_KEYS) -> None:
    place = QPointF(at(canvas, x, y))
    event = QMouseEvent(QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), NO_BUTTON, buttons, keys)
    QApplication.sendEvent(canvas, event)


PENS: dict[bool, QPointingDevice] = {}


def pen_device(is_eraser: bool) -> QPointingDevice:
    if is_eraser not in PENS:
        end = QPointingDevice.PointerType.Eraser if is_eraser else QPointingDevice.PointerType.Pen
        able = QInputDevice.Capability.Pressure | QInputDevice.Capability.XTilt
        PENS[is_eraser] = QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus, end, able, 1, 3)
    return PENS[is_eraser]


def pen(
    canvas: CanvasView, kind: QEvent.Type, x: float, y: float, pressure: float = 1.0,
    is_eraser: bool = False, button=LEFT, tilt: float = 0, keys=NO_KEYS,
) -> bool:  # fmt: skip
    """One tablet event at a point of the document; whether it was taken."""
    place = QPointF(*canvas.viewport.to_view(x, y))
    held = NO_BUTTON if kind == QEvent.Type.TabletRelease else button
    event = QTabletEvent(
        kind, pen_device(is_eraser), place, canvas.mapToGlobal(place), pressure, tilt, 0, 0, 0, 0, keys,
        NO_BUTTON if kind == QEvent.Type.TabletMove else button, held,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def pen_stroke(canvas: CanvasView, points: list[tuple[float, float]], pressures: list[float], **held) -> None:
    pen(canvas, QEvent.Type.TabletPress, *points[0], pressures[0], **held)
    for point, pressure in zip(points[1:], pressures[1:], strict=True):
        pen(canvas, QEvent.Type.TabletMove, *point, pressure, **held)
    pen(canvas, QEvent.Type.TabletRelease, *points[-1], 0.0, **held)


def width_at(canvas: CanvasView, x: int) -> int:
    """Rows that are red in a column of the document."""
    column = picture(document_of(canvas))[:, x].astype(int)
    return int(((column[:, 2] > 200) & (column[:, 1] < 100)).sum())


def seen(canvas: CanvasView, x: float, y: float) -> QColor:
    return shown(canvas).pixelColor(at(canvas, x, y))


def shown(canvas: CanvasView) -> QImage:
    """The view, when everything is there that one frame had no time for."""
    canvas.grab()
    while canvas.item is not None and canvas.item.is_late:
        QApplication.processEvents()
        canvas.grab()
    return canvas.grab().toImage()


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


# what is seen


def test_the_outline_is_the_true_footprint_at_any_zoom_and_pressure(canvas: CanvasView, bench: Workbench):
    bench.set_size(40)
    for zoom in (1.0, 4.0):
        canvas.zoom_to(zoom)
        move(canvas, 100, 80, buttons=NO_BUTTON)
        assert canvas.item.outline.boundingRect().width() == pytest.approx(40 * zoom, rel=0.02)
    pen(canvas, QEvent.Type.TabletPress, 100, 80, 0.5)
    assert canvas.item.outline.boundingRect().width() == pytest.approx(40 * 4 * 0.52, rel=0.02)
    pen(canvas, QEvent.Type.TabletRelease, 100, 80, 0.0)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert canvas.item.outline is None


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#808080", "#f2643d"])
def test_the_mask_is_seen_on_any_colour(canvas: CanvasView, bench: Workbench, color: str):
    document = document_of(canvas)
    selecting.fill(Hand(document), QColor(color))
    bench.take_up("mask_brush")
    bench.set_size(80)
    drag(canvas, (100, 80), (101, 80))
    canvas.drawing.leave()
    assert mask(document)[80, 100] == 255
    image = shown(canvas)
    middle = at(canvas, 100, 80)
    inside = {
        image.pixelColor(middle.x() + x, middle.y() + y).rgb() for x in range(-20, 20) for y in range(-20, 20)
    }
    assert QColor(color).rgb() not in inside or color == "#f2643d"
    edge = [image.pixelColor(middle.x() + x, middle.y()).lightness() for x in range(40, 110)]
    assert max(edge) - min(edge) > 60  # the dashed line


def test_the_mask_alone_and_hidden_and_flashed(canvas: CanvasView, bench: Workbench):
    bench.take_up("mask_brush")
    bench.set_size(60)
    bench.set_option("hardness", 1.0)
    drag(canvas, (100, 80), (101, 80))
    canvas.drawing.leave()
    canvas.toggle_look("shows_only_mask")
    assert seen(canvas, 100, 80) == QColor("white") and seen(canvas, 20, 20) == QColor("black")
    canvas.toggle_look("shows_only_mask")
    canvas.toggle_look("hides_overlays")
    assert seen(canvas, 100, 80) == QColor("white")
    QTest.keyPress(canvas, Qt.Key.Key_O)
    assert seen(canvas, 100, 80) != QColor("white")
    QTest.keyRelease(canvas, Qt.Key.Key_O)
    assert seen(canvas, 100, 80) == QColor("white")


def test_only_what_changed_is_drawn_again(canvas: CanvasView, bench: Workbench, monkeypatch):
    canvas.grab()
    drawn: list[int] = []
    frame = canvas.item._frame
    render = frame._render

    def counted(part, *rest) -> bool:
        drawn.append(part.width() * part.height())
        return render(part, *rest)

    monkeypatch.setattr(frame, "_render", counted)
    bench.set_size(6)
    drag(canvas, (100, 80), (104, 80))
    canvas.grab()
    assert 0 < sum(drawn) < 500 * 400 / 20
    drawn.clear()
    canvas.pan(10, 0)
    canvas.grab()
    assert sum(drawn) <= 10 * 400
    canvas.grab()
    assert sum(drawn) <= 10 * 400


def test_a_frame_that_was_shifted_is_the_frame_drawn_anew(canvas: CanvasView, bench: Workbench):
    drag(canvas, (20, 20), (180, 140))
    canvas.drawing.leave()
    canvas.grab()
    for dx, dy in ((13, -7), (-40, 25)):
        canvas.pan(dx, dy)
        shifted = canvas.grab().toImage()
        canvas.item.forget_all()
        assert canvas.grab().toImage() == shifted


def test_transparent_is_a_checkerboard_and_beyond_the_canvas_is_the_desk(canvas: CanvasView):
    selecting.clear(Hand(document_of(canvas)))
    canvas.zoom_to(1.0)
    left, top, _, _ = canvas.viewport.rect()
    image = shown(canvas)
    two = {image.pixelColor(int(left) + x, int(top) + 4).name() for x in range(32)}
    assert two == {"#ffffff", "#d9d9d9"}
    assert image.pixelColor(int(left) - 10, int(top) + 4) == tokens().color("desk")


def test_a_picture_on_its_way_is_seen_in_its_place(canvas: CanvasView):
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    image.fill(QColor("lime"))
    canvas.show_stream(image, Rect(50, 40, 60, 60))
    assert seen(canvas, 80, 70) == QColor("lime") and seen(canvas, 20, 20) == QColor("white")
    canvas.show_stream(None, Rect(0, 0, 1, 1))
    assert seen(canvas, 80, 70) == QColor("white")


def test_the_document_waits_while_one_looks_at_a_picture(canvas: CanvasView, bench: Workbench):
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor("lime"))
    canvas.look_at_picture(True)
    canvas.show_pixels(image)
    assert not canvas.shows_document and canvas.viewport.extent == (64, 64)
    asked: list[bool] = []
    canvas.document_wanted.connect(lambda: asked.append(True))
    drag(canvas, (10, 10), (20, 20))
    assert asked and len(document_of(canvas).history.entries) == 1
    canvas.look_at_picture(False)
    assert canvas.viewport.extent == (200, 160) and seen(canvas, 100, 80) == QColor("white")


def test_the_view_is_kept_with_the_document(canvas: CanvasView):
    document = document_of(canvas)
    canvas.zoom_to(3.0)
    canvas.rotate_by(30)
    canvas.mirror()
    canvas.pan(25, -10)
    before = canvas.viewport.transform().map(QPointF(100, 80))
    canvas.set_document(Document(Extent(50, 50), parent=canvas))
    assert canvas.viewport.is_straight and canvas.viewport.is_fitted
    canvas.set_document(document)
    after = canvas.viewport.transform().map(QPointF(100, 80))
    assert canvas.viewport.zoom == 3.0 and (after - before).manhattanLength() < 3
    for damaged in ("", "{}", "[1]", '{"middle": [1, 2], "zoom": NaN, "angle": 0}', "no json"):
        document.view = damaged
        canvas.set_document(None)
        document.view = damaged
        canvas.set_document(document)
        assert canvas.viewport.is_fitted


# the bench


def test_each_tool_remembers_how_it_was_set(qtbot: QtBot, bench: Workbench):
    bench.set_size(33)
    bench.take_up("eraser")
    bench.set_size(77)
    bench.take_up("brush")
    assert bench.options().size == 33
    bench.background = "#123456"
    bench.keep()
    again = Workbench(bench._settings)
    assert again.tool_id == "brush" and again.options("eraser").size == 77 and again.background == "#123456"


@pytest.mark.parametrize(
    "kept",
    [None, 3, {"tool": "nothing", "options": 5}, {"options": {"brush": {"size": "x"}, "nobody": {}}},
     {"options": {"brush": {"size": 1e9}}},
     {"curve": [[0, 5]], "foreground": "no colour", "recent": [None, "#fff"]}],
)  # fmt: skip
def test_what_cannot_be_remembered_is_as_at_first(qtbot: QtBot, bench: Workbench, kept: object):
    settings = bench._settings
    settings.remember_panel("tools", kept)
    again = Workbench(settings)
    assert 1 <= again.options("brush").size <= 2000 and again.tool_id in ("move", "brush")


def test_sizes_step_as_one_expects(bench: Workbench):
    bench.set_size(3)
    sizes: list[float] = []
    for _ in range(36):
        bench.step_size(1)
        sizes.append(bench.options().size)
    assert sizes == sorted(set(sizes)) and sizes[0] == 4 and sizes[-1] > 500
