"""The one way for a message to reach the artist: said beside the picture, never in its way."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

log = logging.getLogger("app")


class Level(enum.StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, eq=False)
class Offer:
    """A message with one thing to do about it, e.g. "3 jobs are waiting." and "Run on"."""

    level: Level
    text: str
    action_text: str
    action: Callable[[], object]
    topic: str = ""
    """A later offer of the same topic takes this one's place; see `Messages.withdrawn`."""
    other_text: str = ""
    other: Callable[[], object] | None = None
    """A second thing that one can do; shown where the topic waits for an answer."""
    later_text: str = ""
    later: Callable[[], object] | None = None
    """What *Not now* does and is called, where it does anything."""


class Messages(QObject):
    """Says things; who shows them connects to the signals. The text is plain text, already translated."""

    said = Signal(str, str, str)
    """Level, text and topic. Messages with an action come through `offered` instead."""
    offered = Signal(object)
    """An `Offer`: show the text with a button that calls `action`."""
    withdrawn = Signal(str)
    """What was said or offered of this topic is no longer true (somebody acted, and it went well)."""

    def info(self, text: str) -> None:
        self._say(Level.INFO, text)

    def warning(self, text: str) -> None:
        self._say(Level.WARNING, text)

    def error(self, text: str, topic: str = "") -> None:
        """It stays until it is closed, or withdrawn with its `topic`, of which there is but one message."""
        self._say(Level.ERROR, text, topic)

    def offer(
        self,
        level: Level,
        text: str,
        action_text: str,
        action: Callable[[], object],
        topic: str = "",
        other_text: str = "",
        other: Callable[[], object] | None = None,
    ) -> None:
        self.ask(Offer(level, text, action_text, action, topic, other_text, other))

    def ask(self, offer: Offer) -> None:
        log.info("offered (%s): %s [%s]", offer.level, offer.text, offer.action_text)
        self.offered.emit(offer)

    def withdraw(self, topic: str) -> None:
        self.withdrawn.emit(topic)

    def _say(self, level: Level, text: str, topic: str = "") -> None:
        # info: what is logged as a warning is a fault of the app, and the tests treat it so
        log.info("said (%s): %s", level, text)
        self.said.emit(str(level), text, topic)
