"""Small pictures for the filmstrip, made in the disk pool."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from desktop.bridge.pixels import to_qimage
from engine.api.images import Pixels

THUMBNAIL_PX = 256
"""Longer side: sharp at 128 px on a screen of 200 %."""


def thumbnail_of(pixels: Pixels) -> QImage:
    """A copy of `pixels` of at most `THUMBNAIL_PX`, never enlarged."""
    image = to_qimage(pixels)
    if max(image.width(), image.height()) <= THUMBNAIL_PX:
        return image.copy()
    return image.scaled(
        THUMBNAIL_PX,
        THUMBNAIL_PX,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
