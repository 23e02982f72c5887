"""What is seen of the canvas: the outline of the tip, the mask, frames, what is on its way."""

from __future__ import annotations

import pytest
from hands import (
    NO_BUTTON,
    at,
    document_of,
    drag,
    move,
    pen,
    seen,
    shown,
)
from pens import mask
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.canvas.view import CanvasView
from desktop.raster.rect import Rect
from desktop.state.document.document import Document
from desktop.tools import selecting
from desktop.tools.tool import Hand
from desktop.tools.workbench import Workbench
from desktop.widgets.theme import tokens
from engine.api.images import Extent

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
