"""A frame of the grid: the headers and pictures that are seen, each at its own pixels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QRegion

from desktop.widgets.grid.content import GridSource
from desktop.widgets.grid.drawing import CellState, draw_cell, draw_header
from desktop.widgets.grid.fitted import FittedImages
from desktop.widgets.theme import theme, tokens

if TYPE_CHECKING:
    from desktop.widgets.grid.view import ImageGrid

MARGIN_PX = 12
FITTING_MS = 3.0
"""Of a frame's 16 ms, what may be spent on scaling pictures that have just come."""


class GridPainting:
    """What does not fit into a frame's time is drawn roughly, and finely in the next one."""

    def __init__(self, grid: ImageGrid, source: GridSource) -> None:
        self._grid = grid
        self._source = source
        self._fitted = FittedImages()
        self._refining = QTimer(grid, singleShot=True, interval=0)
        self._refining.timeout.connect(lambda: grid.viewport().update())
        theme.changed.connect(self._fitted.clear)

    def paint(self, painter: QPainter, event: QPaintEvent) -> None:
        painter.fillRect(event.rect(), tokens().color("desk"))
        top = self._grid.verticalScrollBar().value() - MARGIN_PX
        above, below = event.rect().top() + top, event.rect().bottom() + 1 + top
        self._paint_headers(painter, above, below, top)
        self._paint_cells(painter, event.region(), above, below)

    def _paint_headers(self, painter: QPainter, above: int, below: int, top: int) -> None:
        grid = self._grid
        layout = grid.geometry_of_items
        width = grid.viewport().width() - 2 * MARGIN_PX
        for group in layout.headers_between(above, below):
            title = grid.content.group_titles[group]
            count = f"{len(layout.group_range(group)):n}"
            draw_header(painter, MARGIN_PX, int(layout.header_tops[group]) - top, width, title, count)

    def _paint_cells(self, painter: QPainter, region: QRegion, above: int, below: int) -> None:
        grid = self._grid
        ratio = grid.devicePixelRatioF()
        until = time.perf_counter() + FITTING_MS / 1000
        empty = tokens().color("field")
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for index in grid.geometry_of_items.seen(above, below):
            box = grid.box_of(index)
            if not region.intersects(box):
                continue
            key = int(grid.content.keys[index])
            image = self._image_for(key, box.size(), ratio, until)
            if image is None:
                empty = self._source.placeholder(key) or tokens().color("field")
            draw_cell(painter, box, image, empty, self._source.cell(key), self._state_of(index))

    def _image_for(self, key: int, box: QSize, ratio: float, until: float) -> QImage | None:
        """At its own size where it was made or there is time for it; roughly for this frame where not."""
        source = self._source.image(key, self._grid.pixels)
        if source is None or source.isNull():
            return None
        size = (box * ratio).expandedTo(QSize(1, 1))
        found = self._fitted.get(key, size, source)
        if found is None and time.perf_counter() < until:
            found = self._fitted.make(key, size, source, ratio)
        if found is None:
            self._refining.start()
        return found if found is not None else source

    def _state_of(self, index: int) -> CellState:
        grid = self._grid
        is_current = index == grid.picked.current and grid.hasFocus()
        return CellState(index in grid.picked, is_current, index == grid.hovered)
