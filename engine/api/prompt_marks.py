"""What of a prompt is more than words, with its place: for editors to show."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain, islice

from engine.api.brackets import brackets_of
from engine.api.choices import LIST
from engine.api.dynamic import Lists, faults_of
from engine.api.model_info import Capabilities
from engine.api.prompt import lora_faults

_DRAWN = re.compile(rf"\\.|(?P<mark>[{{}}]|{LIST})", re.DOTALL)
MOST_MARKS = 2_000
"""A longer text is shown plain behind them: who wrote it is no artist."""


class Mark(enum.StrEnum):
    """What stands there."""

    WEIGHT = "weight"
    """Brackets and numbers that weigh."""
    TURN = "turn"
    """Brackets, bars and numbers of what changes by steps."""
    LORA = "lora"
    JOIN = "join"
    """AND and BREAK."""
    DRAWN = "drawn"
    """Braces and names of lists."""
    LONE = "lone"
    """A bracket without its partner: a character like any other."""
    READ_AS = "read as"
    """A word that the model never learnt and reads as another."""
    IGNORED = "ignored"
    """What this model does not follow."""
    FAULT = "fault"
    """What cannot be read."""


class Written(enum.Enum):
    """Which of a picture's texts it is: not all of the language counts in each."""

    PROMPT = "prompt"
    NEGATIVE = "negative prompt"
    REGION = "region"
    """The sentence of a place."""


@dataclass(frozen=True)
class Marked:
    """`typed[start:end]` is `what`."""

    start: int
    end: int
    what: Mark
    why: str = ""
    """Of a fault its code, of what is ignored what it is."""
    reason: str = ""
    """Of a fault, in the engine's words."""


def marks_of(
    text: str,
    capabilities: Capabilities | None,
    lists: Lists | None = None,
    written: Written = Written.PROMPT,
) -> tuple[Marked, ...]:
    """Every mark of `text`, in order.

    Without `capabilities` nothing is ignored, without `lists` no list is missing.
    """
    found = brackets_of(text)
    can = capabilities or Capabilities()
    is_prompt = written is Written.PROMPT
    turns_count = can.prompt and not can.classes
    marks: list[Marked] = []

    def add(start: int, end: int, what: Mark, counts: bool = True, why: str = "") -> None:
        if start < end:
            marks.append(Marked(start, end, what if counts else Mark.IGNORED, why or what.value))

    # of each kind those that come first are enough: of all only so many are shown
    weights = (cut for cut in found.cuts() if cut[2] is None or isinstance(cut[2], float))
    for start, end, _ in islice(weights, MOST_MARKS):
        add(start, end, Mark.WEIGHT, can.prompt_weights)
    for turn in nsmallest(MOST_MARKS, found.turns):
        edges = [turn.start, *chain.from_iterable(turn.parts[:MOST_MARKS]), turn.end]
        for start, end in islice(zip(edges[::2], edges[1::2], strict=True), MOST_MARKS):
            add(start, end, Mark.TURN, turns_count)
    for lora in found.loras[:MOST_MARKS]:
        add(lora.start, lora.end, Mark.LORA, is_prompt)
    for start, end in found.breaks[:MOST_MARKS]:
        add(start, end, Mark.JOIN, can.long_prompts, "break")
    for start, end in found.ands[:MOST_MARKS]:
        add(start, end, Mark.JOIN, can.regions and is_prompt, "and")
    for at in found.lone[:MOST_MARKS]:
        add(at, at + 1, Mark.LONE)
    drawn = (found for found in _DRAWN.finditer(text) if found["mark"])
    for mark in islice(drawn, MOST_MARKS):
        add(mark.start(), mark.end(), Mark.DRAWN)
    for start, end in lora_faults(text)[:MOST_MARKS]:
        add(start, end, Mark.FAULT, why="lora_mark")
    for fault in faults_of(text, lists or (lambda name: ("?",)))[:MOST_MARKS]:
        marks.append(Marked(fault.start, fault.end, Mark.FAULT, fault.code, fault.reason))
    return tuple(sorted(marks, key=lambda mark: (mark.start, mark.end))[:MOST_MARKS])
