"""What comes for the canvas while the artist does something else to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from canvas_scenes import LEFT, NO_KEYS, PATIENCE_MS, begin, paint_mask, results
from main_windows import main_window
from pens import picture
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from desktop.raster.rect import Rect
from desktop.state.document import layer_commands
from desktop.state.document.document import Document
from desktop.state.document.layers import PaintLayer
from desktop.state.editing.edit_settings import Intent
from desktop.tools.crop import crop
from desktop.window import MainWindow


@contextmanager
def waiting(qtbot) -> Iterator[tuple[MainWindow, Document, np.ndarray]]:
    """Generate was pressed for a painted mask; the queue rests, so that nothing comes before `finish`."""
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.jobs.pause()
        window.generate()
        qtbot.waitUntil(lambda: bool(window.studio.jobs.jobs), timeout=PATIENCE_MS)
        yield window, document, pixels


def masks_of(window: MainWindow) -> None:
    """They are there before the first step: where steps are quicker than masks, none is shown."""
    window.studio.editing.stream._prepare(window.studio.jobs.jobs[0])
    window.studio.background.wait()


def finish(qtbot, window: MainWindow) -> None:
    window.studio.jobs.resume()
    qtbot.waitUntil(lambda: all(job.is_over for job in window.studio.jobs.jobs), timeout=PATIENCE_MS)
    window.studio.background.wait()


def changed_box(document: Document, pixels: np.ndarray, left: int, top: int) -> np.ndarray:
    """Where the canvas differs from `pixels`, whose corner lies at (left, top) of it."""
    seen = document.composite.flattened(Rect(left, top, pixels.shape[1], pixels.shape[0]))[..., 2::-1]
    return (seen != pixels).any(axis=-1)


def test_a_canvas_that_is_cropped_meanwhile_gets_its_picture_where_it_belongs(qtbot):
    with waiting(qtbot) as (window, document, pixels):
        mask = document.mask.read(document.canvas) > 0
        crop(document, Rect(30, 20, 170, 140))
        finish(qtbot, window)
        seen = picture(document)[..., 2::-1]
        differs = (seen != pixels[20:160, 30:200]).any(axis=-1)
        assert differs.any() and not differs[~mask[20:160, 30:200]].any()
        document.history.jump_to(0)
        assert document.state.origin == (0, 0)


def test_a_picture_that_comes_in_the_middle_of_a_stroke_waits_for_its_end(qtbot):
    with waiting(qtbot) as (window, document, _pixels):
        layer = layer_commands.add_paint_layer(document)
        window.bench.take_up("brush")
        canvas = window.canvas
        QTest.mousePress(canvas, LEFT, NO_KEYS, QPointF(*canvas.viewport.to_view(20, 20)).toPoint())
        assert document.is_busy
        finish(qtbot, window)
        assert not results(document)
        QTest.mouseRelease(canvas, LEFT, NO_KEYS, QPointF(*canvas.viewport.to_view(40, 20)).toPoint())
        qtbot.waitUntil(lambda: bool(results(document)))
        assert document.active.id == layer.id  # it was painted on meanwhile
        document.history.undo()
        assert not results(document) and document.active.id == layer.id
        assert document.layer(layer.id).pixels.keys()  # the stroke is another thing to undo


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_picture_that_comes_while_a_transform_is_adjusted_is_there_at_once(qtbot, is_accepted: bool):
    with waiting(qtbot) as (window, document, _pixels):
        layer = layer_commands.add_paint_layer(document)
        with document.begin("Paint"):
            assert layer.pixels is not None
            layer.pixels.fill(Rect(10, 10, 30, 30), (0, 0, 255, 255))
        window.bench.take_up("transform")
        canvas = window.canvas
        places = [QPointF(*canvas.viewport.to_view(*place)).toPoint() for place in ((25, 25), (35, 25))]
        QTest.mousePress(canvas, LEFT, NO_KEYS, places[0])
        QTest.mouseMove(canvas, places[1])
        QTest.mouseRelease(canvas, LEFT, NO_KEYS, places[1])
        assert document.is_busy
        moved = picture(document)
        finish(qtbot, window)
        qtbot.waitUntil(lambda: bool(results(document)), timeout=PATIENCE_MS)
        assert document.is_busy and document.active.id == layer.id
        assert not np.array_equal(picture(document), moved)
        QTest.keyClick(canvas, Qt.Key.Key_Return if is_accepted else Qt.Key.Key_Escape)
        assert not document.is_busy
        assert results(document)
        done = [entry.title for entry in document.history.entries]
        assert done[-2:] == (["Result", "Transform"] if is_accepted else ["Paint", "Result"])
        corner = document.layer(layer.id).pixels.read(Rect(10, 10, 1, 1))[0, 0, 3]
        assert corner == (0 if is_accepted else 255)
        document.history.undo()
        assert bool(results(document)) is is_accepted
        assert document.layer(layer.id).pixels.read(Rect(10, 10, 1, 1))[0, 0, 3] == 255
        document.history.redo()
        assert results(document)


def test_live_leaves_the_layer_that_is_painted_on_in_the_artists_hand(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        layer = layer_commands.add_paint_layer(document)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.edit.is_live = True
        qtbot.waitUntil(lambda: len(results(document)) == 1, timeout=PATIENCE_MS)
        assert document.active.id == layer.id and document.can_paint
        qtbot.wait(600)  # what the mask's stroke asked for last is made too, before another stroke comes
        qtbot.waitUntil(lambda: not window.is_working(), timeout=PATIENCE_MS)
        titles = [entry.title for entry in document.history.entries]
        first = results(document)[0].variant
        with document.begin("Paint"):
            active = document.active
            assert isinstance(active, PaintLayer)
            active.tiles.fill(Rect(70, 62, 8, 8), (0, 0, 255, 255))
        qtbot.waitUntil(lambda: results(document)[0].variant is not first, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not window.is_working(), timeout=PATIENCE_MS)
        later = [entry.title for entry in document.history.entries][len(titles) :]
        assert "Paint" in later and "Result" not in later  # the picture came with its stroke
        document.history.jump_to(len(titles))
        assert results(document)[0].variant is first
        window.studio.background.wait()
        qtbot.wait(600)
        window.studio.background.wait()
        assert document.history.can_redo  # live takes nothing back that the artist may want
        document.history.redo()
        window.studio.edit.is_live = False
        qtbot.waitUntil(lambda: not window.is_working(), timeout=PATIENCE_MS)


def test_live_goes_on_while_a_transform_is_adjusted(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        layer = layer_commands.add_paint_layer(document)
        with document.begin("Paint"):
            assert layer.pixels is not None
            layer.pixels.fill(Rect(10, 10, 30, 30), (0, 0, 255, 255))
        paint_mask(window, (60, 60), (90, 64))
        window.studio.edit.is_live = True
        qtbot.waitUntil(lambda: len(results(document)) == 1, timeout=PATIENCE_MS)
        document.activate(layer)
        window.bench.take_up("transform")
        canvas = window.canvas
        places = [QPointF(*canvas.viewport.to_view(*place)).toPoint() for place in ((25, 25), (75, 65))]
        first = results(document)[0].variant
        QTest.mousePress(canvas, LEFT, NO_KEYS, places[0])
        QTest.mouseMove(canvas, places[1])
        QTest.mouseRelease(canvas, LEFT, NO_KEYS, places[1])
        assert document.is_busy
        qtbot.waitUntil(lambda: results(document)[0].variant is not first, timeout=PATIENCE_MS)
        assert document.is_busy  # the handles are still held
        seen = results(document)[0].variant
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert results(document)[0].variant is seen  # the picture was not the artist's to take back
        assert layer.pixels.read(Rect(10, 10, 1, 1))[0, 0, 3] == 255
        assert "Transform" not in [entry.title for entry in document.history.entries]
        window.studio.edit.is_live = False
        qtbot.waitUntil(lambda: not window.is_working(), timeout=PATIENCE_MS)


def test_live_begins_anew_with_another_document(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.edit.is_live = True
        qtbot.waitUntil(lambda: len(results(window.studio.document)) == 1, timeout=PATIENCE_MS)
        first = results(window.studio.document)[0]
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        qtbot.waitUntil(lambda: len(results(document)) == 1, timeout=PATIENCE_MS)
        assert results(document)[0].id != first.id
        window.studio.edit.is_live = False
        qtbot.waitUntil(lambda: not window.is_working(), timeout=PATIENCE_MS)


def test_what_is_on_its_way_to_one_document_is_not_shown_on_another(qtbot):
    with waiting(qtbot) as (window, _document, _pixels):
        window.studio.generation.steps = 4
        stream = window.studio.editing.stream
        came = []

        def switch() -> None:
            if stream.arriving is not None and not came:
                came.append(stream.arriving)
                begin(window)

        stream.changed.connect(switch)
        masks_of(window)
        finish(qtbot, window)
        assert came and stream.arriving is None
        assert not results(window.studio.document)
        assert any("not open now" in text for text in window.studio.heard.texts)


def test_a_picture_lost_with_its_engine_is_no_longer_shown_on_its_way(qtbot):
    from desktop.state.jobs import JobState

    with waiting(qtbot) as (window, _document, _pixels):
        stream, jobs = window.studio.editing.stream, window.studio.jobs
        seen = []

        def lose() -> None:
            if stream.arriving is not None and not seen:
                job = jobs.jobs[0]
                job.state = JobState.QUEUED  # as the queue puts it back
                jobs.changed.emit(job)
                seen.append(stream.arriving)
                job.state = JobState.RUNNING

        stream.changed.connect(lose)
        masks_of(window)
        finish(qtbot, window)
        assert seen == [None]


@pytest.mark.parametrize("intent", [Intent.PAINTED, Intent.REMOVE])
def test_a_mask_that_lies_outside_the_canvas_changes_nothing_and_that_is_said(qtbot, intent):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        with document.begin("Mask"):
            document.mask.fill(Rect(210, 10, 20, 20), 255)  # in a tile that reaches over the edge
        window.studio.edit.intent = intent
        window.generate()
        qtbot.waitUntil(lambda: any("mask brush" in text for text in window.studio.heard.texts))
        assert not window.studio.jobs.jobs


def test_what_is_being_made_when_the_app_is_closed_waits_for_the_next_start(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.generate()
        window.studio.close()
        assert len(window.studio.jobs.jobs) == 1
