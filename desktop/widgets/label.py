"""A label that shows what it is given and nothing else."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Label(QLabel):
    """Plain text always: a file name or a prompt with `<b>` in it is shown as typed.

    `role` chooses the look: "" (text), "dim", "small" (dim and small), "title", "warning".
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, role: str = "") -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        if role:
            self.setProperty("role", role)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._keep_lines()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_lines()

    def _keep_lines(self) -> None:
        """Room for all lines of a wrapped text: a layout within a layout asks only for the shortest."""
        if self.wordWrap():
            self.setMinimumHeight(0)  # Qt counts it in: after a long text no short one would be lower
            self.setMinimumHeight(max(0, self.heightForWidth(self.width())))

    def set_role(self, role: str) -> None:
        """Change the look; takes effect at once."""
        self.setProperty("role", role)
        self.style().unpolish(self)
        self.style().polish(self)


class ElidedLabel(Label):
    """A one-line label that gives way: what does not fit is cut in the middle and shown as a tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, role: str = "") -> None:
        super().__init__(text, parent, role=role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = self.contentsRect()
        text = self.fontMetrics().elidedText(self._one_line(), Qt.TextElideMode.ElideMiddle, rect.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(rect, self.alignment(), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fits = self.fontMetrics().horizontalAdvance(self._one_line()) <= self.contentsRect().width()
        self.setToolTip("" if fits else plain_tooltip(self.text()))

    def _one_line(self) -> str:
        return " ".join(self.text().split())


def breakable(text: str, longest: int = 0) -> str:
    """Lines may break within names of files and tensors too, after a dot, an underscore or a slash: of
    words with more than `longest` letters, as others are better copied as they are."""
    return re.sub(
        r"\S+",
        lambda word: re.sub(r"[._/]", "\\g<0>\u200b", word[0]) if len(word[0]) > longest else word[0],
        text,
    )


def plain_tooltip(text: str) -> str:
    """`text` as a tooltip that Qt cannot take for HTML (tooltips have no plain-text switch)."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<p style="white-space: pre-wrap">{escaped}</p>'
