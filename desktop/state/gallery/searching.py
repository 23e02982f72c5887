"""What is asked and what was found: the newest question wins; what cannot be asked is answered in words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.state.gallery.arranging import Arranged, Grouping, arrange, day_titles
from desktop.state.observable import Field, Observable
from engine.api.errors import EngineError
from engine.api.images import Pixels

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.facets import Value
    from engine.library.index.record import PictureRecord
    from engine.library.index.search import Found

translate = QCoreApplication.translate
FIRST_SCREEN = 100
"""Pictures of which all is told with the answer, so that what is seen first need not be asked for again."""
TYPING_MS = 120
"""After a key: fast typists are not answered letter by letter."""
NOTHING = Arranged()
Facets = Mapping[str, Sequence["Value"]]


@dataclass(frozen=True, eq=False)
class Like:
    """What the pictures should look like."""

    name: str = ""
    """Of what they are like, for people; empty for near-duplicates of each other."""
    ids: tuple[int, ...] = ()
    pixels: Pixels | None = None
    """Of a picture that need not be in the library."""


@dataclass(frozen=True)
class Ask:
    """One question, whole."""

    text: str
    order: str
    grouping: Grouping
    is_stacked: bool
    open_stacks: frozenset[int]
    like: Like | None = None
    by_meaning: bool = False
    today: datetime.date = field(default_factory=datetime.date.today)
    """By which some titles are worded."""


@dataclass(frozen=True, eq=False)
class Answer:
    asked: Ask
    generation: int
    """Of the index: with another one every id means another picture."""
    found: Found
    arranged: Arranged
    first: list[PictureRecord]
    """What is known of the first that are shown."""


class Searching(Observable):
    """Widgets set the fields; `found_changed` and `facets_changed` follow."""

    text = Field("")
    """In the index's language: `seed:42 model:sdxl rating:>=4 -beagle`. Facets are terms in it."""
    order = Field("newest")
    """Of `engine.library.index.ordering.Order`."""
    grouping = Field(Grouping.DAY, Grouping)
    is_stacked = Field(False)
    open_stacks: Field[frozenset[int]] = Field(frozenset())
    like: Field[Like | None] = Field(None)
    """What the pictures should look like; within what the text asks for."""
    by_meaning = Field(False)
    """Words of the text are a sentence whose meaning is looked for; its fields narrow the search as ever."""
    error: Field[EngineError | None] = Field(None)
    """Why the text was not understood; what was found before is still shown."""

    replaced = Signal()
    """The index was made anew, by whomever: ids of before mean other pictures, or none."""
    told = Signal(object)
    """Records of pictures that were just found, before `found_changed`."""
    found_changed = Signal()
    facets_changed = Signal()

    def __init__(self, reading: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.arranged = NOTHING
        self.facets: Facets = {}
        self.is_answered = False
        """Anything was found yet, if only nothing."""
        self._reading = reading
        self._catalogue: Catalogue | None = None
        self._newest = 0
        self._last: Answer | None = None
        self._asking = QTimer(self, singleShot=True)
        self._asking.timeout.connect(self.ask)
        self.changed.connect(self._on_changed)

    def use(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.ask()

    def close(self) -> None:
        """Nothing is asked any more."""
        self._asking.stop()
        self._catalogue = None

    def recall(self, kept: Mapping[str, object]) -> None:
        """Order, groups and stacks as they were left; what is odd is passed over."""
        orders = ("newest", "oldest", "name", "rating", "model", "prompt", "largest", "seed")
        if kept.get("order") in orders:
            self.order = str(kept["order"])
        if kept.get("grouping") in tuple(Grouping):
            self.grouping = Grouping(str(kept["grouping"]))
        self.is_stacked = bool(kept.get("stacked", False))

    def ask_soon(self) -> None:
        """Something in the index changed; many changes are asked about once."""
        if self._catalogue is not None and not self._asking.isActive():
            self._asking.start(TYPING_MS)

    def ask(self) -> None:
        """Search now, in the thread; an older question that still waits is passed over."""
        catalogue = self._catalogue
        if catalogue is None:
            return
        self._asking.stop()
        self._newest += 1
        number, asked = self._newest, self._question()
        self._reading.run(
            lambda: answer(catalogue, asked, self._last) if number == self._newest else None,
            done=lambda told: self._take(number, told),
            failed=lambda error: self._take_error(number, error),
        )

    def toggle_stack(self, id: int) -> None:
        """Spread out the stack below picture `id`, or gather it."""
        number = self.arranged.stack_of.get(id)
        if number is not None:
            self.open_stacks = self.open_stacks ^ {number}

    def toggle_term(self, term: str) -> None:
        """Add `term` to the text, or take it out."""
        # the index is loaded by now; at the window's start it was not
        from engine.library.index.query import toggled

        self.text = toggled(self.text, term)
        self.ask()

    def term(self, field: str, value: str) -> str:
        """How one asks for exactly this."""
        from engine.library.index.query import term_text

        return term_text(field, value)

    def replace_term(self, field: str, value: str, by: str) -> None:
        """Where the text asks for this, it asks for `by`; for nothing of the kind where that is empty."""
        from engine.library.index.query import replaced

        term = self.term(field, value)
        text = replaced(self.text, term, self.term(field, by) if by else "")
        if text != self.text:
            self.text = " ".join(text.split())
            self.ask()

    def has_term(self, term: str) -> bool:
        return f" {term} " in f" {self.text} "

    def _question(self) -> Ask:
        return Ask(
            self.text,
            self.order,
            self.grouping,
            self.is_stacked,
            self.open_stacks,
            self.like,
            self.by_meaning,
        )

    def _on_changed(self, field: str) -> None:
        if field == "text":
            self._asking.start(TYPING_MS)
        elif field != "error":
            self.ask()

    def _take(self, number: int, told: Answer | None) -> None:
        if told is None or number != self._newest:
            return
        self.error = None
        self.is_answered = True
        if told is self._last:
            return
        if self._last is not None and self._last.generation != told.generation:
            self.replaced.emit()
        self._last = told
        self.arranged = told.arranged
        self.told.emit(told.first)
        self.found_changed.emit()
        self._ask_facets(number, told.found)

    def _ask_facets(self, number: int, found: Found) -> None:
        """After the pictures, which are waited for more."""
        catalogue = self._catalogue
        if catalogue is None:
            return
        self._reading.run(
            lambda: catalogue.facets(found) if number == self._newest else None,
            done=self._take_facets,
            failed=lambda error: self._take_error(number, error),
        )

    def _take_facets(self, facets: Facets | None) -> None:
        if facets is not None:
            self.facets = facets
            self.facets_changed.emit()

    def _take_error(self, number: int, error: Exception) -> None:
        if number != self._newest:
            return
        if not isinstance(error, EngineError):
            raise error
        self.error = error


def answer(catalogue: Catalogue, asked: Ask, last: Answer | None = None) -> Answer:
    """For the thread; `last` itself where nothing changed since. Raises `EngineError`."""
    # numpy and SQLite come with the first gallery, not with the window
    from engine.library.index.ordering import Order
    from engine.library.index.query import split_sentence

    order = Order(asked.order)
    groups: Sequence[str] | None = None
    if asked.like is not None and not asked.like.name:
        found, groups = _duplicates(catalogue, asked.text)
    elif asked.like is not None:
        found = _alike(catalogue, asked.like, asked.text)
    elif asked.by_meaning and asked.text.strip():
        sentence, rest = split_sentence(asked.text)
        found = catalogue.likeness.by_meaning(sentence, rest) if sentence else catalogue.search(rest, order)
    else:
        found = catalogue.search(asked.text, order, is_typing=True)
        if last is not None and last.asked == asked and last.found.columns is found.columns:
            return last
        groups = _groups(catalogue, found, asked.grouping)
    arranged = arrange(
        found.ids,
        found.column("width").astype(np.int64),
        found.column("height").astype(np.int64),
        groups,
        found.column("stack") if asked.is_stacked else None,
        asked.open_stacks,
    )
    first = catalogue.records(arranged.ids[:FIRST_SCREEN])
    return Answer(asked, catalogue.generation, found, arranged, first)


def _alike(catalogue: Catalogue, like: Like, text: str) -> Found:
    if like.pixels is not None:
        return catalogue.likeness.like_pixels(like.pixels, text)
    return catalogue.likeness.like(like.ids, text)


def _duplicates(catalogue: Catalogue, text: str) -> tuple[Found, list[str]]:
    """Pictures that are nearly the same as another one, in a group each."""
    number_of: dict[int, int] = {}
    for number, ids in enumerate(catalogue.likeness.near_duplicates(), 1):
        number_of.update(dict.fromkeys(ids, number))
    found = catalogue.search(text)
    is_one = np.isin(found.ids, np.array(list(number_of), np.int64))
    found = replace(found, rows=found.rows[is_one])
    title = translate("Gallery", "Alike, group {number}")
    return found, [title.format(number=number_of[id]) for id in found.ids.tolist()]


def _groups(catalogue: Catalogue, found: Found, grouping: Grouping) -> Sequence[str] | None:
    match grouping:
        case Grouping.DAY:
            return day_titles(found.column("date"))
        case Grouping.MODEL:
            nothing = translate("Gallery", "No model")
            return [name or nothing for name in found.names("model")]
        case Grouping.PROMPT:
            nothing = translate("Gallery", "No prompt")
            return [text or nothing for text in catalogue.texts(found, "prompt")]
    return None
