"""The thin line between picture and prompt that says how far the picture is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from desktop.widgets.motion import motion_is_reduced
from desktop.widgets.theme import tokens

HEIGHT_PX = 3
TICK_MS = 33
LAP_TICKS = 60
SPAN = 0.25
"""The part of the width that runs along while the length of the work is unknown."""


class ProgressLine(QProgressBar):
    """3 px high. A QProgressBar underneath, so that screen readers can say how far it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Progress"))
        self._tick = 0
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._advance)
        self.clear()

    def set_progress(self, done: int, total: int) -> None:
        """`done` of `total` steps."""
        self._clock.stop()
        self.setRange(0, max(total, 1))
        self.setValue(min(max(done, 0), total))
        self.update()

    def set_busy(self) -> None:
        """Something runs, nobody knows how long."""
        self.setRange(0, 0)
        if self.isVisible():
            self._clock.start()
        self.update()

    def clear(self) -> None:
        """Nothing runs."""
        self.set_progress(0, 1)

    @property
    def is_busy(self) -> bool:
        return self.maximum() == 0

    @property
    def is_running(self) -> bool:
        """Whether the busy line moves now."""
        return self._clock.isActive()

    def sizeHint(self) -> QSize:
        return QSize(64, HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, HEIGHT_PX)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.is_busy:
            self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._clock.stop()
        super().hideEvent(event)

    def _advance(self) -> None:
        self._tick = (self._tick + 1) % LAP_TICKS
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tokens().color("line"))
        left, width = self._filled()
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = self.width() - left - width
        painter.fillRect(QRectF(left, 0, width, self.height()), tokens().color("accent"))

    def _filled(self) -> tuple[float, float]:
        """Left edge and width of the accent part, in px."""
        if not self.is_busy:
            return 0.0, self.width() * self.value() / self.maximum()
        if motion_is_reduced():
            return 0.0, self.width() * SPAN
        span = self.width() * SPAN
        return (self.width() + span) * self._tick / LAP_TICKS - span, span
