"""The marks in a prompt, found and paired in one pass: brackets, turns, names of LoRAs, escapes.

Any text has an answer: a bracket without its partner is a character like any other.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from engine.api.lora_blocks import Blocks, read_strength

ROUND_WEIGHT = 1.1
"""What `(word)` multiplies by; `[word]` divides by it."""
LARGEST_WEIGHT = 10.0
"""Weights are held in 0..10: beyond it the embedding is noise, and deep nesting would overflow."""

BREAK = "\x1e"
"""Stands for the word BREAK in what is read: the next chunk begins here. Nobody can type it."""

# Possessive quantifiers (`*+`): a hostile run of spaces or digits is read once, never backtracked into.
_NUMBER = r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)"
_STRENGTH = r"(?::[\w\s.,=+-]*+)*+"
_LORA = re.compile(rf"<lora:(?P<name>[^<>:\n]++)(?P<strength>{_STRENGTH})>")
_MARK = re.compile(  # one group around all, so that `split` gives what is between marks and marks in turn
    rf"(<lora:[^<>:\n]++{_STRENGTH}>"
    r"|\\(?:[\\()\[\]{}|:_]|(?:AND|BREAK)\b)"
    r"|[(\[]"
    rf"|(?::\s*+{_NUMBER}\s*+)?\)|\]"
    r"|[|:]"
    r"|\b(?:AND|BREAK)\b)"
)
_WHEN = re.compile(rf"\s*+(?P<number>{_NUMBER})\s*+")


ReadAs = float | str | bool | None
"""What a mark means: the weight that begins there, None where the last one ends, what is read instead of it,
True where it is read as it stands (or is of a turn)."""


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
    bounds: tuple[int, ...]
    """What stands before the first part, between them and behind the last; a change has two parts."""
    when: float | None = None
    """The last step of the part before, or where `is_share` its share of the steps; None: they alternate."""
    is_share: bool = False

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Start and end of each."""
        return [self._part(index) for index in range(len(self.bounds) - 1)]

    def edges(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Start and end of its brackets, bars and numbers that touch the characters `first` to `last`."""
        behind = len(self.bounds) - 1
        # one more before: the number of a change may be long
        nearest = max(0, bisect_left(self.bounds, first - 1) - 1)
        for index in range(nearest, bisect_right(self.bounds, last)):
            start = self._part(index - 1)[1] if index else self.start
            end = self._part(index)[0] if index < behind else self.end
            if end >= first and start <= last:
                yield start, end

    def part_at(self, step: int, total: int) -> tuple[int, int]:
        """Start and end of what is read in `step` (1-based) of `total`."""
        if self.when is None:
            return self._part((step - 1) % (len(self.bounds) - 1))
        last = int(self.when * total) if self.is_share else int(self.when)
        return self._part(0 if step <= min(last, total) else 1)

    def _part(self, index: int) -> tuple[int, int]:
        start = self.bounds[index] + 1
        return start, max(start, self.bounds[index + 1])  # `[dog:0.5]` has nothing before


_new = tuple.__new__
"""Takes a third of the time of calling the class."""
_WEIGHTS = {")": ROUND_WEIGHT, "]": 1 / ROUND_WEIGHT}


@dataclass(frozen=True)
class LoraMark:
    """`<lora:name:0.8>` as it stands at `typed[start:end]`."""

    name: str
    weight: float
    start: int
    end: int
    blocks: Blocks = field(default_factory=dict)


@dataclass(frozen=True)
class Marks:
    """Everything in a text that may be no word, in order, side by side: a mark has no object of its own."""

    starts: Sequence[int]
    """One more than there are marks: the last is the end of the text."""
    ends: Sequence[int]
    read_as: Sequence[ReadAs]


@dataclass(frozen=True)
class Brackets:
    """Everything in a text that is no word."""

    marks: Marks
    turns: tuple[Turn, ...] = ()
    loras: tuple[LoraMark, ...] = ()
    lone: tuple[int, ...] = ()
    """Brackets that have no partner."""
    breaks: tuple[tuple[int, int], ...] = ()
    """Where `BREAK` stands."""
    ands: tuple[tuple[int, int], ...] = ()
    """Where `AND` stands outside of all brackets."""
    colons: tuple[int, ...] = ()
    """Those that stand outside of all brackets."""

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Pairs that weigh, inner ones before those around them."""
        found: list[Group] = []
        opened: list[tuple[int, float]] = []
        for start, end, read_as in self.cuts():
            if read_as is None:
                at, weight = opened.pop()
                found.append(_new(Group, (at, at + 1, start, end, weight)))
            elif isinstance(read_as, float):
                opened.append((start, read_as))
        return tuple(found)

    @cached_property
    def escapes(self) -> tuple[tuple[int, int], ...]:
        """Start of the backslash and end of what it hides."""
        return tuple(
            (start, end) for start, end, read_as in self.cuts()
            if isinstance(read_as, str) and read_as not in ("", BREAK)
        )  # fmt: skip

    def cuts(self) -> Iterator[tuple[int, int, ReadAs]]:
        """Start, end and meaning of every mark, in order."""
        return zip(self.marks.starts, self.marks.ends, self.marks.read_as, strict=False)


@lru_cache(maxsize=32)  # one text is asked for its words, its places and its steps
def brackets_of(text: str) -> Brackets:
    """Pairs up the brackets; the innermost open bracket of the same shape is the partner.

    A hundred thousand of them are read between two keys: all that can be is one number in a list.
    """
    pieces = _MARK.split(text)
    edges = list(accumulate(map(len, pieces)))
    marks, starts, ends = pieces[1::2], edges[::2], edges[1::2]
    read_as: list[ReadAs] = [True] * len(marks)
    opened: list[int] = []
    """Which marks are brackets that wait for their partners, `~index` for a square one."""
    rounds = squares = 0
    """How many of them are of each shape."""
    separators: list[int] = []
    """Bars and colons in brackets that are open; those of torn ones fall to the one around them."""
    turns: list[Turn] = []
    loras: list[LoraMark] = []
    lone: list[int] = []
    breaks: list[tuple[int, int]] = []
    ands: list[tuple[int, int]] = []
    colons: list[int] = []
    for index, mark in enumerate(marks):
        if mark == "(":
            rounds += 1
            opened.append(index)
        elif mark == "[":
            squares += 1
            opened.append(~index)
        elif mark == "|" or mark == ":":
            if opened:
                separators.append(starts[index])
            elif mark == ":":
                colons.append(starts[index])
        elif mark == ")" or mark == "]" or (mark[-1] == ")" and mark[0] == ":"):
            is_square = mark == "]"
            if not (squares if is_square else rounds):
                lone.append(ends[index] - 1)
                if len(mark) > 1:  # the colon of `:1.2)` is one like any other then
                    (separators if opened else colons).append(starts[index])
                continue
            partner = opened.pop()
            while (partner < 0) != is_square:
                lone.append(starts[partner if partner >= 0 else ~partner])
                partner = opened.pop()
                if is_square:
                    rounds -= 1
                else:
                    squares -= 1
            if is_square:
                squares -= 1
                partner = ~partner
            else:
                rounds -= 1
            start = starts[partner]
            if separators and separators[-1] > start:
                inside = len(separators) - 1
                if inside and separators[-2] > start:  # not the usual one
                    inside = bisect_right(separators, start)
                turn = _turn(text, start, ends[index], separators[inside:]) if is_square else None
                del separators[inside:]
                if turn is not None:
                    turns.append(turn)
                    continue
            read_as[index] = None
            read_as[partner] = _WEIGHTS[mark] if len(mark) == 1 else _typed_weight(mark)
        elif mark[0] == "\\":
            read_as[index] = mark[1:]
        elif mark[0] == "<":
            if (lora := _lora(mark, starts[index], ends[index])) is not None:
                read_as[index] = ""
                loras.append(lora)
        elif mark == "BREAK":
            read_as[index] = BREAK
            breaks.append((starts[index], ends[index]))
        else:
            ands.append((starts[index], ends[index]))
    lone += [starts[index if index >= 0 else ~index] for index in opened]
    colons += [at for at in separators if text[at] == ":"]
    found = Brackets(
        Marks(starts, ends, read_as),
        tuple(turns), tuple(loras), tuple(sorted(lone)), tuple(breaks), tuple(ands), tuple(sorted(colons)),
    )  # fmt: skip
    if not (ands or colons) or not (turns or None in read_as):  # nothing is inside of anything
        return found
    within = _Within(found)
    return replace(
        found,
        ands=tuple(span for span in ands if span[0] not in within),
        colons=tuple(at for at in found.colons if at not in within),
    )


class _Within:
    """Whether a place lies inside one of some brackets."""

    def __init__(self, found: Brackets) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        spans = [(one[0], one[3]) for one in found.groups]
        spans += [(one[0], one[1]) for one in found.turns]
        reached = 0
        for start, end in sorted(spans):
            if end > reached:  # else it is inside of the last
                self._starts.append(start)
                self._ends.append(end)
                reached = end

    def __contains__(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._ends[index]


def _lora(mark: str, start: int, end: int) -> LoraMark | None:
    """None where what stands behind its name cannot be read: it is text then."""
    named = _LORA.fullmatch(mark)
    assert named is not None
    strength = read_strength(named["strength"])
    return None if strength is None else LoraMark(named["name"].strip(), strength[0], start, end, strength[1])


def _turn(text: str, start: int, end: int, separators: list[int]) -> Turn | None:
    """What `text[start:end]`, in square brackets, reads by turns; None where they only weigh."""
    if len(separators) == 1 and text[separators[0]] == "|":  # nearly always
        return _new(Turn, (start, end, (start, separators[0], end - 1), None, False))
    if len(separators) > 2 or text[separators[0]] == "|" or text[separators[-1]] == "|":
        bars = [at for at in separators if text[at] == "|"]
        if not bars:
            return None
        return _new(Turn, (start, end, (start, *bars, end - 1), None, False))
    when = _WHEN.fullmatch(text, separators[-1] + 1, end - 1)
    if when is None:
        return None
    number = when[1]
    bounds = (start, separators[0] if len(separators) == 2 else start, separators[-1])
    # the number of digits is the artist's; what no picture has as steps is as good as its last
    return _new(Turn, (start, end, bounds, min(float(number), 1e9), "." in number))


def _typed_weight(mark: str) -> float:
    """Of `:1.3)`."""
    return min(max(float(mark[1:-1]), 0.0), LARGEST_WEIGHT)
