"""Pixels between numpy and Qt: not a bit changed, copied only where Qt's rows are padded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from engine.api.images import Pixels


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """A QImage (RGB888) over the memory of `pixels` (height x width x 3); it keeps that memory alive.

    For looking at: paint into its `copy()`, as PySide gives Qt the memory as writable whatever numpy says.
    Copied here only where not contiguous.
    """
    pixels = np.ascontiguousarray(pixels)
    height, width, _ = pixels.shape
    # PySide holds a reference to the buffer for as long as the image (or a shallow copy of it) lives
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)


def from_qimage(image: QImage) -> Pixels:
    """The pixels of `image` as a new read-only array (height x width x 3); alpha is laid over white."""
    image = _over_white(image).convertToFormat(QImage.Format.Format_RGB888)
    height, width = image.height(), image.width()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    pixels = rows[:, : 3 * width].reshape(height, width, 3).copy()
    pixels.flags.writeable = False
    return pixels


def premultiplied(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Opaque pixels (height x width x 3) as layers hold them: height x width x 4, blue first."""
    opaque = np.empty((*pixels.shape[:2], 4), np.uint8)
    opaque[..., :3] = pixels[..., ::-1]
    opaque[..., 3] = 255
    return opaque


def _over_white(image: QImage) -> QImage:
    if not image.hasAlphaChannel():
        return image
    straight = image.convertToFormat(QImage.Format.Format_RGBA8888)
    height, width = straight.height(), straight.width()
    rgba = np.frombuffer(straight.constBits(), np.uint8).reshape(height, width, 4).astype(np.uint16)
    alpha = rgba[..., 3:]
    over = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return to_qimage(over.astype(np.uint8)).copy()
