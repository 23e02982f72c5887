"""Weights by keys: what is selected, or the word at the cursor, counts more or less."""

from __future__ import annotations

from engine.api.brackets import Brackets, Group, brackets_of
from engine.api.prompt import plain

LIGHTEST_NUDGE, HEAVIEST_NUDGE = 0.1, 3.0
_NOT_IN_A_WORD = frozenset(",;:|()[]{}")
_STEPS = 12
"""How many are looked at to see that a change keeps the words: a turn of as many parts is told apart."""


def nudge_weight(text: str, start: int, end: int, by: float = 0.1) -> tuple[str, int, int]:
    """`text` with the weight of `text[start:end]` changed by `by`, and where the selection is then.

    Without a selection the bracket or else the word under the cursor is meant. Weights stay in 0.1..3;
    at 1 the brackets go. The words themselves never change; where nothing can be weighed, nothing does.
    """
    brackets = brackets_of(text)
    group = _group_meant(text, brackets, start, end)
    if group is not None:
        weight = round(group.weight, 1) if text[group.start] == "[" else group.weight  # [word] is about 0.9
        reweighed = _reweigh(text, group, _clamped(weight + by))
        # a lone bracket inside may find a partner when these go or change their shape
        return reweighed if _keeps_words(text, reweighed[0]) else (text, start, end)
    first, last = _words_meant(text, brackets, start, end)
    if first == last:
        return text, start, end
    words = _escape_lone_brackets(text, brackets, first, last)
    weighed = f"{text[:first]}({words}:{_number(_clamped(1 + by))}){text[last:]}"
    if not _keeps_words(text, weighed):
        return text, start, end
    return weighed, first + 1, first + 1 + len(words)


def _group_meant(text: str, brackets: Brackets, start: int, end: int) -> Group | None:
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


def _reweigh(text: str, group: Group, weight: float) -> tuple[str, int, int]:
    inside = text[group.inside : group.inside_end]
    if weight == 1:
        bare = text[: group.start] + inside + text[group.end :]
        if _keeps_words(text, bare):
            return bare, *_trimmed(bare, group.start, group.start + len(inside))
    changed = f"{text[: group.start]}({inside}:{_number(weight)}){text[group.end :]}"
    return changed, *_trimmed(changed, group.inside, group.inside_end)


def _words_meant(text: str, brackets: Brackets, start: int, end: int) -> tuple[int, int]:
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
    end = next((last for first, last in brackets.escapes if first < end < last), end)
    return start, end


def _keeps_words(text: str, changed: str) -> bool:
    """True where the same is read of both at every step."""
    return all(plain(text, step, _STEPS) == plain(changed, step, _STEPS) for step in range(1, _STEPS + 1))


def _in_a_word(character: str) -> bool:
    return not character.isspace() and character not in _NOT_IN_A_WORD


def _escape_lone_brackets(text: str, brackets: Brackets, start: int, end: int) -> str:
    """`text[start:end]` where a bracket without partner cannot pair with the ones put around it."""
    lone = {at for at in brackets.lone if start <= at < end}
    return "".join(f"\\{text[at]}" if at in lone else text[at] for at in range(start, end))


def _clamped(weight: float) -> float:
    return round(min(max(weight, LIGHTEST_NUDGE), HEAVIEST_NUDGE), 2)


def _number(weight: float) -> str:
    return f"{weight:.2f}".rstrip("0").rstrip(".")
