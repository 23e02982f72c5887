"""How the present model reads one text: its tokens, and its words that are read as others."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from desktop.bridge.background import Background
from engine.api.errors import EngineError
from engine.api.model_info import ModelInfo
from engine.api.other_words import OtherWord, other_words
from engine.api.wording import Style, put_around

if TYPE_CHECKING:
    from engine.models.words.tokens import TokenCount

log = logging.getLogger("app")

REST_MS = 120
"""Typing rests this long before the tokens are counted."""

Learnt = tuple[tuple[str, int], ...]
"""Learnt words, each with the number of its vectors."""
Asked = tuple[ModelInfo, str, Learnt, tuple[Style, ...]]


class Reading(QObject):
    """What was found of the text that was asked for last; a newer one is never overtaken."""

    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count: TokenCount | None = None
        """None while not counted yet, and where the model's tokenizer cannot be read."""
        self.other_words: tuple[OtherWord, ...] = ()
        """Where words are that the model never learnt, and what it draws for them."""
        self._background = background
        self._asked: Asked | None = None
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._read)
        background.destroyed.connect(self._resting.stop)  # at the end an editor may outlive it

    def ask(self, info: ModelInfo, text: str, learnt: Learnt = (), around: tuple[Style, ...] = ()) -> None:
        """Read `text`, a moment later. `learnt` words mean what they were taught as; the words of the styles
        `around` it are read with it."""
        self._asked = (info, text, learnt, around)
        self._resting.start()

    def _read(self) -> None:
        asked = self._asked
        if asked is None:
            return

        def take(found: tuple[TokenCount | None, tuple[OtherWord, ...]]) -> None:
            if isValid(self) and self._asked == asked:  # else it is gone, or counted again soon
                self.count, self.other_words = found
                self.changed.emit()

        self._background.run(read, *asked, done=take)


def read(
    info: ModelInfo, text: str, learnt: Learnt, around: tuple[Style, ...] = ()
) -> tuple[TokenCount | None, tuple[OtherWord, ...]]:
    """The tokens of `text`, and its words that `info` reads as others. For the disk pool."""
    return count(info, text, learnt, around), unlearnt(info, text, tuple(word for word, _ in learnt))


def unlearnt(info: ModelInfo, text: str, taught: tuple[str, ...] = ()) -> tuple[OtherWord, ...]:
    """The words of `text` that `info` never learnt but has another word for; `taught` ones are no such."""
    from engine.models.words.other_words import (  # read with the first count, not with the window
        names_of,
        table_of,
    )

    try:
        table, names = table_of(info), names_of(info)
    except EngineError as error:
        log.warning("%s", error)
        return ()
    known = {typed: drawn for typed, drawn in table.items() if typed not in map(str.casefold, taught)}
    return other_words(text, known, names)


def count(
    info: ModelInfo, text: str, learnt: Learnt = (), around: tuple[Style, ...] = ()
) -> TokenCount | None:
    """How much of `text` the model reads, with the words `around` it; the places are those of `text`.

    None where its tokenizer cannot be read. For the disk pool.
    """
    # the tokenizers package is loaded with the first count, not with the window
    from engine.models.words.tokens import count_tokens

    whole, moved = put_around(around, text)
    try:
        counted = count_tokens(info, whole, dict(learnt))
    except EngineError:
        return None  # a model without a readable tokenizer says so when it is loaded
    if not around:
        return counted
    cut = counted.cut_at
    return replace(
        counted,
        cut_at=None if cut is None else min(max(cut - moved, 0), len(text)),
        chunk_starts=tuple(at - moved for at in counted.chunk_starts if 0 < at - moved < len(text)),
    )
