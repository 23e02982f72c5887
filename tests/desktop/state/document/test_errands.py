"""Work on large documents goes on in the background, in the order in which it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, merging
from desktop.state.document.document import Document
from desktop.tools import selecting
from engine.api.images import Extent


@pytest.fixture
def background(qapp) -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


@pytest.fixture
def document(background: Background) -> Document:
    document = Document(Extent(2048, 2048))
    document.background = background
    with document.begin("Paint"):
        pixels = document.active.pixels
        assert pixels is not None
        pixels.fill(Rect(0, 0, 1000, 2048), (10, 20, 200, 255))
    return document


def titles(document: Document) -> list[str]:
    return [entry.title for entry in document.history.entries]


class Gate:
    """Work that ends when it is let through."""

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.thread: threading.Thread | None = None

    def work(self) -> Tiles:
        self.thread = threading.current_thread()
        assert self.is_open.wait(20)
        tiles = Tiles(selecting.region.Kind.COVERAGE)
        tiles.fill(Rect(0, 0, 100, 100), 255)
        return tiles


def test_it_is_done_in_another_thread_and_becomes_one_entry(document: Document, qtbot):
    gate = Gate()
    document.compute("Select", gate.work, document.set_selection)
    assert document.is_busy
    assert document.selection is None
    gate.is_open.set()
    qtbot.waitUntil(lambda: document.errand is None)
    assert document.selection is not None
    assert gate.thread is not threading.main_thread()
    assert titles(document) == ["Paint", "Select"]
    document.history.undo()
    assert document.selection is None


def test_what_is_done_next_comes_next(document: Document):
    """A stroke, a layer, undo: whoever cannot wait does the work first, and the history is one line."""
    gate = Gate()
    gate.is_open.set()
    document.compute("Select", gate.work, document.set_selection)
    layer_commands.add_paint_layer(document)
    assert titles(document) == ["Paint", "Select", "New layer"]
    document.compute("Select", gate.work, document.set_selection)
    document.history.undo()
    assert document.history.position == 3
    document.history.redo()
    assert document.history.position == 4
    merging.flatten(document)
    merging.add_visible(document)
    document.finish()
    assert titles(document)[-2:] == ["Flatten", "New layer from the visible ones"]


def test_cancelled_nothing_comes_of_it(document: Document, background: Background, qtbot):
    gate, settled = Gate(), []
    document.settled.connect(lambda: settled.append(True))
    document.compute("Select", gate.work, document.set_selection)
    assert document.cancel_errand()
    assert not document.is_busy
    assert settled
    gate.is_open.set()
    background.wait()
    assert document.selection is None
    assert titles(document) == ["Paint"]
    assert not document.cancel_errand()


def test_what_fails_is_said_and_changes_nothing(document: Document, qtbot):
    def fail() -> None:
        raise MemoryError

    failed = []
    document.errand_failed.connect(failed.append)
    document.compute("Select", fail, document.set_selection)
    qtbot.waitUntil(lambda: bool(failed))
    assert isinstance(failed[0], MemoryError)
    assert titles(document) == ["Paint"]
    document.compute("Select", fail, document.set_selection)
    document.finish()
    assert len(failed) == 2


def test_with_a_full_pool_nobody_waits_for_it(document: Document, background: Background):
    """What is needed now is done here where the pool has not come to it."""
    hold = threading.Event()
    for _ in range(2):
        background.run(hold.wait, 20)
    gate = Gate()
    gate.is_open.set()
    document.compute("Select", gate.work, document.set_selection)
    document.finish()
    assert document.selection is not None
    assert gate.thread is threading.main_thread()
    hold.set()


def test_small_pictures_and_changes_under_way_are_done_at_once(document: Document):
    gate = Gate()
    gate.is_open.set()
    document.compute("Select", gate.work, document.set_selection, pixels=1000)
    assert document.selection is not None
    assert document.errand is None
    with document.begin("Several"):
        document.compute("Select", gate.work, document.set_selection)
        assert document.errand is None
    assert titles(document) == ["Paint", "Select", "Several"]


def test_flattened_in_the_background_it_is_as_flattened_at_once(document: Document, qtbot):
    layer = layer_commands.add_paint_layer(document)
    with document.begin("Paint"):
        assert layer.pixels is not None
        layer.pixels.fill(Rect(500, 500, 1000, 900), (0, 90, 0, 128))
    before = document.composite.flattened(document.canvas)
    merging.flatten(document)
    assert document.errand is not None
    qtbot.waitUntil(lambda: document.errand is None)
    assert len(document.root.children) == 1
    assert np.array_equal(document.composite.flattened(document.canvas), before)
    document.history.undo()
    assert len(document.root.children) == 2
    assert np.array_equal(document.composite.flattened(document.canvas), before)
