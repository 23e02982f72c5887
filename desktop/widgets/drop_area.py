"""A page onto which files are dropped, where there is nothing else yet."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class DropArea(QWidget):
    dropped = Signal(object)
    """The `QMimeData`; only valid while the signal is handled."""

    def __init__(self, welcomes: Callable[[QMimeData], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._welcomes = welcomes
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt asks again at each move only who did not accept here."""
        if self._welcomes(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropped.emit(event.mimeData())
        event.acceptProposedAction()
