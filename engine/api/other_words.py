"""Words that a model never learnt, read as words that it knows: "a hound" as "a dog".

A model folder may hold a table of them (`engine.models.words.other_words`). What was typed stays as it is;
only what the model reads changes, and the request says which words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from engine.api.form import Json
from engine.api.prompt import lora_marks

MOST_WORDS = 4
"""Of one entry of a table."""
MOST_READ_AS = 256
"""Of one request; words beyond are read as they stand."""
INDEFINITE = frozenset(("a", "an", "un", "una", "unos", "unas"))
DEFINITE = {"un": "el", "una": "la", "unos": "los", "unas": "las"}
"""Spanish has gender and number there as well; English has none."""
SPANISH_DEFINITE = frozenset(DEFINITE.values())
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True)
class ReadAs:
    """A word or a few, and what the model reads in their place."""

    typed: str
    """In lower case, with single spaces: "hound", "sea turtle"."""
    drawn: str
    """With its article where it has one: "a dog", "dogs", "una tortuga"."""
    extra: Mapping[str, Json] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """Without the article, as one would say it: "dog"."""
        return _without_article(self.drawn)


@dataclass(frozen=True)
class OtherWord:
    """Where in a prompt a word is that is read as another: `prompt[start:end]`."""

    start: int
    end: int
    read_as: ReadAs
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What is drawn in other languages, by their codes, with its article."""

    def name_in(self, language: str) -> str:
        """As one would say it there; as it is drawn where that is not known."""
        return _without_article(self.names.get(language, self.read_as.drawn))


Names = Mapping[str, Mapping[str, str]]
"""By a language's code: what is drawn to what it is called there, both with their articles."""


def other_words(prompt: str, table: Mapping[str, str], names: Names | None = None) -> tuple[OtherWord, ...]:
    """The words of `prompt` that stand in `table` (typed to drawn), in order; the longest of a place counts.

    Names of LoRAs (`<lora:hound:1>`) are no words.
    """
    found = tuple(_found(prompt, table)) if table else ()
    if not names:
        return found
    return tuple(replace(word, names=_called(word.read_as.drawn, names)) for word in found)


def read_as_of(
    prompts: Iterable[str], table: Mapping[str, str], learnt: Sequence[str] = ()
) -> tuple[ReadAs, ...]:
    """What of `prompts` is read as another word, each once; `learnt` words mean what they were taught as."""
    left_out = {word.casefold() for word in learnt}
    known = {typed: drawn for typed, drawn in table.items() if typed not in left_out}
    found = dict.fromkeys(place.read_as for prompt in prompts for place in other_words(prompt, known))
    return tuple(found)[:MOST_READ_AS]


def as_read(prompt: str, read_as: Sequence[ReadAs]) -> str:
    """`prompt` as the model reads it; an article before such a word follows it ("un sabueso", "a hound")."""
    table = {each.typed: each.drawn for each in read_as}
    pieces, at = [], 0
    for place in other_words(prompt, table):
        before = prompt[at : place.start]
        article = re.search(r"(?<![\w'’-])(\w+)\s+$", before)
        drawn = place.read_as.drawn
        if article and (fitting := _article_for(article[1], drawn)) is not None:
            before = f"{before[: article.start()]}{fitting}{before[article.end(1) :]}"
        pieces += [before, place.read_as.name]
        at = place.end
    return "".join([*pieces, prompt[at:]])


def said_of(read_as: Sequence[ReadAs] | None, called: Mapping[str, str] | None = None) -> str:
    """`hound: dog, plane: airplane`. `called`: what is drawn to what it is called in another language."""
    known = called or {}
    return ", ".join(
        f"{each.typed}: {_without_article(known.get(each.drawn, each.drawn))}" for each in read_as or ()
    )


def _called(drawn: str, names: Names) -> dict[str, str]:
    return {language: called[drawn] for language, called in names.items() if drawn in called}


def _found(prompt: str, table: Mapping[str, str]) -> Iterator[OtherWord]:
    names = [(mark.start, mark.end) for mark in lora_marks(prompt)]
    words = [
        word for word in _WORD.finditer(prompt)
        if not any(start <= word.start() < end for start, end in names)
    ]  # fmt: skip
    index = 0
    while index < len(words):
        for count in range(min(MOST_WORDS, len(words) - index), 0, -1):
            some = words[index : index + count]
            typed = " ".join(word[0].lower() for word in some)
            if typed in table and _is_one_phrase(prompt, some):
                yield OtherWord(some[0].start(), some[-1].end(), ReadAs(typed, table[typed]))
                index += count - 1
                break
        index += 1


def _is_one_phrase(prompt: str, words: Sequence[re.Match[str]]) -> bool:
    """Nothing but spaces between them: "sea, turtle" is no sea turtle."""
    gaps = (prompt[one.end() : other.start()] for one, other in pairwise(words))
    return all(gap.isspace() for gap in gaps)


def _without_article(drawn: str) -> str:
    first, _, rest = drawn.partition(" ")
    return rest if rest and first in INDEFINITE else drawn


def _article_for(typed: str, drawn: str) -> str | None:
    """The article for `drawn` in place of the one that was typed; None where that may stay."""
    own = drawn.partition(" ")[0]
    if own not in INDEFINITE or own == drawn:
        return None
    if typed.lower() in INDEFINITE:
        return own
    return DEFINITE.get(own) if typed.lower() in SPANISH_DEFINITE else None
