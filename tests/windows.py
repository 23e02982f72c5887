"""Shows a widget as it is in the app: inside an active window that puts no limits on its own size."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

W = TypeVar("W", bound=QWidget)


def show_in_window(qtbot: QtBot, widget: W, width: int = 400, height: int = 200) -> W:
    """`widget`, filling an active window of this size in logical pixels.

    A window with a layout of its own would tell the offscreen screen its limits, which logs a warning.
    """
    window = QWidget()
    window.resize(width, height)
    widget.setParent(window)
    widget.setGeometry(0, 0, width, height)
    qtbot.addWidget(window)
    widget.__dict__["_window"] = window  # the window lives as long as the test holds the widget
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    widget.show()
    return widget
