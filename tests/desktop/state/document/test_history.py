"""The history: how far back it goes, and what it costs."""

import numpy as np
import pytest
from document_pictures import fresh

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.state.document import packing
from desktop.state.document.document import Document
from desktop.state.document.packing import HistoryPacking
from engine.api.images import Extent

MEGABYTE = 1 << 20


@pytest.fixture
def document(qtbot) -> Document:
    return Document(Extent(1024, 1024))


def stroke(document: Document, seed: int, rect: Rect) -> None:
    with document.begin("Brush stroke"):
        for part, view in document.active.pixels.edit(rect):
            dabs = np.random.default_rng(seed).integers(
                0, 200, (part.height // 8 + 1, part.width // 8 + 1, 4)
            )
            dabs[..., 3] = 255
            view[:] = dabs.repeat(8, 0).repeat(8, 1)[: part.height, : part.width]


def test_the_oldest_are_forgotten_beyond_the_limit_never_the_last(document: Document):
    document.history.limit_bytes = 5 * MEGABYTE
    for seed in range(6):
        stroke(document, seed, document.canvas)
    assert len(document.history.entries) == 1
    document.history.undo()
    assert document.history.can_redo and not document.history.can_undo


def test_what_was_undone_is_forgotten_by_the_next_thing_done(document: Document):
    for seed in range(3):
        stroke(document, seed, Rect(0, 0, 99, 99))
    document.history.jump_to(1)
    stroke(document, 7, Rect(0, 0, 9, 9))
    assert len(document.history.entries) == 2 and not document.history.can_redo


def test_far_steps_are_squeezed_in_the_pool_and_come_back(document: Document, qtbot, monkeypatch):
    monkeypatch.setattr(packing, "HOT_BYTES", 5 * MEGABYTE)
    background = Background()
    follower = HistoryPacking(document, background)
    pictures = []
    for seed in range(6):
        pictures.append(fresh(document))
        stroke(document, seed, document.canvas)
    plain = document.history.memory_bytes()
    follower._timer.stop()
    follower._pack()
    background.close()
    assert document.history.memory_bytes() < 0.8 * plain
    for back in reversed(range(6)):
        document.history.undo()
        assert (fresh(document) == pictures[back]).all()


def test_the_limit_holds_after_squeezing(document: Document, monkeypatch):
    monkeypatch.setattr(packing, "HOT_BYTES", 1)
    background = Background()
    follower = HistoryPacking(document, background)
    document.history.limit_bytes = 5 * MEGABYTE
    for seed in range(10):
        stroke(document, seed, document.canvas)
    follower._timer.stop()
    follower._pack()
    background.close()
    assert document.history.memory_bytes() <= 5 * MEGABYTE
    assert 1 < len(document.history.entries) < 10


def test_undo_of_a_deleted_layer_counts_its_pixels(document: Document):
    stroke(document, 1, document.canvas)
    before = document.history.memory_bytes()
    with document.begin("Delete layer"):
        document.remove(document.active)
    assert document.history.memory_bytes() - before >= 4 * MEGABYTE
