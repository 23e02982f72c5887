"""What of a prompt is more than words, with its place: for editors to show."""

from __future__ import annotations

import enum
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from engine.api.brackets import Brackets, brackets_of
from engine.api.choices import Calls, calls_of, is_called
from engine.api.dynamic import Lists, faults_of
from engine.api.model_info import Capabilities
from engine.api.prompt import lora_faults

MOST_MARKS = 2_000
"""A longer text is shown plain behind them: who wrote it is no artist."""
FIRST_FAULTS = 100
"""Of a long text so many are known wherever they are: the first is told beside it."""
_START, _END = itemgetter(0), itemgetter(1)


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
    """Braces, names of lists and of variables."""
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


class Marked(NamedTuple):
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
    in_sight: tuple[int, int] | None = None,
) -> tuple[Marked, ...]:
    """Every mark of `text`, in order; or of a long text the first faults and what touches the characters
    `in_sight`.

    Without `capabilities` nothing is ignored, without `lists` no list is missing.
    """
    first, last = in_sight or (0, len(text))
    calls = calls_of(text)
    can = capabilities or Capabilities()
    faults = [Marked(start, end, Mark.FAULT, "lora_mark") for start, end in lora_faults(text)]
    faults += [
        Marked(fault.start, fault.end, Mark.FAULT, fault.code, fault.reason)
        for fault in faults_of(text, lists or (lambda name: ("?",)), calls)
    ]
    faults.sort()
    seen = islice((fault for fault in faults if fault.end >= first and fault.start <= last), MOST_MARKS)
    marks = [*_read(brackets_of(text), can, written, first, last), *_drawn(calls, first, last)]
    marks = sorted([*marks, *seen])[:MOST_MARKS]
    return tuple(marks if in_sight is None else sorted({*marks, *faults[:FIRST_FAULTS]}))


def _read(found: Brackets, can: Capabilities, written: Written, first: int, last: int) -> Iterator[Marked]:
    """What touches the characters `first` to `last`, of each kind at most as many as are shown."""
    is_prompt = written is Written.PROMPT
    marks = found.marks
    near = slice(bisect_left(marks.ends, first), bisect_right(marks.starts, last))
    near_marks = zip(marks.starts[near], marks.ends[near], marks.read_as[near], strict=False)
    weights = ((start, end) for start, end, what in near_marks if what is None or isinstance(what, float))
    yield from _as(Mark.WEIGHT, can.prompt_weights, islice(weights, MOST_MARKS))
    # they are in the order of their ends
    near_turns = found.turns[bisect_left(found.turns, first, key=_END) :]
    turns = sorted([turn for turn in near_turns if turn.start <= last], key=_START)
    edges = (edge for turn in turns[:MOST_MARKS] for edge in turn.edges(first, last))
    yield from _as(Mark.TURN, can.prompt and not can.classes, islice(edges, MOST_MARKS))
    loras = ((lora.start, lora.end) for lora in found.loras if lora.end >= first and lora.start <= last)
    yield from _as(Mark.LORA, is_prompt, islice(loras, MOST_MARKS))
    yield from _as(Mark.JOIN, can.long_prompts, _near(found.breaks, first, last), "break")
    yield from _as(Mark.JOIN, can.regions and is_prompt, _near(found.ands, first, last), "and")
    lone = found.lone[bisect_left(found.lone, first - 1) : bisect_right(found.lone, last)]
    yield from _as(Mark.LONE, True, ((at, at + 1) for at in lone[:MOST_MARKS]))


def _drawn(calls: Calls, first: int, last: int) -> Iterator[Marked]:
    near = slice(bisect_left(calls.ends, first), bisect_right(calls.starts, last))
    near_calls = zip(calls.marks[near], calls.starts[near], calls.ends[near], strict=False)
    places = ((start, end) for mark, start, end in near_calls if is_called(mark))
    return _as(Mark.DRAWN, True, islice(places, MOST_MARKS))


def _near(spans: Sequence[tuple[int, int]], first: int, last: int) -> Iterable[tuple[int, int]]:
    return spans[bisect_left(spans, first, key=_END) : bisect_right(spans, last, key=_START)][:MOST_MARKS]


def _as(what: Mark, counts: bool, spans: Iterable[tuple[int, int]], why: str = "") -> Iterator[Marked]:
    shown, why = what if counts else Mark.IGNORED, why or what.value
    return (Marked(start, end, shown, why) for start, end in spans if start < end)
