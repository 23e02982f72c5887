"""What comes and goes gives the focus back to where it was: who types goes on typing."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget


class FocusBack(QObject):
    """Follows the focus into `widget`, and back with `give_back` before that is hidden."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._before: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def give_back(self) -> None:
        """To who had it last outside, where the focus is inside now."""
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before) and self._holds(QApplication.focusWidget()):
            before.setFocus()

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None and self._holds(now) and not self._holds(before):
            self._before = before

    def _holds(self, widget: QWidget | None) -> bool:
        return widget is not None and (widget is self._widget or self._widget.isAncestorOf(widget))
