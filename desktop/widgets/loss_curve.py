"""A curve of numbers that come one after the other: thin as they came, and smoothed over it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.theme import theme

SMOOTHING = 0.06
"""Weight of the newest number in the smooth curve."""
MOST_POINTS = 400
AIR_PX = 8


class LossCurve(QWidget):
    """Falls while something is learnt. Its last smooth value is read aloud."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[float] = []
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 96)

    def show_values(self, values: Sequence[float], share: float = 1.0) -> None:
        """`values` in order; `share` is how much of the width they fill."""
        self._values, self._share = list(values), max(0.0, min(1.0, share))
        self.setAccessibleDescription(f"{self.smooth()[-1]:.4f}" if self._values else "")
        self.update()

    def smooth(self) -> list[float]:
        """The values, each drawn towards those before it."""
        curve, level, trust = [], 0.0, 0.0
        for value in self._values:
            level += SMOOTHING * (value - level)
            trust += SMOOTHING * (1 - trust)  # so that the beginning is not drawn to zero
            curve.append(level / trust)
        return curve

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.tokens.color("line")))
        painter.setBrush(theme.tokens.color("field"))
        painter.drawRoundedRect(field, 6, 6)
        if len(self._values) < 2:
            return
        inner = field.adjusted(AIR_PX, AIR_PX, -AIR_PX, -AIR_PX)
        low, high = self._range()
        self._draw(painter, inner, self._values, low, high, theme.tokens.color("dim"), 1.0, 0.45)
        self._draw(painter, inner, self.smooth(), low, high, theme.tokens.color("accent"), 2.0, 1.0)

    def _range(self) -> tuple[float, float]:
        """Of the smooth curve with some room, so that single leaps do not flatten it."""
        curve = self.smooth()
        low, high = min(curve), max(curve)
        room = max((high - low) * 0.35, abs(high) * 0.02, 1e-6)
        return low - room, high + room

    def _draw(
        self,
        painter: QPainter,
        field: QRectF,
        values: Sequence[float],
        low: float,
        high: float,
        colour: QColor,
        width: float,
        opacity: float,
    ) -> None:
        stride = max(1, len(values) // MOST_POINTS)
        shown = range(0, len(values), stride)
        across = field.width() * self._share / max(1, len(values) - 1)
        points = [
            QPointF(
                field.left() + across * place, field.bottom() - field.height() * _within(value, low, high)
            )
            for place in shown
            for value in [values[place]]
        ]
        painter.setOpacity(opacity)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setOpacity(1.0)


def _within(value: float, low: float, high: float) -> float:
    """0 at `low`, 1 at `high`, held between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))
