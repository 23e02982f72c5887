"""The real brush in the real view: events on a large document of many layers, and what the screen costs."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Iterator

from canvas import document_of
from measure import Figure, percentile
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.bridge.background import Background
from desktop.canvas.view import CanvasView
from desktop.state.settings import Settings
from desktop.tools.workbench import Workbench
from desktop.widgets.theme import apply_theme

SIDE, LAYERS = 8192, 10
VIEW = (1600, 900)
EVENTS, EVENTS_A_FRAME = 800, 4
BRUSHES = (("brush", 40.0, 0.8), ("brush", 400.0, 0.5), ("airbrush", 120.0, 0.0), ("mask_brush", 120.0, 0.6))


def measure() -> list[Figure]:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    background = Background()
    bench = Workbench(Settings(background))
    view = CanvasView()
    view.set_bench(bench)
    view.resize(*VIEW)
    view.show()
    view.set_document(document_of(SIDE, LAYERS))
    figures = [figure for near in (1.0, 0.11) for figure in figures_at(view, bench, near)]
    view.set_document(None)
    view.deleteLater()
    background.close()
    return figures


def figures_at(view: CanvasView, bench: Workbench, zoom: float) -> Iterator[Figure]:
    view.zoom_to(zoom)
    settle(view)
    where = "at its own size" if zoom == 1 else "seen whole"
    for tool_id, size, hardness in BRUSHES:
        bench.take_up(tool_id)
        bench.set_size(size)
        bench.set_option("hardness", hardness)
        waits, frames = stroke(view)
        name = f"{tool_id} of {size:.0f} px, {where}"
        yield Figure(f"{name}: a frame's events, 99 of 100", 1000 * percentile(waits, 0.99), "ms", "< 8")
        yield Figure(f"{name}: the frame, 99 of 100", 1000 * percentile(frames, 0.99), "ms", "< 16")
    pans = [seconds_of(view, lambda: view.pan(7, 3)) for _ in range(60)]
    yield Figure(f"a frame of panning, {where}", 1000 * percentile(pans, 0.99), "ms", "< 16")


def settle(view: CanvasView) -> None:
    """Until every tile in sight is made."""
    view.repaint()
    while view.item is not None and view.item.is_late:
        QApplication.processEvents()
        view.repaint()


def seconds_of(view: CanvasView, do) -> float:
    start = time.perf_counter()
    do()
    view.repaint()
    return time.perf_counter() - start


def stroke(view: CanvasView) -> tuple[list[float], list[float]]:
    """Seconds from the events of a frame until their pixels are in the document, and until they are shown."""
    assert view.drawing is not None
    waits, frames = [], []
    gc.collect()
    gc.disable()
    send(view, QEvent.Type.MouseButtonPress, place_of(0))
    for first in range(0, EVENTS, EVENTS_A_FRAME):
        start = time.perf_counter()
        for number in range(first, first + EVENTS_A_FRAME):
            send(view, QEvent.Type.MouseMove, place_of(number))
        view.drawing.flush()
        waits.append(time.perf_counter() - start)
        QApplication.processEvents()
        frames.append(time.perf_counter() - start)
    send(view, QEvent.Type.MouseButtonRelease, place_of(EVENTS))
    gc.enable()
    return waits, frames


def place_of(number: int) -> QPointF:
    """On a loop about the view: some ten pixels of the screen an event, as a quick hand does."""
    angle = number / EVENTS * 4 * math.pi
    across, down = 0.35 * VIEW[0] * math.cos(angle), 0.35 * VIEW[1] * math.sin(2 * angle)
    return QPointF(VIEW[0] / 2 + across, VIEW[1] / 2 + down)


def send(view: CanvasView, kind: QEvent.Type, place: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(kind, place, view.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)
