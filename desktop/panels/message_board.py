"""What the state says, shown: passing messages over the picture's corner, questions in their own line."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.panels.question_bar import QuestionBar
from desktop.state.ending import CLOSING
from desktop.state.jobs import WAITING
from desktop.state.messages import Messages, Offer
from desktop.state.sheets import INCOMPLETE
from desktop.widgets.toast import Toast, Toasts

QUESTIONS = (CLOSING, WAITING, INCOMPLETE)
"""Topics that wait for an answer instead of passing."""


class MessageBoard(QObject):
    """Lives as long as the window's content; a question that is still open moves to the next one."""

    def __init__(self, messages: Messages, over: QWidget, bar: QuestionBar) -> None:
        super().__init__(over)
        self._toasts = Toasts(over)
        self._bar = bar
        self._shown: dict[str, Toast] = {}
        """By topic, where a message has one."""
        self.question: Offer | None = None
        self._next: list[Offer] = []
        """Questions that are asked when this one is answered."""
        messages.said.connect(self._say)
        messages.offered.connect(self._offer)
        messages.withdrawn.connect(self._withdraw)
        bar.dismissed.connect(self._ask_next)

    def speak_over(self, widget: QWidget) -> None:
        """What is said from now on appears over `widget`."""
        self._toasts = Toasts(widget)

    def ask(self, offer: Offer | None) -> None:
        self.question = offer
        self._bar.ask(offer)

    def _say(self, level: str, text: str, topic: str) -> None:
        self._withdraw(topic)
        self._keep(topic, self._toasts.show(text, level))

    def _offer(self, offer: Offer) -> None:
        if offer.topic in QUESTIONS:
            self._ask_in_turn(offer)
            return
        self._withdraw(offer.topic)
        toast = self._toasts.show(offer.text, str(offer.level), offer.action_text, offer.action)
        self._keep(offer.topic, toast)

    def _keep(self, topic: str, toast: Toast) -> None:
        """Where it can be withdrawn, until it goes."""
        if not topic:
            return

        def forget() -> None:
            if self._shown.get(topic) is toast:  # one that fades may go after the next one of its topic came
                del self._shown[topic]

        self._shown[topic] = toast
        toast.closed.connect(forget)

    def _ask_in_turn(self, offer: Offer) -> None:
        self._next = [other for other in self._next if other.topic != offer.topic]
        if self.question is None or self.question.topic == offer.topic:
            self.ask(offer)
        elif offer.topic == CLOSING:  # the others can wait for the next start
            self._next.insert(0, self.question)
            self.ask(offer)
        else:
            self._next.append(offer)

    def _withdraw(self, topic: str) -> None:
        self._next = [offer for offer in self._next if offer.topic != topic]
        if self.question is not None and self.question.topic == topic:
            self._ask_next()
        toast = self._shown.pop(topic, None)
        if toast is not None:
            toast.close_soon()

    def _ask_next(self) -> None:
        self.ask(self._next.pop(0) if self._next else None)
