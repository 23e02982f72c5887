"""How a job looks in the queue: its prompt, its state in words, a thin bar while it runs."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.panels.queue_item_model import FACTS, JOB
from desktop.state.jobs import Job, JobState

ROW_PX = 48
INSET_PX = 8
BAR_PX = 3


class QueueRow(QStyledItemDelegate):
    """Two lines, elided; plain text only, whatever a prompt holds."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self._paint_ground(painter, option, index)
        job, inner = index.data(JOB), option.rect.adjusted(INSET_PX, 5, -INSET_PX, -5)
        ink = option.palette.color(QPalette.ColorRole.Text)
        dim = option.palette.color(QPalette.ColorRole.PlaceholderText)
        small = QFont(option.font)
        small.setPixelSize(11)
        lines = ((index.data(), option.font, ink), (index.data(FACTS), small, dim))
        for line, (text, font, colour) in enumerate(lines):
            painter.setFont(font)
            painter.setPen(colour)
            place = QRect(inner.left(), inner.top() + 18 * line, inner.width(), 18)
            shown = painter.fontMetrics().elidedText(
                in_one_line(text), Qt.TextElideMode.ElideRight, place.width()
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if job is not None and job.state is JobState.RUNNING:
            self._paint_bar(painter, option, job)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, option.widget)

    def _paint_bar(self, painter: QPainter, option: QStyleOptionViewItem, job: Job) -> None:
        bar = QRect(option.rect.left(), option.rect.bottom() - BAR_PX + 1, option.rect.width(), BAR_PX)
        painter.fillRect(bar, option.palette.color(QPalette.ColorRole.Mid))
        bar.setWidth(round(bar.width() * job.progress))
        painter.fillRect(bar, option.palette.color(QPalette.ColorRole.Accent))


def in_one_line(text: str) -> str:
    """`text` as a row shows it: of a failure the file stands on a line of its own."""
    return "  ·  ".join(text.splitlines())
