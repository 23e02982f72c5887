"""What the state says, shown: passing messages over the picture's corner, questions in their own line."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.panels.question_bar import QuestionBar
from desktop.state.jobs import WAITING
from desktop.state.messages import Messages, Offer
from desktop.widgets.toast import Toast, Toasts

QUESTIONS = (WAITING,)
"""Topics that wait for an answer instead of passing."""


class MessageBoard(QObject):
    """Lives as long as the window's content; a question that is still open moves to the next one."""

    def __init__(self, messages: Messages, over: QWidget, bar: QuestionBar) -> None:
        super().__init__(over)
        self._toasts = Toasts(over)
        self._bar = bar
        self._offered: dict[str, Toast] = {}
        self.question: Offer | None = None
        messages.said.connect(self._say)
        messages.offered.connect(self._offer)
        messages.withdrawn.connect(self._withdraw)
        bar.dismissed.connect(self._forget_question)

    def speak_over(self, widget: QWidget) -> None:
        """What is said from now on appears over `widget`."""
        self._toasts = Toasts(widget)

    def ask(self, offer: Offer | None) -> None:
        self.question = offer
        self._bar.ask(offer)

    def _say(self, level: str, text: str) -> None:
        self._toasts.show(text, level)

    def _offer(self, offer: Offer) -> None:
        if offer.topic in QUESTIONS:
            self.ask(offer)
            return
        self._withdraw(offer.topic)
        toast = self._toasts.show(offer.text, str(offer.level), offer.action_text, offer.action)
        if offer.topic:
            self._offered[offer.topic] = toast
            toast.closed.connect(lambda: self._offered.pop(offer.topic, None))

    def _withdraw(self, topic: str) -> None:
        if self.question is not None and self.question.topic == topic:
            self.ask(None)
        toast = self._offered.pop(topic, None)
        if toast is not None:
            toast.close_soon()

    def _forget_question(self) -> None:
        self.question = None
