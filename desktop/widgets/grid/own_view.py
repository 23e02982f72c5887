"""A list view of Qt's that lays out, picks and walks by itself; what is let go over it is told.

Screen readers know a `QListView` as a list of items; of a bare `QAbstractItemView` Qt tells them nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget


class OwnListView(QListView):
    """Qt's own layout, selection and keys are switched off."""

    dropped = Signal(object)
    """The `QMimeData` of what was let go over the grid; only valid while the signal is handled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.welcomes: Callable[[QMimeData], bool] = lambda data: False
        """Whether what is dragged over it may be let go there; see `dropped`."""
        self._is_welcome = False
        """What is dragged over it just now."""

    def take_over(self) -> None:
        """For who inherits, once all is there that Qt's events ask for."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # Qt's questions to an item view

    def moveCursor(self, action: object, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        return self.currentIndex()  # who inherits has keys of its own

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        return False

    def doItemsLayout(self) -> None:
        pass  # and another layout

    def updateGeometries(self) -> None:
        pass

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        pass  # and picks by itself

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    # what is let go over it

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._is_welcome = event.source() is not self and self.welcomes(event.mimeData())
        if self._is_welcome:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """What is dragged stays the same: of ten thousand files the list is not read again at each move."""
        if self._is_welcome:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        if event.source() is not self and self.welcomes(event.mimeData()):
            self.dropped.emit(event.mimeData())
            event.acceptProposedAction()
