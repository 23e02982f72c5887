"""Between the wish to close and the end: what the artist counts on is finished in sight, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.state.long_work import LongWork
from desktop.state.messages import Level, Offer

if TYPE_CHECKING:
    from desktop.state.studio import Studio

CLOSING = "closing"
"""The topic of what is said while the window waits."""


class Ending(QObject):
    """Files that are being written, and long work on the document. What is only read waits for nobody."""

    may_close = Signal()
    """What was waited for is done or given up."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._is_wanted = False
        self._is_hurried = False
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._go_on)
        for changed in (studio.working.changed, studio.exporting.changed):
            changed.connect(self._later.start)  # what is done may be followed by what waited in line for it

    def ask(self) -> bool:
        """Whether everything may end now; else `may_close` follows, unless the artist stays."""
        self._is_wanted = bool(self._owed()) and not self._is_hurried
        self._say()
        return not self._is_wanted

    def hurry(self) -> None:
        """Give up what is waited for: files stay as they were, and the document as it was before."""
        self._is_hurried = True
        for piece in self._pieces():
            piece.work.cancel()
        self._studio.exporting.cancel()
        for pool in (self._studio.background, self._studio.looking):
            pool.hurry()
        self._end()

    def _pieces(self) -> list[LongWork]:
        return [piece for piece in self._studio.working.pieces if piece.is_owed]

    def _owed(self) -> str:
        """What is waited for, in words; empty where that is nothing."""
        if pieces := self._pieces():
            return pieces[0].text
        return self.tr("Exporting pictures") if self._studio.exporting.work is not None else ""

    def _say(self) -> None:
        if not self._is_wanted:
            return
        text = self.tr("{work}. Lienzo closes when that is done; closed at once, all else is kept.")
        self._studio.messages.ask(
            Offer(
                Level.INFO,
                text.format(work=self._owed()),
                self.tr("Close at once"),
                self.hurry,
                CLOSING,
                later_text=self.tr("Stay open"),
                later=self._stay,
            )
        )

    def _go_on(self) -> None:
        if self._is_wanted and not self._owed():
            self._end()

    def _end(self) -> None:
        self._stay()
        self.may_close.emit()

    def _stay(self) -> None:
        self._is_wanted = False
        self._studio.messages.withdraw(CLOSING)
