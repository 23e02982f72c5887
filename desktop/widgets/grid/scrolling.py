"""A grid's scroll bar: its range, what stays where it is when the grid changes, what is brought into view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from desktop.widgets.grid.layout import HEADER_PX
from desktop.widgets.grid.painting import MARGIN_PX

if TYPE_CHECKING:
    from desktop.widgets.grid.view import ImageGrid

LINE_PX = 40
"""What one line of a wheel is; a notch is three."""
Place = tuple[int, int]
"""A picture's key, and how far below the top it lies."""


class GridScrolling:
    """All in the pixels of the layout."""

    def __init__(self, grid: ImageGrid) -> None:
        self._grid = grid

    def fit(self) -> None:
        """The bar to the layout."""
        bar, height = self._grid.verticalScrollBar(), self._grid.viewport().height()
        bar.setRange(0, max(0, self._grid.geometry_of_items.total_height + 2 * MARGIN_PX - height))
        bar.setPageStep(height)
        bar.setSingleStep(LINE_PX)

    def place(self) -> Place | None:
        """What should stay where it is: the current picture if it is seen, else the first that is."""
        grid, top = self._grid, self._grid.verticalScrollBar().value()
        seen = grid.geometry_of_items.seen(top, top + grid.viewport().height())
        if not seen or top == 0:
            return None  # at the top one stays at the top, where the newest come
        index = grid.picked.current if grid.picked.current in seen else seen.start
        return int(grid.content.keys[index]), int(grid.geometry_of_items.top[index]) - top

    def return_to(self, place: Place | None) -> None:
        if place is None:
            return
        found = np.flatnonzero(self._grid.content.keys == place[0])
        if len(found):
            top = int(self._grid.geometry_of_items.top[found[0]])
            self._grid.verticalScrollBar().setValue(top - place[1])

    def show(self, index: int) -> None:
        """Scroll as little as brings the whole of the picture into view."""
        grid = self._grid
        if not 0 <= index < len(grid.content):
            return
        layout, bar = grid.geometry_of_items, grid.verticalScrollBar()
        top, bottom = int(layout.top[index]), int(layout.top[index] + layout.height[index]) + 2 * MARGIN_PX
        group = layout.group_of(index)
        if group >= 0 and layout.row_of(index) == layout.row_of(layout.group_range(group).start):
            top -= HEADER_PX  # the first row comes with its title
        if top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + grid.viewport().height():
            bar.setValue(min(top, bottom - grid.viewport().height()))
