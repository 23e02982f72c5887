"""A small picture of a picture."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap


def miniature(image: QImage, side_px: int, ratio: float) -> QPixmap:
    """`image` inside a square of `side_px`, sharp on a screen of `ratio` pixels a point."""
    side = round(side_px * ratio)
    smooth = Qt.TransformationMode.SmoothTransformation
    pixmap = QPixmap.fromImage(image.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, smooth))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
