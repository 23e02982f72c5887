"""What is being read or written, how far it is, and a way to stop it; only seen when it takes a while."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.panels.icon_button import IconButton
from desktop.state.long_work import LongWorks
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.progress import ProgressLine

DELAY_MS = 300
"""Shorter work is not worth a look."""
STEPS = 1000
WIDTH_PX = 300


class LongWorkLine(QWidget):
    """The oldest piece of work, in a place of its own in the top bar: the canvas never moves for it."""

    def __init__(self, works: LongWorks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._works = works
        self.setFixedWidth(WIDTH_PX)
        self.text = ElidedLabel(role="dim")
        self.share = Label(role="dim")
        self.stop = IconButton("x", self.tr("Cancel this work"))
        self.stop.clicked.connect(self._cancel)
        self.line = ProgressLine()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.share)
        row.addWidget(self.stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 3, 0, 3)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.line)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._show)
        works.changed.connect(self._follow)
        self.hide()
        self._follow()

    def _follow(self) -> None:
        if not self._works.pieces:
            self._delay.stop()
            self.hide()
        elif self.isHidden():
            if not self._delay.isActive():
                self._delay.start()
        else:
            self._show()

    def _show(self) -> None:
        if not self._works.pieces:
            return
        piece = self._works.pieces[0]
        self.text.setText(piece.text)
        self.setAccessibleName(piece.text)
        self.share.setVisible(piece.share is not None)
        share = piece.share or 0.0
        self.share.setText(self.tr("{percent} %").format(percent=round(share * 100)))
        if piece.share is None:
            self.line.set_busy()
        else:
            self.line.set_progress(round(share * STEPS), STEPS)
        self.show()

    def _cancel(self) -> None:
        if self._works.pieces:
            self._works.pieces[0].work.cancel()
