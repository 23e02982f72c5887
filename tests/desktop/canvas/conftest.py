"""A bench with a red brush in the hand, and a white canvas of 200 x 160 at twice its size."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.bridge.background import Background
from desktop.canvas.view import CanvasView
from desktop.state.document.document import Document
from desktop.state.settings import Settings
from desktop.tools import selecting
from desktop.tools.tool import Hand
from desktop.tools.workbench import Workbench
from desktop.widgets.theme import apply_theme
from engine.api.images import Extent


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication):
    background = Background()
    settings = Settings(background)
    bench = Workbench(settings)
    bench.foreground = "#ff0000"
    bench.take_up("brush")
    yield bench
    bench.keep()
    settings.flush()
    background.close()


@pytest.fixture
def canvas(qtbot: QtBot, qapp: QApplication, bench: Workbench) -> CanvasView:
    apply_theme(qapp, "dark")
    view = CanvasView()
    view.set_bench(bench)
    view = show_in_window(qtbot, view, 500, 400)
    document = Document(Extent(200, 160), parent=view)
    selecting.fill(Hand(document), QColor("white"))
    view.set_document(document)
    view.setFocus()
    view.zoom_to(2.0)
    return view
