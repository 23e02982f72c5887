"""A question that waits for its answer without stopping anybody."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop.state.messages import Offer
from desktop.widgets.focus_back import FocusBack
from desktop.widgets.label import Label


class QuestionBar(QFrame):
    """One line under the top bar: the question, what one can do, and Not now."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self._offer: Offer | None = None
        self._focus = FocusBack(self)
        self.text = Label()
        self.answer = QPushButton(self.tr("Answer"))
        self.answer.setProperty("role", "main")
        self.answer.clicked.connect(self._do)
        self.other = QPushButton(self.tr("Something else"))
        self.other.clicked.connect(self._do_other)
        self.later = QPushButton(self.tr("Not now"))
        self.later.clicked.connect(self._do_later)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 12, 6)
        layout.setSpacing(8)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.answer)
        layout.addWidget(self.other)
        layout.addWidget(self.later)
        self.hide()

    def ask(self, offer: Offer | None) -> None:
        """Show `offer` until it is answered or withdrawn; None takes it away."""
        self._offer = offer
        if offer is None:
            self._focus.give_back()
        self.setVisible(offer is not None)
        if offer is not None:
            self.text.setText(offer.text)
            self.answer.setText(offer.action_text)
            self.other.setText(offer.other_text)
            self.other.setVisible(offer.other is not None)
            self.later.setText(offer.later_text or self.tr("Not now"))
            self.setAccessibleName(offer.text)

    def _do(self) -> None:
        offer = self._offer
        self._dismiss()
        if offer is not None:
            offer.action()

    def _do_other(self) -> None:
        offer = self._offer
        self._dismiss()
        if offer is not None and offer.other is not None:
            offer.other()

    def _do_later(self) -> None:
        offer = self._offer
        self._dismiss()
        if offer is not None and offer.later is not None:
            offer.later()

    def _dismiss(self) -> None:
        self.ask(None)
        self.dismissed.emit()
