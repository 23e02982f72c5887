"""Selecting in the window: large pictures in the background, things by a network of the SAM family."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from main_windows import main_window
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from studios import PATIENCE_MS, heard, studio_with_toy
from tiny_segmenters import save_segmenter
from windows import show_in_window

from desktop.bridge.local_engine import LocalEngine
from desktop.panels.long_work_line import LongWorkLine
from desktop.raster.rect import Rect
from desktop.raster.region import Combine
from desktop.state.document.document import Document
from desktop.tools.shown_to_network import request_for, window_for
from desktop.tools.smart_select import GRAB_CUT
from desktop.widgets.choice import Choice
from desktop.widgets.theme import apply_theme
from desktop.window import MainWindow
from engine.api.images import Extent

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SIDE = 2000


@pytest.fixture
def window(qtbot) -> Iterator[MainWindow]:
    with main_window(qtbot) as window:
        yield window


@contextmanager
def busy_pool(window: MainWindow, at_most_s: float = 20) -> Iterator[None]:
    """The pool comes to nothing new in the meantime."""
    hold = threading.Event()
    for _ in range(2):
        window.studio.background.run(hold.wait, at_most_s)
    try:
        yield
    finally:
        hold.set()


def open_large(window: MainWindow) -> Document:
    """Red at the left, blue at the right; more pixels than are worked on at once."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[:, : SIDE // 2] = (220, 30, 30)
    pixels[:, SIDE // 2 :] = (30, 30, 220)
    document = window.painting.open_picture(pixels, "flag")
    window.canvas.setFocus()
    return document


def pen(window: MainWindow, *points: tuple[float, float]) -> None:
    canvas = window.canvas
    places = [QPointF(*canvas.viewport.to_view(*point)).toPoint() for point in points]
    QTest.mousePress(canvas, LEFT, NO_KEYS, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, places[-1])


def titles(document: Document) -> list[str]:
    return [entry.title for entry in document.history.entries]


def covered(document: Document, x: int, y: int) -> int:
    return int(document.selection.read(Rect(x, y, 1, 1))[0, 0]) if document.selection is not None else -1


def test_a_stroke_made_while_the_wand_works_comes_after_it_and_is_clipped(window: MainWindow, qtbot):
    document = open_large(window)
    window.bench.take_up("wand")
    with busy_pool(window):
        pen(window, (300, 300))
        assert document.errand is not None
        assert window.canvas.cursor().shape() is Qt.CursorShape.BusyCursor
        window.bench.set_option("size", 200.0, "brush")
        pen(window, (1200, 300))  # another wand's click: it waits too
        assert titles(document) == []
    qtbot.waitUntil(lambda: len(titles(document)) == 2, timeout=PATIENCE_MS)
    assert titles(document) == ["Select", "Select"]
    assert (covered(document, 300, 300), covered(document, 1500, 300)) == (0, 255)
    document.history.undo()
    assert (covered(document, 300, 300), covered(document, 1500, 300)) == (255, 0)


def test_what_the_pen_did_meanwhile_is_done_with_the_tool_it_was_done_with(window: MainWindow, qtbot):
    """Another tool may be in the hand by then; what was selected clips the stroke."""
    document = open_large(window)
    window.bench.take_up("wand")
    with busy_pool(window):
        pen(window, (300, 300))
        window.bench.take_up("brush")
        pen(window, (300, 300), (1700, 300))
        window.bench.take_up("transform")
        assert titles(document) == []
        assert window.canvas.drawing.performance is None  # handles would stand around what is to change
    qtbot.waitUntil(lambda: len(titles(document)) == 2, timeout=PATIENCE_MS)
    assert titles(document) == ["Select", "Brush stroke"]
    painted = document.composite.flattened(Rect(1600, 300, 1, 1))[0, 0].tolist()
    assert painted == [220, 30, 30, 255]  # BGRA: outside the selection nothing was painted
    assert window.canvas.drawing.performance.tool.id == "transform"


def test_commands_wait_in_line_and_the_window_does_not_wait(window: MainWindow, qtbot, tmp_path: Path):
    """By keys, buttons and lists; saved is what was asked for up to then."""
    document, shelf = open_large(window), window.side.mask_shelf
    layers = window.side.layers
    picture = document.active
    with busy_pool(window):
        window.painting.mask_from_luminance()
        assert document.errand is not None
        window.painting.fill()
        layers.commands.actions["add"].trigger()
        layers.opacity.value_changed.emit(40)
        shelf.keep()
        window.painting.invert_mask()
        window.studio.files.save_as(tmp_path / "flag.ora")
        assert titles(document) == []
    qtbot.waitUntil(lambda: (tmp_path / "flag.ora").exists() and not document.is_busy, timeout=PATIENCE_MS)
    assert titles(document) == [
        "Mask from the layer", "Fill", "New layer", "Layer opacity", "Keep mask", "Invert the mask",
    ]  # fmt: skip
    kept = document.layer(picture.id)
    assert kept is not None and kept.opacity == 0.4  # the one that was active when it was asked for
    window.studio.background.wait()
    assert not document.is_modified


def test_esc_drops_the_line_but_not_a_save(window: MainWindow, qtbot, tmp_path: Path):
    document = open_large(window)
    with busy_pool(window):
        window.side.layers.commands.flatten()
        window.painting.invert_mask()
        window.studio.files.save_as(tmp_path / "flag.ora")
        QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
        assert not document.is_busy
    window.studio.background.wait()
    assert titles(document) == []
    assert (tmp_path / "flag.ora").exists()


def test_a_new_document_waits_in_line_too_and_what_came_after_it_goes_with_the_old_one(
    window: MainWindow, qtbot
):
    document = open_large(window)
    window.bench.take_up("brush")
    with busy_pool(window):
        window.side.layers.commands.flatten()
        window.studio.files.new(Extent(40, 30))
        pen(window, (300, 300), (900, 300))
        assert window.studio.document is document
    qtbot.waitUntil(lambda: window.studio.document is not document, timeout=PATIENCE_MS)
    assert titles(document) == ["Flatten"] and document.is_closed
    assert titles(window.studio.document) == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_large_transform_ends_in_the_background(window: MainWindow, qtbot, is_kept: bool):
    document = open_large(window)
    window.bench.take_up("transform")
    pen(window, (500, 500), (900, 500))
    assert document.is_busy
    window.studio.background.wait()
    assert document.composite.flattened(Rect(100, 100, 1, 1))[0, 0, 3] == 0  # a look at it
    with busy_pool(window):
        QTest.keyClick(window.canvas, Qt.Key.Key_Return)
        assert document.errand is not None
        if not is_kept:
            QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not document.is_busy, timeout=PATIENCE_MS)
    assert titles(document) == (["Transform"] if is_kept else [])
    corner = document.composite.flattened(Rect(100, 100, 1, 1))[0, 0, 3]
    assert corner == (0 if is_kept else 255)


def test_esc_takes_the_work_back_and_what_was_done_meanwhile(window: MainWindow, qtbot):
    document = open_large(window)
    window.bench.take_up("bucket")
    with busy_pool(window):
        pen(window, (300, 300))
        pen(window, (1200, 300))
        assert document.errand is not None
        QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
        assert document.errand is None
    window.studio.background.wait()
    QApplication.processEvents()
    assert titles(document) == []
    pen(window, (300, 300))
    qtbot.waitUntil(lambda: titles(document) == ["Fill"], timeout=PATIENCE_MS)


def test_it_is_seen_when_it_takes_a_while_and_cancelled_there(window: MainWindow, qtbot):
    document = open_large(window)
    work = window.findChild(LongWorkLine)
    with busy_pool(window):
        window.side.layers.commands.flatten()
        qtbot.waitUntil(work.isVisible)
        assert work.text.text() == "Flatten"
        assert not work.share.isVisible()
        work.stop.click()
        assert document.errand is None
        assert not work.isVisible()
    assert titles(document) == []


def test_undo_takes_back_what_is_being_worked_on(window: MainWindow, qtbot):
    document = open_large(window)
    window.bench.take_up("wand")
    with busy_pool(window):
        pen(window, (300, 300))
        window.painting.undo()
        assert document.errand is None
        assert document.selection is None


def test_closed_under_it_the_document_has_what_was_asked_for(window: MainWindow, qtbot):
    document = open_large(window)
    window.bench.take_up("wand")
    with busy_pool(window, at_most_s=1):  # what is closed is on the disk first: that waits for the pool
        pen(window, (300, 300))
        identity = document.identity
        window.studio.documents.flush()
        assert titles(document) == ["Select"]
        window.side.layers.commands.flatten()
        window.painting.open_picture(np.zeros((50, 50, 3), np.uint8), "other")
        assert document.is_closed
    window.studio.background.wait()
    (kept,) = window.studio.documents.kept()
    window.studio.documents.reopen(kept)
    qtbot.waitUntil(lambda: window.studio.document.identity == identity, timeout=PATIENCE_MS)
    assert titles(window.studio.document)[-2:] == ["Select", "Flatten"]


# by a network


@pytest.fixture
def segmenting(qtbot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window whose engine runs in this process, with a tiny SAM among the artist's models."""
    save_segmenter(tmp_path / "models" / "tiny-sam")
    apply_theme(QApplication.instance(), "dark")
    with studio_with_toy(qtbot, LocalEngine()) as studio:
        window = show_in_window(qtbot, MainWindow(studio), 1280, 720)
        studio.settings.model_folders = [str(tmp_path / "models")]
        qtbot.waitUntil(lambda: bool(window.bench.segmenters), timeout=PATIENCE_MS)
        yield window


def open_thing(window: MainWindow) -> Document:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 255, (300, 400, 3), np.uint8)
    document = window.painting.open_picture(pixels, "noise")
    window.canvas.setFocus()
    window.bench.take_up("smart_select")
    return document


LOOP = ((100, 80), (220, 80), (220, 200), (100, 200), (100, 90))


def test_a_network_at_hand_selects_inside_the_loop_and_the_bar_names_it(segmenting: MainWindow, qtbot):
    window, document = segmenting, open_thing(segmenting)
    control = window.work.options.control("by")
    assert isinstance(control, Choice)
    assert [control.itemText(row) for row in range(control.count())] == [
        "tiny-sam (SAM)", "Colours and edges",
    ]  # fmt: skip
    assert control.currentText() == "tiny-sam (SAM)"
    pen(window, *LOOP)
    assert window.studio.segmenting.is_at_work
    qtbot.waitUntil(lambda: not window.studio.segmenting.is_at_work, timeout=PATIENCE_MS)
    assert not heard(window.studio).texts
    qtbot.waitUntil(lambda: document.selection is not None, timeout=PATIENCE_MS)
    assert not window.studio.segmenting.is_at_work
    assert titles(document) == ["Select"]
    whole = document.selection.read(document.canvas)
    assert not whole[:75].any() and not whole[:, :95].any() and not whole[205:].any()
    first = int((whole >= 128).sum())
    assert 0 < first < 120 * 120
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.selection is None
    control.setCurrentIndex(1)
    control.activated.emit(1)
    assert window.bench.options().by == GRAB_CUT
    pen(window, *LOOP)
    qtbot.waitUntil(lambda: document.selection is not None, timeout=PATIENCE_MS)
    assert not window.studio.segmenting.is_at_work


def test_the_artist_goes_on_and_the_answer_meets_the_selection_of_that_moment(segmenting: MainWindow, qtbot):
    window, document = segmenting, open_thing(segmenting)
    window.painting.select_all()
    assert titles(document) == ["Select"]
    window.bench.set_option("combine", Combine.SUBTRACT)
    with busy_pool(window):
        pen(window, *LOOP)
        window.side.layers.commands.add()
    qtbot.waitUntil(lambda: not window.studio.segmenting.is_at_work, timeout=PATIENCE_MS)
    assert not heard(window.studio).texts
    qtbot.waitUntil(lambda: len(titles(document)) == 3, timeout=PATIENCE_MS)
    assert titles(document) == ["Select", "New layer", "Select"]
    assert covered(document, 10, 10) == 255
    assert int((document.selection.read(Rect(100, 80, 120, 120)) < 128).sum()) > 0


def test_esc_calls_it_off(segmenting: MainWindow, qtbot):
    window, document = segmenting, open_thing(segmenting)
    with busy_pool(window):
        pen(window, *LOOP)
        assert window.studio.segmenting.is_at_work
        QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
        assert not window.studio.segmenting.is_at_work
    window.studio.background.wait()
    QApplication.processEvents()
    assert titles(document) == []


def test_what_goes_wrong_is_said_and_nothing_is_selected(segmenting: MainWindow, qtbot, tmp_path: Path):
    window, document = segmenting, open_thing(segmenting)
    weights = tmp_path / "models" / "tiny-sam" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    pen(window, *LOOP)
    qtbot.waitUntil(lambda: not window.studio.segmenting.is_at_work, timeout=PATIENCE_MS)
    assert any("safetensors" in text or "tiny-sam" in text for text in heard(window.studio).texts)
    assert titles(document) == []


def test_near_loops_show_the_network_the_same_part_of_a_large_picture():
    canvas = Rect(0, 0, 8192, 8192)
    windows = {window_for(Rect(3000 + 10 * step, 3000, 200, 300), canvas) for step in range(5)}
    assert len(windows) == 1
    (window,) = windows
    assert window.width == window.height == 1024
    assert window.intersected(Rect(3000, 3000, 240, 300)) == Rect(3000, 3000, 240, 300)
    assert window_for(Rect(8000, 8000, 192, 192), canvas).right == 8192
    assert window_for(Rect(0, 0, 5000, 5000), canvas) == canvas
    assert window_for(Rect(10, 10, 50, 50), Rect(0, 0, 600, 400)) == Rect(0, 0, 600, 400)


def test_the_prompt_is_the_loop_s_box_its_middle_and_what_lies_outside_it():
    from desktop.raster import region

    loop = region.ellipse(100, 100, 200, 200)
    read = lambda rect: np.full((rect.height, rect.width, 4), 255, np.uint8)  # noqa: E731
    request = request_for(read, loop, Rect(0, 0, 400, 400), "sam", 200)
    assert (request.image.width, request.image.height) == (200, 200)
    assert (request.box.left, request.box.top) == (50, 50)
    inside = [point for point in request.points if point.is_inside]
    assert len(inside) == 1
    assert abs(inside[0].x - 100) < 4 and abs(inside[0].y - 100) < 4
    outside = [point for point in request.points if not point.is_inside]
    assert len(outside) == 3  # of the box's four corners
    assert all(abs(point.x - 100) > 40 and abs(point.y - 100) > 40 for point in outside)
