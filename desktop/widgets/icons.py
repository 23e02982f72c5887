"""Line icons (Lucide) that take their colour from the theme at the moment they are painted."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib import resources

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.widgets.theme import disabled_color, tokens

STROKE = 1.75
"""Lucide's lines are 2 wide on a 24 grid; at 18 px a little thinner sits better beside 13-px text."""


@lru_cache(maxsize=256)
def icon(name: str, token: str = "text") -> QIcon:
    """The icon `resources/icons/<name>.svg` in the colour of `token`; chosen (checked) it wears the accent.

    It follows a switch of the theme by itself. Raises FileNotFoundError for an icon there is not.
    """
    return QIcon(ThemedIconEngine(svg_source(name), token))


@lru_cache(maxsize=256)
def svg_source(name: str) -> str:
    """The SVG text, with `currentColor` still in it."""
    return (resources.files("resources") / "icons" / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=512)
def icon_pixmap(source: str, color: str, width: int, height: int) -> QPixmap:
    """`source` drawn in `color` into width x height device pixels."""
    colored = source.replace("currentColor", color).replace('stroke-width="2"', f'stroke-width="{STROKE}"')
    pixmap = QPixmap(width, height)
    if pixmap.isNull():
        return pixmap  # a button that has no room yet asks for no pixels
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = min(width, height)
    target = QRectF((width - side) / 2, (height - side) / 2, side, side)
    QSvgRenderer(QByteArray(colored.encode())).render(painter, target)
    painter.end()
    return pixmap


class ThemedIconEngine(QIconEngine):
    """Draws one SVG, sharp at the size asked for, in the theme's colour for the icon's mode and state."""

    def __init__(self, source: str, token: str) -> None:
        super().__init__()
        self.source = source
        self.token = token

    def color(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        if mode == QIcon.Mode.Disabled:
            return disabled_color(tokens())
        if state == QIcon.State.On and self.token in ("text", "dim"):
            return tokens().color("accent")
        return tokens().color(self.token)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return icon_pixmap(self.source, self.color(mode, state).name(), size.width(), size.height())

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        # not painter.device(): PySide may wrap a device that reuses the address of a dead one, and crash
        transform = painter.deviceTransform()
        ratio = math.hypot(transform.m11(), transform.m12()) or 1.0
        pixmap = QPixmap(self.pixmap(rect.size() * ratio, mode, state))
        pixmap.setDevicePixelRatio(ratio)
        painter.drawPixmap(QPoint(rect.x(), rect.y()), pixmap)

    def clone(self) -> QIconEngine:
        """Qt owns the copy, but PySide would drop it with the last Python reference: so one is kept."""
        copy = ThemedIconEngine(self.source, self.token)
        _copies.append(copy)
        return copy


_copies: list[ThemedIconEngine] = []
