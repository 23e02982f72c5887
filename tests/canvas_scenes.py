"""A document on the canvas of the real window, and a mask painted with the mouse."""

from __future__ import annotations

import numpy as np
from patience import patience_ms
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.window import MainWindow

PATIENCE_MS = patience_ms(20)
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def begin(window: MainWindow) -> tuple[Document, np.ndarray]:
    """A document of noise, so that every pixel tells whether it stayed."""
    pixels = np.random.default_rng(1).integers(0, 256, (160, 200, 3)).astype(np.uint8)
    window.painting.open_picture(pixels, "wall")
    window.canvas.setFocus()
    window.studio.generation.prompt = "snow"
    document = window.painting.document
    assert document is not None
    return document, pixels


def paint_mask(window: MainWindow, *points: tuple[float, float]) -> None:
    """With the mask brush and the mouse."""
    window.bench.take_up("mask_brush")
    canvas = window.canvas
    places = [QPointF(*canvas.viewport.to_view(*point)).toPoint() for point in points]
    QTest.mousePress(canvas, LEFT, NO_KEYS, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, places[-1])


def results(document: Document) -> list[ResultLayer]:
    return [layer for layer in document.root.walk() if isinstance(layer, ResultLayer)]
