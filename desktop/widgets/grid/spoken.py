"""Where the keyboard stands and what is picked, said in Qt's own terms: screen readers go by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex
from PySide6.QtGui import QAccessible

if TYPE_CHECKING:
    from desktop.widgets.grid.view import ImageGrid


def say_current(grid: ImageGrid) -> bool:
    """Whether the keyboard stands at another picture now."""
    index = grid.items.index(grid.picked.current) if grid.picked.current >= 0 else QModelIndex()
    is_other = index != grid.currentIndex()
    if is_other:
        grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
    if QAccessible.isActive():
        only = QItemSelectionModel.SelectionFlag.ClearAndSelect
        grid.selectionModel().select(_selection(grid), only)
    return is_other


def _selection(grid: ImageGrid) -> QItemSelection:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], grid.picked.mask.view(np.int8), [0]])))
    selection = QItemSelection()
    for start, end in edges.reshape(-1, 2).tolist():
        selection.select(grid.items.index(start), grid.items.index(end - 1))
    return selection
