"""A menu in which several things are chosen: it stays open while they are checked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu


class StayingMenu(QMenu):
    """A click or Space on a checkable entry checks it and leaves the menu open; Enter and Esc close it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._check(self.actionAt(event.position().toPoint()) is self.activeAction()):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._check(event.key() == Qt.Key.Key_Space):
            super().keyPressEvent(event)

    def _check(self, is_meant: bool) -> bool:
        """True where the chosen entry was one to be checked."""
        action = self.activeAction()
        if not is_meant or action is None or not action.isCheckable() or not action.isEnabled():
            return False
        action.trigger()
        return True
