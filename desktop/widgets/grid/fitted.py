"""Pictures cut and scaled to the pixels that they take on the screen, so that scrolling only copies them."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QPainter

from desktop.widgets.theme import CORNER_PX

MOST_BYTES = 96 << 20
Fit = tuple[int, int, int]
"""Key of the picture, width and height in device pixels."""


class FittedImages:
    """The last ones that were made, as far as the memory goes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Fit, tuple[QImage, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: int, size: QSize, source: QImage) -> QImage | None:
        """The picture as it was made from `source` before; None where that is still to be done."""
        found = self._kept.get((key, size.width(), size.height()))
        if found is None or found[1] != source.cacheKey():
            return None
        self._kept.move_to_end((key, size.width(), size.height()))
        return found[0]

    def make(self, key: int, size: QSize, source: QImage, ratio: float) -> QImage:
        """`source` cut to the shape of `size` (device pixels), scaled, with round corners; about 0.3 ms."""
        image = fitted(source, size, CORNER_PX * ratio)
        image.setDevicePixelRatio(ratio)
        fit = (key, size.width(), size.height())
        self._forget(fit)
        self._kept[fit] = (image, source.cacheKey())
        self._bytes += image.sizeInBytes()
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))
        return image

    def _forget(self, fit: Fit) -> None:
        gone = self._kept.pop(fit, None)
        if gone is not None:
            self._bytes -= gone[0].sizeInBytes()

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0


def fitted(source: QImage, size: QSize, corner: float) -> QImage:
    """The middle of `source` in the shape of `size`, in exactly these pixels, with round corners."""
    cut = source.copy(middle_of(source.size(), size))
    scaled = cut.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(scaled))
    painter.drawRoundedRect(image.rect(), corner, corner)
    painter.end()
    return image


def middle_of(have: QSize, want: QSize) -> QRect:
    """The largest part of `have` that has the shape of `want`."""
    part = want.scaled(have, Qt.AspectRatioMode.KeepAspectRatio)
    part = part.expandedTo(QSize(1, 1)).boundedTo(have)
    return QRect(
        (have.width() - part.width()) // 2, (have.height() - part.height()) // 2, part.width(), part.height()
    )
