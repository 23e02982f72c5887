"""What of a prompt is read at which step, and the sentences that `AND` joins, as AUTOMATIC1111 reads them.

`[cat|dog]` alternates. `[cat:dog:0.5]` changes after half of the steps, `[cat:dog:8]` after the eighth;
`[dog:0.5]` comes then, `[cat::0.5]` goes. `a cat AND a dog :0.8` is two sentences that are followed at once
(https://arxiv.org/abs/2206.01714).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal

from engine.api.brackets import brackets_of
from engine.api.prompt import BREAK, literal, runs_of

MOST_SENTENCES = 16
"""Of one prompt: each costs a pass of the network at every step."""
LARGEST_SHARE = 10.0
_SHARE = re.compile(r"\s*+(?P<number>[+-]?(?:\d++(?:\.\d*+)?|\.\d++))\s*+")


@dataclass(frozen=True)
class Sentence:
    """One of those that `AND` joins, as it stands at `typed[start:end]` without its weight."""

    text: str
    weight: float
    """1 is as if it stood alone; below 0 the picture is led away from it."""
    start: int
    end: int


def changes(text: str) -> bool:
    """True where not every step reads the same."""
    return bool(brackets_of(text).turns)


def at_step(text: str, step: int, total: int) -> str:
    """`text` as it is read in `step` (1-based) of `total`: with the same words and weights, and no turns.

    Without turns it is `text` itself.
    """
    found = brackets_of(text)
    if not found.turns:
        return text
    typed = []
    for _, _, words, weight in runs_of(text, step, total, found):
        if words == BREAK:
            typed.append(" BREAK ")
        elif weight == 1:
            typed.append(literal(words))
        else:
            typed.append(f"({literal(words)}:{_number(weight)})")
    return "".join(typed)


def _number(weight: float) -> str:
    """Exactly, and without an exponent."""
    short = repr(weight)
    return f"{Decimal(weight):f}" if "e" in short else short


def every_step(text: str, total: int) -> tuple[str, ...]:
    """What is read in each step, 1 to `total`."""
    if not changes(text):
        return (text,) * total
    return tuple(at_step(text, step, total) for step in range(1, total + 1))


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text`; one, of weight 1, where nothing joins any. An `AND` in brackets is a word."""
    found = brackets_of(text)
    if not found.ands:
        return (Sentence(text, 1.0, 0, len(text)),)
    starts = [0, *(end for _, end in found.ands)]
    ends = [*(start for start, _ in found.ands), len(text)]
    parts = []
    for start, end in zip(starts, ends, strict=True):
        last = bisect_left(found.colons, end) - 1  # they rise
        colon = found.colons[last] if last >= 0 and found.colons[last] >= start else None
        share = _SHARE.fullmatch(text, colon + 1, end) if colon is not None else None
        weight = max(-LARGEST_SHARE, min(float(share["number"]), LARGEST_SHARE)) if share else 1.0
        stop = colon if share and colon is not None else end
        parts.append(Sentence(text[start:stop].strip(), weight, start, stop))
    return tuple(parts)
