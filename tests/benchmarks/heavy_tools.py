"""How long the window stands still for what goes through a large picture: at once, and in the background."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from canvas import document_of
from measure import Figure
from painting import VIEW, send, settle
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QApplication

from desktop.bridge.background import Background
from desktop.canvas.view import CanvasView
from desktop.state.document import merging
from desktop.state.document.document import Document
from desktop.state.document.layers import Layer
from desktop.state.settings import Settings
from desktop.tools import selecting
from desktop.tools.workbench import Workbench
from desktop.widgets.theme import apply_theme

SIDE, LAYERS = 8192, 10
FRAME_S = 0.016


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
    document = document_of(SIDE, LAYERS)
    document.history.limit_bytes = 64 << 30  # a step as large as the document is taken back, to be done again
    view.set_document(document)
    view.zoom_to(0.11)
    settle(view)
    figures = [figure for name, do in deeds(view, bench) for figure in figures_of(view, background, name, do)]
    view.set_document(None)
    view.deleteLater()
    background.close()
    return figures


def deeds(view: CanvasView, bench: Workbench) -> Iterator[tuple[str, Callable[[Document], object]]]:
    for tool_id in ("wand", "bucket"):
        yield tool_id, lambda _, tool_id=tool_id: click(view, bench, tool_id)
    yield "smart select, colours and edges", lambda _: loop(view, bench)
    yield "grow the selection", lambda document: selecting.grow(document, 12)
    yield "merge down", lambda document: merging.merge_down(document, mergeable(document))
    yield "flatten", merging.flatten


def mergeable(document: Document) -> Layer:
    return next(layer for layer in document.root.children if merging.can_merge_down(document, layer))


def figures_of(
    view: CanvasView, background: Background, name: str, do: Callable[[Document], object]
) -> list[Figure]:
    assert view.item is not None
    document = view.item.document
    if name == "grow the selection":
        selecting.select_all(document)
        with document.begin("Select"):
            document.set_selection(selecting.region.ellipse(800, 800, 6000, 6000))
    longest = {}
    for way, pool in (("at once", None), ("in the background", background)):
        document.background = pool
        before = document.history.position
        longest[way] = longest_wait(view, document, lambda: do(document))
        assert document.history.position > before, name
        document.history.jump_to(before)
        settle(view)
    return [
        Figure(f"{name}: longest wait of the window, {way}", 1000 * seconds, "ms")
        for way, seconds in longest.items()
    ]


def longest_wait(view: CanvasView, document: Document, do: Callable[[], object]) -> float:
    """The longest time in which no event was looked at, until it is done and seen."""
    waits = [seconds(do)]
    while document.errand is not None or (view.item is not None and view.item.is_late):
        waits.append(seconds(QApplication.processEvents))
        time.sleep(0.001)
    waits += [seconds(QApplication.processEvents) for _ in range(5)]
    return max(waits)


def seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def click(view: CanvasView, bench: Workbench, tool_id: str) -> None:
    bench.take_up(tool_id)
    place = QPointF(VIEW[0] / 2, VIEW[1] / 2)
    send(view, QEvent.Type.MouseButtonPress, place)
    send(view, QEvent.Type.MouseButtonRelease, place)


def loop(view: CanvasView, bench: Workbench) -> None:
    bench.take_up("smart_select")
    places = [
        QPointF(VIEW[0] / 2 + 300 * math.cos(angle / 20), VIEW[1] / 2 + 300 * math.sin(angle / 20))
        for angle in range(125)
    ]
    send(view, QEvent.Type.MouseButtonPress, places[0])
    for place in places[1:]:
        send(view, QEvent.Type.MouseMove, place)
    send(view, QEvent.Type.MouseButtonRelease, places[-1])
