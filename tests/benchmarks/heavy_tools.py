"""How long the window stands still for what goes through a large picture: at once, and in the background."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from canvas import document_of
from measure import Figure
from painting import VIEW, send, settle
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from desktop.bridge.background import Background
from desktop.canvas.view import CanvasView
from desktop.state.document import masks, merging
from desktop.state.document.document import Document
from desktop.state.document.layers import Layer
from desktop.state.settings import Settings
from desktop.tools import selecting
from desktop.tools.workbench import Workbench
from desktop.widgets.theme import apply_theme

SIDE, LAYERS = 8192, 10
Act = Callable[[Document], object]
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
    figures = [
        figure
        for name, acts in deeds(view, bench)
        for figure in figures_of(view, bench, background, name, acts)
    ]
    view.set_document(None)
    view.deleteLater()
    background.close()
    return figures


def deeds(view: CanvasView, bench: Workbench) -> Iterator[tuple[str, list[Act]]]:
    """What is done, one thing after the other; the window rests in between."""
    for tool_id in ("wand", "bucket"):
        yield tool_id, [lambda _, tool_id=tool_id: click(view, bench, tool_id)]
    yield "smart select, colours and edges", [lambda _: loop(view, bench, "smart_select", 300)]
    yield "grow the selection", [lambda document: selecting.grow(document, 12)]
    yield "invert the selection", [selecting.invert]
    yield "lasso with a soft edge", [lambda _: loop(view, bench, "lasso", 380)]
    yield "ellipse marquee", [lambda _: drag(view, bench, "ellipse", (10, 10), (90, 90))]
    yield "gradient", [lambda _: drag(view, bench, "gradient", (10, 10), (90, 90))]
    yield "fill what is selected", [lambda document: selecting.fill(bench.hand(document), QColor("red"))]
    yield (
        "mask from how light the layer is",
        [lambda document: masks.from_luminance(document, document.active)],
    )
    yield (
        "transform: take it up, two drags, Enter",
        [
            lambda _: bench.take_up("transform"),
            lambda _: drag(view, bench, "transform", (50, 50), (52, 55)),
            lambda _: drag(view, bench, "transform", (100, 100), (90, 90)),
            lambda _: view.drawing is not None and view.drawing.accept(),
        ],
    )
    yield "merge down", [lambda document: merging.merge_down(document, mergeable(document))]
    yield "flatten", [merging.flatten]


def mergeable(document: Document) -> Layer:
    return next(layer for layer in document.root.children if merging.can_merge_down(document, layer))


def figures_of(
    view: CanvasView, bench: Workbench, background: Background, name: str, acts: list[Act]
) -> list[Figure]:
    assert view.item is not None
    document = view.item.document
    if name == "grow the selection":
        with document.begin("Select"):
            document.set_selection(selecting.region.ellipse(800, 800, 6000, 6000))
    longest = {}
    for way, pool in (("at once", None), ("in the background", background)):
        document.background = pool
        before = document.history.position
        longest[way] = max(longest_wait(view, document, background, act) for act in acts)
        assert document.history.position > before, name
        bench.take_up("brush")  # no handles stand there
        document.history.jump_to(before)
        settle(view)
    return [
        Figure(f"{name}: longest wait of the window, {way}", 1000 * seconds, "ms")
        for way, seconds in longest.items()
    ]


def longest_wait(view: CanvasView, document: Document, background: Background, act: Act) -> float:
    """The longest time in which no event was looked at, until it is done and seen."""
    waits = [seconds(lambda: act(document))]
    while background.pending or document.errand is not None or (view.item is not None and view.item.is_late):
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


def loop(view: CanvasView, bench: Workbench, tool_id: str, radius: float) -> None:
    """Drawn by hand around the middle."""
    bench.take_up(tool_id)
    if tool_id == "lasso":
        bench.set_option("feather", 40.0)
    middle_x, middle_y = VIEW[0] / 2, VIEW[1] / 2
    draw(view, [
        QPointF(middle_x + radius * math.cos(angle / 20), middle_y + radius * math.sin(angle / 20))
        for angle in range(125)
    ])  # fmt: skip


def drag(view: CanvasView, bench: Workbench, tool_id: str, *places: tuple[float, float]) -> None:
    """By places in the document's hundredths."""
    bench.take_up(tool_id)
    draw(view, [QPointF(*view.viewport.to_view(x / 100 * SIDE, y / 100 * SIDE)) for x, y in places])


def draw(view: CanvasView, places: list[QPointF]) -> None:
    send(view, QEvent.Type.MouseButtonPress, places[0])
    for place in places:
        send(view, QEvent.Type.MouseMove, place)
    send(view, QEvent.Type.MouseButtonRelease, places[-1])
