"""Qt objects die in the thread they live in and before Python does."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget


@pytest.fixture(autouse=True, scope="module")
def what_was_there_before_is_not_garbage() -> None:
    """To look through what torch and Qt keep for good takes 0.3 s: done once, not after each test or file."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_is_collected_in_the_main_thread() -> Iterator[None]:
    """A collection that happens to run in the engine's thread would destroy widgets there and crash."""
    gc.disable()
    before = len(left_behind())
    yield
    gc.enable()
    # the windows that it closed go now: a theme that the next test puts on would dress each of them again
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    if len(left := left_behind()) > before:
        names = [type(widget).__name__ for widget in left]
        pytest.fail(f"left behind, to be dressed with every later window: {names}", pytrace=False)


def left_behind() -> list[QWidget]:
    """Windows that are nobody's; a tip goes by itself."""
    if not isinstance(QApplication.instance(), QApplication):
        return []
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.parent() is None]
    return [window for window in windows if window.windowType() is not Qt.WindowType.ToolTip]


@pytest.fixture(autouse=True, scope="session")
def the_clipboard_is_empty_at_the_end() -> Iterator[None]:
    """The offscreen platform keeps the clipboard in a static: what Python put there would outlive Python."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()
