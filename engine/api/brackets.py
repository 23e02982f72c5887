"""The marks in a prompt, found and paired in one pass: brackets, turns, names of LoRAs, escapes.

Any text has an answer: a bracket without its partner is a character like any other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

ROUND_WEIGHT = 1.1
"""What `(word)` multiplies by; `[word]` divides by it."""
LARGEST_WEIGHT = 10.0
"""Weights are held in 0..10: beyond it the embedding is noise, and deep nesting would overflow."""

# Possessive quantifiers (`*+`): a hostile run of spaces or digits is read once, never backtracked into.
_NUMBER = r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)"
_MARK = re.compile(
    rf"(?P<lora><lora:(?P<name>[^<>:\n]++)(?::(?P<strength>\s*+{_NUMBER}\s*+))?>)"
    r"|\\(?P<escaped>[\\()\[\]{}|:_]|(?:AND|BREAK)\b)"
    r"|(?P<open>[(\[])"
    rf"|(?P<close>(?::\s*+(?P<weight>{_NUMBER})\s*+)?\)|\])"
    r"|(?P<separator>[|:])"
    r"|(?P<word>\b(?:AND|BREAK)\b)"
)
_WHEN = re.compile(rf"\s*+(?P<number>{_NUMBER})\s*+")


class Group(NamedTuple):
    """A pair of brackets that weighs: `typed[start:end]` with them, `typed[inside:inside_end]` without."""

    start: int
    inside: int
    inside_end: int
    end: int
    weight: float


class Turn(NamedTuple):
    """`[cat|dog]`, which alternates, or `[cat:dog:0.5]`, which changes once: one part is read at a step."""

    start: int
    end: int
    parts: tuple[tuple[int, int], ...]
    """Start and end of each; of a change two: before and after."""
    when: float | None = None
    """The last step of the part before, or where `is_share` its share of the steps; None: they alternate."""
    is_share: bool = False

    def part_at(self, step: int, total: int) -> int:
        """Which of `parts` is read in `step` (1-based) of `total`."""
        if self.when is None:
            return (step - 1) % len(self.parts)
        last = int(self.when * total) if self.is_share else int(self.when)
        return 0 if step <= min(last, total) else 1


@dataclass(frozen=True)
class LoraMark:
    """`<lora:name:0.8>` as it stands at `typed[start:end]`."""

    name: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True)
class Brackets:
    """Everything in a text that is no word."""

    groups: tuple[Group, ...] = ()
    """Inner ones before those around them."""
    turns: tuple[Turn, ...] = ()
    loras: tuple[LoraMark, ...] = ()
    escapes: tuple[tuple[int, int], ...] = ()
    """Start of the backslash and end of what it hides."""
    lone: tuple[int, ...] = ()
    """Brackets that have no partner."""
    breaks: tuple[tuple[int, int], ...] = ()
    """Where `BREAK` stands."""
    ands: tuple[tuple[int, int], ...] = ()
    """Where `AND` stands outside of all brackets."""
    colons: tuple[int, ...] = ()
    """Those that stand outside of all brackets."""


@dataclass(slots=True)
class _Opened:
    """A bracket that waits for its partner."""

    at: int
    shape: str
    separators: list[int]


@lru_cache(maxsize=32)  # one text is asked for its words, its places and its steps
def brackets_of(text: str) -> Brackets:
    """Pairs up the brackets; the innermost open bracket of the same shape is the partner."""
    opened: list[_Opened] = []
    waiting = {"(": 0, "[": 0}
    groups: list[Group] = []
    turns: list[Turn] = []
    loras: list[LoraMark] = []
    escapes: list[tuple[int, int]] = []
    lone: list[int] = []
    breaks: list[tuple[int, int]] = []
    ands: list[tuple[int, int]] = []
    colons: list[int] = []
    for mark in _MARK.finditer(text):
        kind = mark.lastgroup
        if kind == "open":
            shape = mark[0]
            opened.append(_Opened(mark.start(), shape, []))
            waiting[shape] += 1
        elif kind == "lora":
            weight = float(mark["strength"] or 1)
            loras.append(LoraMark(mark["name"].strip(), weight, mark.start(), mark.end()))
        elif kind == "escaped":
            escapes.append(mark.span())
        elif kind == "word":
            (breaks if mark["word"] == "BREAK" else ands).append(mark.span())
        elif kind == "separator":
            if opened:
                opened[-1].separators.append(mark.start())
            elif mark["separator"] == ":":
                colons.append(mark.start())
        else:
            shape = "[" if text[mark.end() - 1] == "]" else "("
            if not waiting[shape]:
                lone.append(mark.end() - 1)
                if mark["weight"] and opened:  # the colon of `:1.2)` is one like any other then
                    opened[-1].separators.append(mark.start())
                elif mark["weight"]:
                    colons.append(mark.start())
                continue
            torn: list[_Opened] = []
            while opened[-1].shape != shape:
                torn.append(opened.pop())
            if torn:  # there are two shapes
                waiting[torn[0].shape] -= len(torn)
            waiting[shape] -= 1
            lone += [one.at for one in torn]
            one = opened.pop()
            separators = [*one.separators, *(at for lost in reversed(torn) for at in lost.separators)]
            turn = _turn(text, one.at, mark.end(), separators) if separators and shape == "[" else None
            if turn is not None:
                turns.append(turn)
            else:
                weight = _weight(shape, mark["weight"])
                groups.append(Group(one.at, one.at + 1, mark.start(), mark.end(), weight))
    lone += [one.at for one in opened]
    colons += [at for one in opened for at in one.separators if text[at] == ":"]
    within = _Within([(found.start, found.end) for found in (*groups, *turns)])
    return Brackets(
        tuple(groups),
        tuple(turns),
        tuple(loras),
        tuple(escapes),
        tuple(sorted(lone)),
        tuple(breaks),
        tuple(span for span in ands if span[0] not in within),
        tuple(sorted(at for at in colons if at not in within)),
    )


class _Within:
    """Whether a place lies inside one of some spans that nest."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._outer: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if not self._outer or start >= self._outer[-1][1]:
                self._outer.append((start, end))

    def __contains__(self, at: int) -> bool:
        index = bisect_right(self._outer, at, key=lambda span: span[0]) - 1
        return index >= 0 and at < self._outer[index][1]


def _turn(text: str, start: int, end: int, separators: list[int]) -> Turn | None:
    """What `text[start:end]`, in square brackets, reads by turns; None where they only weigh."""
    bars = [at for at in separators if text[at] == "|"]
    if bars:
        return Turn(start, end, _parts(start, end, bars))
    if not 1 <= len(separators) <= 2:
        return None
    when = _WHEN.fullmatch(text, separators[-1] + 1, end - 1)
    if when is None:
        return None
    *before, last = separators
    parts = _parts(start, last + 1, before) if before else ((start + 1, start + 1), (start + 1, last))
    # the number of digits is the artist's; what no picture has as steps is as good as its last
    number = min(float(when["number"]), 1e9)
    return Turn(start, end, parts, number, "." in when["number"])


def _parts(start: int, end: int, cuts: list[int]) -> tuple[tuple[int, int], ...]:
    return tuple((before + 1, after) for before, after in zip([start, *cuts], [*cuts, end - 1], strict=True))


def _weight(shape: str, typed: str | None) -> float:
    if shape == "[":
        return 1 / ROUND_WEIGHT
    return min(max(float(typed), 0.0), LARGEST_WEIGHT) if typed else ROUND_WEIGHT
