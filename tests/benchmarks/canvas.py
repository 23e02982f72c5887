"""The canvas under a hand that does not wait: a stroke on a large document of many layers, undo, memory.

The stroke is dabs of soft paint written into tiles, an event each, and after each few events what the screen
shows is composed. Ratios: the same stroke on a document of one small layer is what the machine can do.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
from measure import Figure, percentile
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.journal import JournalNotes
from desktop.state.document.layers import PaintLayer
from engine.api.images import Extent

SIDE = 8192
EVENTS = 500
EVENTS_A_FRAME = 4
DAB_PX = 60
SCREEN = Extent(1920, 1080)
BLENDS = (Blend.NORMAL, Blend.MULTIPLY, Blend.SCREEN, Blend.OVERLAY, Blend.NORMAL)


def measure() -> list[Figure]:
    app = QApplication.instance() or QApplication([])  # the parts that follow share it
    large, small = document_of(SIDE, 10), document_of(1024, 1)
    figures = []
    for scale, name in ((1.0, "at its own size"), (0.125, "seen whole")):
        events, frames = stroke_times(large, scale)
        own_events, own_frames = stroke_times(small, min(1.0, scale * 8))
        figures += [
            Figure(f"stroke event, 99 of 100, {name}", 1000 * percentile(events, 0.99), "ms", "< 8"),
            Figure(f"frame, 99 of 100, {name}", 1000 * percentile(frames, 0.99), "ms", "< 16"),
            Figure(f"event, 10 large layers to 1 small, {name}", ratio(events, own_events), "x"),
            Figure(f"frame, 10 large layers to 1 small, {name}", ratio(frames, own_frames), "x"),
        ]
    figures += undo_figures(large)
    figures += memory_figures()
    figures.append(journal_figure(large))
    del app
    return figures


def document_of(side: int, layers: int) -> Document:
    """Every layer full of different pixels; the one in the middle is painted on."""
    document = Document(Extent(side, side))
    rng = np.random.default_rng(0)
    square = rng.integers(0, 128, (1024, 1024, 4), dtype=np.uint8)
    square[..., 3] = 128
    with document.begin("New layer"):
        for number in range(layers):
            tiles = Tiles()
            for left in range(0, side, 1024):
                for top in range(0, side, 1024):
                    tiles.write(Rect(left, top, 1024, 1024), square)
            blend = BLENDS[number % len(BLENDS)]
            document.insert(PaintLayer(name=str(number), tiles=tiles, blend=blend), document.root)
    document.activate(document.root.children[len(document.root.children) // 2])
    return document


def stroke_times(document: Document, scale: float) -> tuple[list[float], list[float]]:
    """Seconds of each event of a stroke, and of each frame that shows it."""
    screen = QImage(SCREEN.width, SCREEN.height, QImage.Format.Format_RGB32)
    width, height = round(SCREEN.width / scale), round(SCREEN.height / scale)
    seen = Rect(100, 100, min(width, document.size.width - 100), min(height, document.size.height - 100))
    show(document, seen, scale, screen)
    events, frames = [], []
    pixels = document.active.pixels
    assert pixels is not None
    reach_x, reach_y = seen.width - 2 * DAB_PX, seen.height - 2 * DAB_PX
    with document.begin("Brush stroke"):
        for number in range(EVENTS):
            angle = number / EVENTS * 4 * np.pi
            x = seen.left + round(reach_x * (0.5 + 0.5 * np.cos(angle)))
            y = seen.top + round(reach_y * (0.5 + 0.5 * np.sin(2 * angle)))
            start = time.perf_counter()
            dab(pixels, Rect(x, y, DAB_PX, DAB_PX))
            events.append(time.perf_counter() - start)
            if number % EVENTS_A_FRAME == 0:
                start = time.perf_counter()
                show(document, seen, scale, screen)
                frames.append(time.perf_counter() - start)
    return events, frames


def dab(pixels: Tiles, rect: Rect) -> None:
    """Half transparent paint over what is there."""
    for _, view in pixels.edit(rect):
        view[:] = view // 2 + np.array((20, 40, 60, 127), np.uint8)


def show(document: Document, seen: Rect, scale: float, screen: QImage) -> None:
    painter = QPainter(screen)
    painter.drawImage(0, 0, document.composite.image(seen, scale))
    painter.end()


def ratio(one: list[float], other: list[float]) -> float:
    return statistics.median(one) / statistics.median(other)


def undo_figures(document: Document) -> list[Figure]:
    """The last stroke, back and forth, with what the screen shows made anew."""
    seen, screen = Rect(0, 0, SCREEN.width, SCREEN.height), QImage(1920, 1080, QImage.Format.Format_RGB32)
    alone, shown = [], []
    for _ in range(5):
        for step in (document.history.undo, document.history.redo):
            start = time.perf_counter()
            step()
            alone.append(time.perf_counter() - start)
            show(document, seen, 1.0, screen)
            shown.append(time.perf_counter() - start)
    tiles = len(document.history.entries[-1].deltas[0].before)
    return [
        Figure(
            "undo of a stroke of 500 events", 1000 * statistics.median(alone), "ms", "< 16", f"{tiles} tiles"
        ),
        Figure("the same with the screen", 1000 * statistics.median(shown), "ms"),
    ]


def memory_figures() -> list[Figure]:
    """One megapixel painted somewhere on the largest canvas, and its undo."""
    document = Document(Extent(16384, 16384))
    pixels = document.active.pixels
    assert pixels is not None
    rng = np.random.default_rng(0)
    with document.begin("Brush stroke"):
        pixels.write(Rect(7168, 7168, 1024, 1024), rng.integers(0, 256, (1024, 1024, 4), dtype=np.uint8))
    layer = pixels.memory_bytes() / 2**20
    with document.begin("Brush stroke"):
        pixels.write(Rect(7168, 7168, 1024, 1024), rng.integers(0, 256, (1024, 1024, 4), dtype=np.uint8))
    return [
        Figure("memory a megapixel touched, of 268", layer, "MB", "4", "16,384 x 16,384"),
        Figure("memory of its undo", document.history.memory_bytes() / 2**20, "MB", "4"),
    ]


def journal_figure(document: Document) -> Figure:
    """What the window waits for when the journal notes what a stroke changed."""
    notes = JournalNotes()
    notes.changes(document)
    times = []
    for number in range(20):
        with document.begin("Brush stroke"):
            dab(document.active.pixels or Tiles(), Rect(100 * number, 900, DAB_PX, DAB_PX))
        start = time.perf_counter()
        notes.changes(document)
        times.append(time.perf_counter() - start)
    return Figure("noting a stroke for the journal", 1000 * max(times), "ms", "< 8")
