"""The small sign of the engine's health, told apart by shape as well as by colour."""

from __future__ import annotations

import enum

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.widgets.theme import tokens

SIDE_PX = 10


class Health(enum.Enum):
    AWAY = "away"
    """Starting, or lost."""
    RESTS = "rests"
    WORKS = "works"


class StateDot(QWidget):
    """A ring while the engine is away, a dim dot while it rests, an accent dot while it works."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self.health = Health.AWAY

    def show_health(self, health: Health) -> None:
        self.health = health
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = tokens().color("accent" if self.health is Health.WORKS else "dim")
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush if self.health is Health.AWAY else color)
        painter.drawEllipse(QRectF(1, 1, SIDE_PX - 2, SIDE_PX - 2))
