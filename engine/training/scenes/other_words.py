"""The table of words that a model never learnt, for `words.json` in its folder: kinds of what it draws.

English comes from WordNet: every noun below a concept that means that thing first. Spanish comes from the
concepts' own words that are kept out of training. No word of a caption is in it, so nothing that a model has
learnt is read as something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from engine.models.words.other_words import FORMAT
from engine.training.data.concepts import Concept
from engine.training.data.wordnet import COMMON_WORDS, DEEPEST_OF_ALL, FOLDER, NO_KINDS, NOT_TAUGHT, Nouns
from engine.training.scenes.captions import caption
from engine.training.scenes.grammar import Thing
from engine.training.scenes.prompts import GRAMMARS
from engine.training.scenes.sampling import sample_scene
from engine.training.scenes.words import Words

LICENCE = (
    "English words: WordNet 3.0, Copyright 2006 by Princeton University, WordNet licence "
    "(https://wordnet.princeton.edu/license-and-commercial-use). Spanish words: Lienzo's own."
)
CAPTIONS_READ = 6_000
"""In each language, to know which words training uses."""
PLAIN = re.compile(r"[a-záéíóúñü]{3,}(?:[ '-][a-záéíóúñü]{2,}){0,3}")
"""One to four words in small letters; shorter ones are mostly abbreviations."""


class Named(Protocol):
    """A concept, or the label of one."""

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]: ...


Table = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By language: what is drawn, with its article, to the words for it."""


def other_words_of(words: Words, sources: Path) -> Table:
    """For all concepts of `words`; `sources`: the folder where `lienzo train data` keeps what it fetched."""
    folder = sources / "wordnet" / FOLDER
    english = frozenset((sources / "words" / COMMON_WORDS).read_text("utf-8").split())
    heard = {language: words_of_captions(words, language) for language in GRAMMARS}
    spoken = heard["en"] | heard["es"]
    kept = _each_once(kinds(words.concepts, Nouns(folder)))
    kept = {word: name for word, name in kept.items() if _is_safe(word, spoken | adjectives(folder))}
    own = {language: _each_once(own_words(words, language)) for language in GRAMMARS}
    own["en"] = {**kept, **{word: name for word, name in own["en"].items() if word not in spoken}}
    own["es"] = {word: name for word, name in own["es"].items() if word not in spoken | english}
    return {language: _by_drawn(typed, language) for language, typed in own.items()}


def names_of(concepts: Collection[Named], table: Table) -> dict[str, dict[str, str]]:
    """What is drawn for the English words of `table`, to what a Spanish window calls it."""
    english, spanish = GRAMMARS["en"], GRAMMARS["es"]
    called: dict[str, str] = {}
    for concept in concepts:
        ours, theirs = concept.names["en"], concept.names["es"]
        for place, name in enumerate(ours):  # the second is often the second: "t-rex, dinosaur"
            other = theirs[place] if place < len(theirs) else theirs[0]
            called.setdefault(english.noun_phrase(Thing(name)), spanish.noun_phrase(Thing(other)))
            many, their_many = english.plural(name), spanish.plural(other)
            if many and their_many:
                called.setdefault(many, their_many)
    return {"es": {drawn: called[drawn] for drawn in table["en"] if drawn in called}}


def table_bytes(table: Table, names: Mapping[str, Mapping[str, str]]) -> bytes:
    form = {"format": FORMAT, "licence": LICENCE, "names": names, "words": table}
    return (json.dumps(form, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def kinds(concepts: Collection[Concept], nouns: Nouns) -> Iterator[tuple[str, str]]:
    """Each English noun that is a concept or a kind of it, and the name of the nearest concept.

    A word counts if it means that first, and a kind only if it means nothing else.
    """
    named = {concept.id: _meaning(concept, nouns) for concept in concepts}
    taken = frozenset(found[1] for found in named.values() if found is not None)
    for concept in concepts:
        found = named[concept.id]
        if found is None:
            continue
        name, meaning = found
        tree = list(nouns.below(meaning, taken - {meaning}, DEEPEST_OF_ALL))
        own = {offset for _, offset in tree}
        for depth, offset in tree[: 1 if concept.id in NO_KINDS else None]:
            for word in nouns.synsets[offset].words:
                senses = nouns.senses.get(word.lower(), ())
                if senses and senses[0] in own and not (depth and len(senses) > 1):
                    yield word, name


def own_words(words: Words, language: str) -> Iterator[tuple[str, str]]:
    """The concepts' own words that training never says, and the concepts' names."""
    for concept in words.concepts:
        yield from ((word, concept.names[language][0]) for word in words.unseen(concept, language))


def adjectives(folder: Path) -> frozenset[str]:
    """English words that say how something is: "sallow" is a willow, too."""
    lines = (folder / "index.adj").read_text("ascii").splitlines()
    return frozenset(line.split(" ", 1)[0].replace("_", " ") for line in lines if not line.startswith(" "))


def words_of_captions(words: Words, language: str) -> frozenset[str]:
    """Every word that training says in this language, and all names and taught words."""
    import numpy as np

    chance = np.random.default_rng(0)
    said = [caption(sample_scene(chance, words), chance, language, words) for _ in range(CAPTIONS_READ)]
    for concept in words.concepts:
        said += [*concept.names[language], *words.taught(concept, language)]
    return frozenset(re.findall(r"[\w'’-]+", " ".join(said).lower()))


def _each_once(found: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Word to name; words for several are left out."""
    names: dict[str, set[str]] = {}
    for word, name in found:
        names.setdefault(word, set()).add(name)
    return {word: next(iter(known)) for word, known in sorted(names.items()) if len(known) == 1}


def _is_safe(word: str, meaning_more: frozenset[str]) -> bool:
    """Plain and kind, and nothing that is said otherwise."""
    parts = re.split(r"[ '-]", word)
    if PLAIN.fullmatch(word) is None or not NOT_TAUGHT.isdisjoint((*parts, word)):
        return False
    return word not in meaning_more and not all(part in meaning_more for part in parts)


def _by_drawn(typed: Mapping[str, str], language: str) -> dict[str, tuple[str, ...]]:
    """Singular and plural, by what is drawn."""
    grammar = GRAMMARS[language]
    found: dict[str, list[str]] = {}
    for word, name in typed.items():
        found.setdefault(grammar.noun_phrase(Thing(name)), []).append(word)
        many, drawn = grammar.plural(word), grammar.plural(name)
        if many and drawn and many != word and many not in typed:
            found.setdefault(drawn, []).append(many)
    return {drawn: tuple(sorted(set(words))) for drawn, words in sorted(found.items())}


def _meaning(concept: Concept, nouns: Nouns) -> tuple[str, int] | None:
    """The name that WordNet knows, and what it means."""
    meanings = ((name, nouns.meaning(name, concept.group)) for name in concept.names["en"])
    return next(((name, meaning) for name, meaning in meanings if meaning is not None), None)
