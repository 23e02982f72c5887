"""The prompt as artists weigh it: `(word:1.3)`, `(word)`, `[word]`, in the syntax of AUTOMATIC1111.

`<lora:name:0.8>` names a LoRA; it is not part of what the model reads. `[cat|dog]` and `[cat:dog:0.5]` are
read as they stand at a step (`engine.api.prompt_steps`), here at the first.

Any text parses: a bracket without its partner is a character like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from engine.api.brackets import BREAK, LARGEST_WEIGHT, Brackets, LoraMark, ReadAs, brackets_of

MANY_STEPS = 1000
"""As many as there may be: what is read "at the first step" where nobody says how many there are."""
_LORA_BEGUN = re.compile(r"<lora:[^<>\n]*+>?", re.IGNORECASE)
_TO_HIDE = re.compile(r"[\\()\[\]{}]|__|\b(?:AND|BREAK)\b")

_PLACE = itemgetter(0)
_FINITE = 1e100
"""No weight of brackets within brackets becomes larger, and none that is 0 times endless."""

Run = tuple[int, int, str, float]
"""Start and end of what was typed, the words that it is, their weight."""


class Segment(NamedTuple):
    """A run of text of one weight; `typed[start:end]` is where it was typed, brackets inside included."""

    text: str
    """The words the model reads, escapes undone."""
    weight: float
    """1 is neutral; 0..10."""
    start: int
    end: int


def parse(text: str, step: int = 1, total: int = MANY_STEPS) -> tuple[Segment, ...]:
    """`text` as runs of equal weight, in order, as it is read in `step` of `total`.

    Empty ones are left out.
    """
    segments: list[Segment] = []
    words: list[str] = []
    weight, first, last = 1.0, 0, 0
    for start, end, run, heavy in runs_of(text, step, total):
        if heavy != weight and words:
            segments.append(Segment("".join(words), weight, first, last))
            words = []
        if not words:
            weight, first = heavy, start
        words.append(run)
        last = end
    if words:
        segments.append(Segment("".join(words), weight, first, last))
    return tuple(segments)


def plain(text: str, step: int = 1, total: int = MANY_STEPS) -> str:
    """The words of `text` without weights: what the tokenizer reads. A `BREAK` is one character in it."""
    return "".join(run for _, _, run, _ in runs_of(text, step, total))


def readable_words(words: str) -> str:
    """`words` of a segment for people: `BREAK` as it is typed."""
    return words.replace(BREAK, "BREAK")


def literal(text: str) -> str:
    """`text` typed so that all in it is read as it stands: `plain(literal(text))`."""
    return _TO_HIDE.sub(lambda found: r"\_\_" if found[0] == "__" else f"\\{found[0]}", text)


def lora_marks(text: str) -> tuple[LoraMark, ...]:
    """The LoRAs that `text` names, in order. One without a number has 1."""
    return brackets_of(text).loras


def lora_faults(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of what begins like the naming of a LoRA and is none: else the model would read it."""
    marks = {mark.start for mark in lora_marks(text)}
    return tuple(found.span() for found in _LORA_BEGUN.finditer(text) if found.start() not in marks)


def source_indices(
    text: str, indices: Sequence[int], step: int = 1, total: int = MANY_STEPS
) -> tuple[int, ...]:
    """Where in `text` each character `plain(text)[index]` was typed; the length of `text` beyond the end.

    `indices` rise.
    """
    found: list[int] = []
    read = 0
    for start, end, run, _ in runs_of(text, step, total):
        while len(found) < len(indices) and indices[len(found)] < read + len(run):
            inside = indices[len(found)] - read
            is_escape = len(run) == end - start - 1 and text[start] == "\\"
            if is_escape and inside:
                inside += 1  # the first goes with its backslash
            found.append(start + inside if is_escape or len(run) == end - start else start)
        read += len(run)
    return (*found, *[len(text)] * (len(indices) - len(found)))


def runs_of(text: str, step: int = 1, total: int = MANY_STEPS, brackets: Brackets | None = None) -> list[Run]:
    """All between the brackets that is read in `step`, in order; an escape and a `BREAK` are alone.

    What names a LoRA is left out, and so are the parts whose turn it is not.
    """
    found = brackets or brackets_of(text)
    cuts = found.cuts()
    if found.turns:
        hidden: list[tuple[int, int, ReadAs]] = []
        for turn in reversed(found.turns):
            start, end = turn.part_at(step, total)
            hidden += ((turn.start, start, ""), (end, turn.end, ""))
        # what hides comes before a bracket that it hides: their places may begin alike
        cuts = sorted([*hidden, *(cut for cut in cuts if cut[2] is not True)], key=_PLACE)
    runs: list[Run] = []
    products, at = [1.0], 0
    weight = 1.0
    for start, end, what in cuts:
        if what is True or end <= at:  # a character, or in a part whose turn it is not
            continue
        if at < start:
            runs.append((at, start, text[at:start], weight))
        if isinstance(what, str):
            if what:
                runs.append((start, end, what, weight))
        else:
            if what is None:
                products.pop()
            else:  # only what is read is held within bounds: `((word:0.5):15)` is 7.5
                products.append(min(products[-1] * what, _FINITE))
            weight = min(products[-1], LARGEST_WEIGHT)
        at = end
    if at < len(text):
        runs.append((at, len(text), text[at:], 1.0))
    return runs
