"""What can be called by name while a prompt is typed: a list under the cursor that never takes the keys away.

It opens at `<lora:`, at `__` and at the beginning of a name, word or tag that is known, follows what is
typed, and is taken with Enter or Tab. Esc closes it, and nothing else; typing on as if it were not there is
always right.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QPlainTextEdit

from engine.api.learnt import word_pattern

LONGEST_BEGUN = 400
"""Characters before the cursor that may be what is being typed."""
FEWEST_LETTERS = 2
"""Of a word, before anything is offered."""
MOST_ROWS = 7
WIDEST_PX = 360
NAMING = re.compile(r"<lora:(?P<typed>[^<>:\n]*)$", re.IGNORECASE)
LISTING = re.compile(r"(?<![\w\\])__(?P<typed>[\w*?/.-]*)$")
PHRASE = re.compile(r"(?:^|[,()\[\]{}|:\n])[ \t]*(?P<typed>[^,()\[\]{}|:\n]{2,60})$")
"""Tags are of several words, and stand between commas."""
WORD = re.compile(r"(?<![\w-])(?P<typed>\w[\w-]*)$")
GOES_ON = re.compile(r"[\w:>-]")
KEYS_OF_THE_LIST = (
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape,
)  # fmt: skip
"""Left to the list while it is open."""


class Calls(enum.Enum):
    """How something is called."""

    LORA = "lora"
    """Named as `<lora:name:1>`."""
    WORD = "word"
    """Its word is all that is written."""
    LIST = "list"
    """Drawn from by `__name__`."""
    TAG = "tag"
    """A phrase between commas."""


@dataclass(frozen=True)
class Offer:
    """Something that a prompt can call."""

    name: str
    label: str
    """How the list shows it."""
    word: str = ""
    """What the model knows it by; stands in the prompt beside a LoRA's name."""
    by: Calls = Calls.LORA

    @property
    def can_be_written(self) -> bool:
        return self.by is not Calls.LORA or not set(self.name) & set("<>:\n")


TagsBeginning = Callable[[str], Sequence[Offer]]
"""A phrase to the tags that it may be the beginning of, the best first."""


@dataclass(frozen=True)
class Begun:
    """What stands before the cursor, and where it begins."""

    start: int
    typed: str
    by: Calls
    """LORA after `<lora:`, LIST after `__`, TAG of a phrase, WORD of anything else."""


def begun(text: str, at: int) -> Begun | None:
    """What is being typed at character `at` of `text`; None in the middle of a word or of nothing known."""
    if at < len(text) and GOES_ON.match(text[at]):
        return None
    near = max(0, at - LONGEST_BEGUN)
    if found := NAMING.search(text, near, at):
        return Begun(found.start(), found["typed"].strip(), Calls.LORA)
    if found := LISTING.search(text, near, at):
        return Begun(found.start(), found["typed"], Calls.LIST)
    found = WORD.search(text, near, at)
    long_enough = found is not None and len(found["typed"]) >= FEWEST_LETTERS
    return Begun(found.start(), found["typed"], Calls.WORD) if found is not None and long_enough else None


def phrase_begun(text: str, at: int) -> Begun | None:
    """The phrase that is being typed at character `at`, from its comma on."""
    if at < len(text) and GOES_ON.match(text[at]):
        return None
    found = PHRASE.search(text, max(0, at - 80), at)
    return Begun(found.start("typed"), found["typed"], Calls.TAG) if found is not None else None


def matching(offers: Sequence[Offer], what: Begun) -> list[Offer]:
    """Those that `what` may be the beginning of, by name or word; after `<lora:` and `__` any part does."""
    typed = what.typed.casefold()

    def fits(offer: Offer) -> bool:
        names = [offer.name.casefold(), offer.word.casefold()]
        if what.by is not Calls.WORD:
            return offer.by is what.by and any(typed in name for name in names)
        return offer.by is not Calls.LIST and any(name.startswith(typed) for name in names)

    return [offer for offer in offers if offer.can_be_written and fits(offer)]


def written(offer: Offer, text: str, what: Begun, at: int) -> str:
    """What takes the place of `text[what.start:at]`: a LoRA's name, with its word where that is missing."""
    if offer.by is not Calls.LORA:
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
        self.tags_beginning: TagsBeginning = lambda phrase: ()
        self._editor, self._at = editor, 0
        self._shown: list[tuple[Offer, Begun]] = []
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
        found = [(offer, what) for offer in matching(self.offers, what)] if what is not None else []
        phrase = phrase_begun(text, at) if what is None or what.by is Calls.WORD else None
        if phrase is not None:
            found += [(tag, phrase) for tag in self.tags_beginning(phrase.typed)]
        if not found:
            self.close()
            return
        self._at = at
        if found != self._shown or not self.is_open:
            self._shown = found
            self._items.clear()
            for offer, _ in found:
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
        offer, begun = self._shown[index.row()]
        text = self._editor.toPlainText()
        self.chosen.emit(begun.start, self._at, written(offer, text, begun, self._at))
