"""What can be called by name while a prompt is typed: a list under the cursor that never takes the keys away.

It opens at `<lora:` and at the beginning of a name or word that is known, follows what is typed, and is taken
with Enter or Tab. Esc closes it, and nothing else; typing on as if it were not there is always right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QPlainTextEdit

from engine.api.learnt import word_pattern

FEWEST_LETTERS = 2
"""Of a word, before anything is offered."""
MOST_ROWS = 7
WIDEST_PX = 360
NAMING = re.compile(r"<lora:(?P<typed>[^<>:\n]*)$", re.IGNORECASE)
WORD = re.compile(r"(?<![\w-])(?P<typed>\w[\w-]*)$")
GOES_ON = re.compile(r"[\w:>-]")
KEYS_OF_THE_LIST = (
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape,
)  # fmt: skip
"""Left to the list while it is open."""


@dataclass(frozen=True)
class Offer:
    """Something that a prompt can call."""

    name: str
    label: str
    """How the list shows it."""
    word: str = ""
    """What the model knows it by; stands in the prompt beside a LoRA's name."""
    is_lora: bool = True
    """Named as `<lora:name:1>`; else its word is all that is written."""

    @property
    def can_be_written(self) -> bool:
        return not self.is_lora or not set(self.name) & set("<>:\n")


@dataclass(frozen=True)
class Begun:
    """What stands before the cursor, and where it begins."""

    start: int
    typed: str
    is_naming: bool
    """After `<lora:`."""


def begun(text: str, at: int) -> Begun | None:
    """What is being typed at character `at` of `text`; None in the middle of a word or of nothing known."""
    if at < len(text) and GOES_ON.match(text[at]):
        return None
    if found := NAMING.search(text, 0, at):
        return Begun(found.start(), found["typed"].strip(), True)
    found = WORD.search(text, 0, at)
    long_enough = found is not None and len(found["typed"]) >= FEWEST_LETTERS
    return Begun(found.start(), found["typed"], False) if found is not None and long_enough else None


def matching(offers: Sequence[Offer], what: Begun) -> list[Offer]:
    """Those that `what` may be the beginning of, by name or word; after `<lora:` any part of a name does."""
    typed = what.typed.casefold()

    def fits(offer: Offer) -> bool:
        names = [offer.name.casefold(), offer.word.casefold()]
        if what.is_naming:
            return offer.is_lora and any(typed in name for name in names)
        return any(name.startswith(typed) for name in names)

    return [offer for offer in offers if offer.can_be_written and fits(offer)]


def written(offer: Offer, text: str, what: Begun, at: int) -> str:
    """What takes the place of `text[what.start:at]`: a LoRA's name, with its word where that is missing."""
    if not offer.is_lora:
        return offer.word
    mark = f"<lora:{offer.name}:1>"
    rest = f"{text[: what.start]}\n{text[at:]}"
    has_word = not offer.word or word_pattern(offer.word).search(rest) is not None
    return mark if has_word else f"{offer.word} {mark}"


class PromptCompletion(QObject):
    """The list of one editor. Tell it that something was typed by `follow`."""

    chosen = Signal(int, int, str)
    """Characters from, to, and what is to stand there."""

    def __init__(self, editor: QPlainTextEdit, name: str) -> None:
        """`name`: what a screen reader calls the list."""
        super().__init__(editor)
        self.offers: tuple[Offer, ...] = ()
        self._editor, self._begun, self._at = editor, Begun(0, "", False), 0
        self._shown: list[Offer] = []
        self._items = QStandardItemModel(self)
        self.completer = QCompleter(self._items, self)
        self.completer.setWidget(editor)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setMaxVisibleItems(MOST_ROWS)
        self.popup.setAccessibleName(name)
        self.completer.activated[QModelIndex].connect(self._take)  # pyright: ignore[reportIndexIssue]

    @property
    def popup(self) -> QAbstractItemView:
        popup = self.completer.popup()
        assert popup is not None  # it is made when it is asked for
        return popup

    @property
    def is_open(self) -> bool:
        return self.popup.isVisible()

    def follow(self, text: str, at: int) -> None:
        """`text` was typed, the cursor is at character `at`: show what it may become, or nothing."""
        what = begun(text, at)
        found = matching(self.offers, what) if what is not None else []
        if what is None or not found:
            self.close()
            return
        self._begun, self._at = what, at
        if found != self._shown or not self.is_open:
            self._shown = found
            self._items.clear()
            for offer in found:
                item = QStandardItem(offer.label)
                item.setEditable(False)
                self._items.appendRow(item)
        self._open()

    def close(self) -> None:
        self.popup.hide()

    def _open(self) -> None:
        popup, place = self.popup, self._editor.cursorRect()
        beside = 2 * popup.frameWidth() + popup.verticalScrollBar().sizeHint().width()
        place.setWidth(min(popup.sizeHintForColumn(0) + beside, WIDEST_PX))
        place.translate(self._editor.viewport().pos())
        self.completer.complete(place)
        popup.setCurrentIndex(self.completer.completionModel().index(0, 0))

    def _take(self, index: QModelIndex) -> None:
        offer = self._shown[index.row()]
        text = self._editor.toPlainText()
        self.chosen.emit(self._begun.start, self._at, written(offer, text, self._begun, self._at))
