"""Work on large documents goes on in the background, in the order in which it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, masks, merging
from desktop.state.document.document import Document
from desktop.tools import floating, selecting
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


# what waits in line


def open_gate(document: Document) -> Gate:
    """The document is worked on until the gate is opened."""
    gate = Gate()
    document.compute("Select", gate.work, document.set_selection)
    assert document.errand is not None
    return gate


def test_what_is_asked_for_meanwhile_waits_in_line_and_nobody_waits_for_it(document: Document, qtbot):
    """Also where it begins more work itself, or asks for something: in the order of asking."""
    gate, layer = open_gate(document), document.active
    layer_commands.rename(document, layer, "sky")
    document.when_free(lambda: merging.add_visible(document))
    masks.from_alpha(document, layer)
    layer_commands.set_opacity(document, layer, 0.5)
    assert titles(document) == ["Paint"]
    gate.is_open.set()
    qtbot.waitUntil(lambda: not document.is_busy and len(titles(document)) == 6)
    assert titles(document)[1:] == [
        "Select", "Rename layer", "New layer from the visible ones", "Mask from layer", "Layer opacity",
    ]  # fmt: skip
    found = document.layer(layer.id)
    assert found is not None
    assert (found.name, found.opacity) == ("sky", 0.5)


def test_finished_what_waits_is_done_too(document: Document):
    gate = open_gate(document)
    masks.invert(document)
    gate.is_open.set()
    document.finish()
    assert titles(document) == ["Paint", "Select", "Invert the mask"]


def test_for_a_layer_that_has_gone_meanwhile_nothing_is_done(document: Document, qtbot):
    lower = document.active
    layer = layer_commands.add_paint_layer(document)
    merging.merge_down(document, layer)
    layer_commands.set_visible(document, layer, False)
    layer_commands.delete(document, layer)
    layer_commands.rename(document, lower, "both")
    qtbot.waitUntil(lambda: not document.is_busy)
    assert titles(document) == ["Paint", "New layer", "Merge down", "Rename layer"]


def test_called_off_what_waits_goes_too_but_what_only_reads(document: Document):
    gate, read = open_gate(document), []
    layer_commands.rename(document, document.active, "sky")
    document.when_free(lambda: read.append(titles(document)), is_kept=True)
    assert document.cancel_errand()
    gate.is_open.set()
    assert read == [["Paint"]]
    assert titles(document) == ["Paint"]


def test_after_what_failed_the_line_goes_on(document: Document, qtbot):
    def fail() -> None:
        raise MemoryError

    document.compute("Select", fail, document.set_selection)
    layer_commands.rename(document, document.active, "sky")
    qtbot.waitUntil(lambda: not document.is_busy)
    assert titles(document) == ["Paint", "Rename layer"]


# the end of a change, and a look at it


def tinted(document: Document, value: int) -> Tiles:
    tiles = Tiles()
    tiles.fill(document.canvas, (value, 0, 0, 255))
    return tiles


def blue_at_corner(document: Document) -> int:
    return int(document.composite.flattened(Rect(0, 0, 1, 1))[0, 0, 0])


def begin_last(document: Document, gate: Gate) -> None:
    """A change that is shown as a draft (99), and ends in the background (200)."""
    pixels = document.active.pixels
    assert pixels is not None

    def work() -> Tiles:
        gate.work()
        return tinted(document, 200)

    with document.begin("Transform") as transaction:
        transaction.lets_in = True
        floating.replace_all(pixels, tinted(document, 99))
        document.compute_last(work, lambda found: floating.replace_all(pixels, found))


def test_the_end_of_a_change_comes_from_the_background_and_is_one_entry(document: Document, qtbot):
    gate = Gate()
    begin_last(document, gate)
    assert document.is_busy and blue_at_corner(document) == 99
    assert titles(document) == ["Paint"]
    layer_commands.rename(document, document.active, "sky")
    gate.is_open.set()
    qtbot.waitUntil(lambda: not document.is_busy)
    assert titles(document) == ["Paint", "Transform", "Rename layer"]
    assert blue_at_corner(document) == 200
    document.history.jump_to(1)
    assert blue_at_corner(document) == 10


@pytest.mark.parametrize("how", ["called off", "failed"])
def test_the_end_that_does_not_come_takes_the_change_back(document: Document, qtbot, how: str):
    gate = Gate()
    if how == "failed":
        gate.work = lambda: tinted(document, "no number")  # type: ignore[method-assign, arg-type]
    begin_last(document, gate)
    if how == "called off":
        assert document.cancel_errand()
        gate.is_open.set()
    qtbot.waitUntil(lambda: not document.is_busy)
    assert titles(document) == ["Paint"]
    assert blue_at_corner(document) == 10


def test_what_comes_without_the_artist_s_hand_comes_into_a_change_that_ends(document: Document, qtbot):
    gate = Gate()
    begin_last(document, gate)
    assert document.lets_in
    document.slip_in("Result", lambda state: replace(state, settings="{}"))
    gate.is_open.set()
    qtbot.waitUntil(lambda: not document.is_busy)
    assert titles(document) == ["Paint", "Result", "Transform"]


def test_of_looks_at_a_change_only_the_newest_is_made_after_the_one_under_way(document: Document, qtbot):
    gate, taken = Gate(), []
    with document.begin("Transform"):
        document.sketch(gate.work, lambda _: taken.append(0))
        for number in (1, 2, 3):
            document.sketch(lambda number=number: number, taken.append)
        gate.is_open.set()
        qtbot.waitUntil(lambda: taken == [0, 3])
        late = Gate()
        document.sketch(late.work, lambda _: taken.append(4))
        document.sketch(lambda: 5, taken.append)
    late.is_open.set()
    assert document.background is not None
    document.background.wait()
    assert taken == [0, 3]  # the change was over
