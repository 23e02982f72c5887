"""The place that an error is about, under the line that was typed."""

from __future__ import annotations

import unicodedata

from engine.api.errors import EngineError

WIDEST = 76
BEFORE = 50
"""Letters in front of the place that are shown of a long line."""


def pointed(error: EngineError) -> str:
    """Two lines, each behind a line's end: what was typed, and a caret; empty where no place is known."""
    typed, start, end = (error.data.get(name) for name in ("typed", "start", "end"))
    if not isinstance(typed, str) or not isinstance(start, int) or not isinstance(end, int):
        return ""
    begins = typed.rfind("\n", 0, start) + 1
    ends = typed.find("\n", start)
    line = typed[begins : ends if ends >= 0 else len(typed)]
    start, end = start - begins, min(end - begins, len(line))
    cut = max(0, start - BEFORE)
    shown = line[cut : cut + WIDEST]
    width = max(1, _columns(shown[start - cut : end - cut]))
    mark = f"{' ' * _columns(shown[: start - cut])}^{'~' * (width - 1)}"
    return f"\n  {shown}\n  {mark}"


def _columns(text: str) -> int:
    """How many a terminal takes for it."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    narrow = sum(unicodedata.combining(letter) != 0 for letter in text)
    return len(text) + wide - narrow
