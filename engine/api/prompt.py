"""The prompt as artists weigh it: `(word:1.3)`, `(word)`, `[word]`, in the syntax of AUTOMATIC1111.

`<lora:name:0.8>` names a LoRA; it is not part of what the model reads.

Any text parses: a bracket without its partner is a character like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

ROUND_WEIGHT = 1.1
"""What `(word)` multiplies by; `[word]` divides by it."""
LARGEST_WEIGHT = 10.0
"""Weights are held in 0..10: beyond it the embedding is noise, and deep nesting would overflow."""
LIGHTEST_NUDGE, HEAVIEST_NUDGE = 0.1, 3.0

# Possessive quantifiers (`*+`): a hostile run of spaces or digits is read once, never backtracked into.
_MARK = re.compile(
    r"(?P<lora><lora:(?P<name>[^<>:\n]++)(?::(?P<strength>\s*+[+-]?(?:\d++(?:\.\d*+)?|\.\d++)\s*+))?>)"
    r"|\\(?P<escaped>[\\()\[\]])"
    r"|(?P<open>[(\[])"
    r"|(?P<close>(?::\s*+(?P<weight>[+-]?(?:\d++(?:\.\d*+)?|\.\d++))\s*+)?\)|\])"
)
_LORA_BEGUN = re.compile(r"<lora:[^<>\n]*+>?", re.IGNORECASE)
_NOT_IN_A_WORD = frozenset(",;:|()[]")


@dataclass(frozen=True)
class Segment:
    """A run of text of one weight; `typed[start:end]` is where it was typed, brackets inside included."""

    text: str
    """The words the model reads, escapes undone."""
    weight: float
    """1 is neutral; 0..10."""
    start: int
    end: int


@dataclass(frozen=True)
class LoraMark:
    """`<lora:name:0.8>` as it stands at `typed[start:end]`."""

    name: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True)
class _Group:
    """A matched pair of brackets: `typed[start:end]` with them, `typed[inside:inside_end]` without."""

    start: int
    inside: int
    inside_end: int
    end: int
    weight: float


@dataclass(frozen=True)
class _Brackets:
    groups: tuple[_Group, ...]
    loras: tuple[tuple[int, int], ...]
    """Start and end of what names a LoRA."""
    escapes: tuple[int, ...]
    """Where a backslash hides the bracket or backslash after it."""
    lone: tuple[int, ...]
    """Brackets that have no partner."""


def parse(text: str) -> tuple[Segment, ...]:
    """`text` as runs of equal weight, in order; empty runs are left out."""
    segments = []
    for weight, same in groupby(_runs(text), key=lambda run: run[3]):
        runs = list(same)
        words = "".join(run[2] for run in runs)
        segments.append(Segment(words, weight, runs[0][0], runs[-1][1]))
    return tuple(segments)


def plain(text: str) -> str:
    """The words of `text` without weights: what the tokenizer reads."""
    return "".join(run for _, _, run, _ in _runs(text))


def literal(text: str) -> str:
    """`text` typed so that its brackets and backslashes are read as they stand: `plain(literal(text))`."""
    return re.sub(r"[\\()\[\]]", r"\\\g<0>", text)


def lora_marks(text: str) -> tuple[LoraMark, ...]:
    """The LoRAs that `text` names, in order. One without a number has 1."""
    return tuple(
        LoraMark(mark["name"].strip(), float(mark["strength"] or 1), mark.start(), mark.end())
        for mark in _MARK.finditer(text)
        if mark["lora"]
    )


def lora_faults(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of what begins like the naming of a LoRA and is none: else the model would read it."""
    marks = {mark.start for mark in lora_marks(text)}
    return tuple(found.span() for found in _LORA_BEGUN.finditer(text) if found.start() not in marks)


def source_index(text: str, index: int) -> int:
    """Where in `text` the character `plain(text)[index]` was typed; the length of `text` beyond the end."""
    read = 0
    for start, end, run, _ in _runs(text):
        if index < read + len(run):
            return start + index - read if len(run) == end - start else start
        read += len(run)
    return len(text)


def nudge_weight(text: str, start: int, end: int, by: float = 0.1) -> tuple[str, int, int]:
    """`text` with the weight of `text[start:end]` changed by `by`, and where the selection is then.

    Without a selection the bracket or else the word under the cursor is meant. Weights stay in 0.1..3;
    at 1 the brackets go. The words themselves never change; where nothing can be weighed, nothing does.
    """
    brackets = _brackets(text)
    group = _group_meant(text, brackets, start, end)
    if group is not None:
        weight = round(group.weight, 1) if text[group.start] == "[" else group.weight  # [word] is about 0.9
        reweighed = _reweigh(text, group, _clamped(weight + by))
        # a lone bracket inside may find a partner when these go or change their shape
        return reweighed if plain(reweighed[0]) == plain(text) else (text, start, end)
    first, last = _words_meant(text, brackets, start, end)
    if first == last:
        return text, start, end
    words = _escape_lone_brackets(text, brackets, first, last)
    weighed = f"{text[:first]}({words}:{_number(_clamped(1 + by))}){text[last:]}"
    if plain(weighed) != plain(text):
        return text, start, end
    return weighed, first + 1, first + 1 + len(words)


def _brackets(text: str) -> _Brackets:
    """Pairs up the brackets in one pass; the innermost open bracket of the same shape is the partner."""
    opened: list[int] = []
    waiting = {"(": 0, "[": 0}
    groups: list[_Group] = []
    loras: list[tuple[int, int]] = []
    escapes: list[int] = []
    lone: list[int] = []
    for mark in _MARK.finditer(text):
        if mark["lora"]:
            loras.append(mark.span())
        elif mark["escaped"]:
            escapes.append(mark.start())
        elif mark["open"]:
            opened.append(mark.start())
            waiting[mark["open"]] += 1
        else:
            shape = "[" if text[mark.end() - 1] == "]" else "("
            if not waiting[shape]:
                lone.append(mark.end() - 1)
                continue
            while text[opened[-1]] != shape:
                waiting[text[opened[-1]]] -= 1
                lone.append(opened.pop())
            waiting[shape] -= 1
            at = opened.pop()
            groups.append(_Group(at, at + 1, mark.start(), mark.end(), _weight(shape, mark["weight"])))
    return _Brackets(tuple(groups), tuple(loras), tuple(escapes), tuple(sorted(lone + opened)))


def _weight(shape: str, typed: str | None) -> float:
    if shape == "[":
        return 1 / ROUND_WEIGHT
    return min(max(float(typed), 0.0), LARGEST_WEIGHT) if typed else ROUND_WEIGHT


def _runs(text: str) -> list[tuple[int, int, str, float]]:
    """(start, end, words, weight) of all between brackets, in order; an escaped character is alone.

    What names a LoRA is left out.
    """
    brackets = _brackets(text)
    cuts: list[tuple[int, int, float | None]] = [(at, at + 2, None) for at in brackets.escapes]
    cuts += [(start, end, None) for start, end in brackets.loras]
    cuts += [(group.start, group.inside, group.weight) for group in brackets.groups]
    cuts += [(group.inside_end, group.end, None) for group in brackets.groups]
    escapes, loras = set(brackets.escapes), set(brackets.loras)
    runs: list[tuple[int, int, str, float]] = []
    weights, at = [1.0], 0
    for start, end, factor in sorted(cuts, key=lambda cut: cut[0]):
        if at < start:
            runs.append((at, start, text[at:start], weights[-1]))
        if (start, end) in loras:
            pass
        elif start in escapes:
            runs.append((start, end, text[start + 1], weights[-1]))
        elif factor is None:
            weights.pop()
        else:
            weights.append(min(weights[-1] * factor, LARGEST_WEIGHT))
        at = end
    if at < len(text):
        runs.append((at, len(text), text[at:], 1.0))
    return runs


def _group_meant(text: str, brackets: _Brackets, start: int, end: int) -> _Group | None:
    """The innermost group whose words, or whole, are selected, or in which the cursor stands."""
    wanted = _trimmed(text, start, end)
    for group in brackets.groups:  # inner groups close first, so they come first
        if start == end:
            if group.start < start < group.end:
                return group
        elif wanted in (_trimmed(text, group.inside, group.inside_end), (group.start, group.end)):
            return group
    return None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _reweigh(text: str, group: _Group, weight: float) -> tuple[str, int, int]:
    inside = text[group.inside : group.inside_end]
    if weight == 1:
        bare = text[: group.start] + inside + text[group.end :]
        if plain(bare) == plain(text):
            return bare, *_trimmed(bare, group.start, group.start + len(inside))
    changed = f"{text[: group.start]}({inside}:{_number(weight)}){text[group.end :]}"
    return changed, *_trimmed(changed, group.inside, group.inside_end)


def _words_meant(text: str, brackets: _Brackets, start: int, end: int) -> tuple[int, int]:
    """The selection without outer blanks, or the word at the cursor, grown until no bracket is torn."""
    if start == end:
        while start > 0 and _in_a_word(text[start - 1]):
            start -= 1
        while end < len(text) and _in_a_word(text[end]):
            end += 1
    start, end = _trimmed(text, start, end)
    if start == end:
        return start, end
    for group in brackets.groups:
        torn = group.start < start < group.end or group.start < end < group.end
        within = group.inside <= start and end <= group.inside_end
        if torn and not within:
            start, end = min(start, group.start), max(end, group.end)
    if start > 0 and text[start - 1] == "\\":
        start -= 1
    if end - 1 in brackets.escapes:
        end += 1
    return start, end


def _in_a_word(character: str) -> bool:
    return not character.isspace() and character not in _NOT_IN_A_WORD


def _escape_lone_brackets(text: str, brackets: _Brackets, start: int, end: int) -> str:
    """`text[start:end]` where a bracket without partner cannot pair with the ones put around it."""
    lone = {at for at in brackets.lone if start <= at < end}
    return "".join(f"\\{text[at]}" if at in lone else text[at] for at in range(start, end))


def _clamped(weight: float) -> float:
    return round(min(max(weight, LIGHTEST_NUDGE), HEAVIEST_NUDGE), 2)


def _number(weight: float) -> str:
    return f"{weight:.2f}".rstrip("0").rstrip(".")
