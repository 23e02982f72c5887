"""What a language must be able to say of a scene; English and Spanish each fill it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Phrases = tuple[str, ...]


@dataclass(frozen=True)
class Thing:
    """A noun phrase before it is a phrase."""

    name: str
    colour: str = ""
    size: str = ""
    adjective: str = ""
    """Of `Grammar.adjectives`: said, not seen ("cute")."""
    look: str = ""
    number: int = 1
    article: bool = True


@dataclass(frozen=True)
class Grammar:
    """Words and rules of one language. `{}` is where the rest goes."""

    language: str
    noun_phrase: Callable[[Thing], str]
    plural: Callable[[str], str]
    """Of a name; empty where it has none."""
    gender: Callable[[str], str]
    """`m` or `f`; English has `m` only."""
    relations: Mapping[str, Phrases]
    """With {a} and {b}."""
    poses: Mapping[str, Phrases]
    times: Mapping[str, Phrases]
    weathers: Mapping[str, Phrases]
    """As a clause of its own."""
    weather_tails: Mapping[str, Phrases]
    """After a scene, without a comma."""
    covered: Phrases
    """As a clause."""
    covered_things: Mapping[str, str]
    """By gender and number (`m1`, `f1`, `m2`, `f2`): after a thing."""
    backdrops: Phrases
    styles: Mapping[str, Phrases]
    """Said after a comma."""
    styles_of: Mapping[str, Phrases]
    """Said before: "a 3d render of {}"."""
    openers: Phrases
    openers_many: Phrases
    """Before more than one."""
    adjectives: Phrases
    and_word: str


def joined(phrases: list[str], and_word: str) -> str:
    """`a, b and c`."""
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} {and_word} {phrases[-1]}"
