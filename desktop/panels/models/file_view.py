"""The list of model files: its columns share what room there is, and a name is always to be read."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView

from desktop.panels.models.item_model import KIND, NAME

LEAST_NAME_PX = 180
WIDTHS_PX, LEAST_PX = (160, 250, 96, 80), (90, 110, 76, 76)
"""Of kind, what it is for, precision and size: as wide as they would be, and what they give way to."""


class FileView(QTreeView):
    """Sorted by a click on a column; the name takes what the others leave."""

    def __init__(self, model: QAbstractItemModel) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Models"))
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(KIND, Qt.SortOrder.AscendingOrder)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self._is_narrow: bool | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.viewport().width() < LEAST_NAME_PX + sum(WIDTHS_PX)
        if is_narrow != self._is_narrow:  # else what the artist pulled wider stays so
            self._is_narrow = is_narrow
            for column, width in enumerate(LEAST_PX if is_narrow else WIDTHS_PX, KIND):
                self.header().resizeSection(column, width)
