"""How what is more than words looks in a prompt: without colours, for an artist judges colour here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextEdit

from desktop.widgets.theme import tokens
from engine.api.prompt_marks import Mark

CHUNK_TINT = 60
"""Of 255: the ground under the letter with which the model begins to read anew."""


@dataclass(frozen=True)
class ShownMark:
    """`text[start:end]` is `what`; `tip` tells what it does."""

    start: int
    end: int
    what: Mark
    tip: str = ""


def selections(
    document: QTextDocument,
    text: str,
    marks: Sequence[ShownMark],
    chunk_starts: Sequence[int],
    cut_at: int | None,
    in_sight: tuple[int, int] | None = None,
) -> list[QTextEdit.ExtraSelection]:
    """All of it, as an editor paints it over its text; or what touches the characters `in_sight`."""
    first, last = in_sight or (0, len(text))
    looks = {what: _look(what) for what in Mark}
    shown = [
        (mark.start, mark.end, looks[mark.what]) for mark in marks if mark.end >= first and mark.start <= last
    ]
    shown += [(at, at + 1, _chunk()) for at in chunk_starts if first <= at <= last]
    if cut_at is not None and cut_at < len(text):
        shown.append((cut_at, len(text), looks[Mark.IGNORED]))
    places = _qt_places(text, [at for start, end, _ in shown for at in (start, end)])
    return [_selection(document, places[start], places[end], look) for start, end, look in shown]


def _selection(
    document: QTextDocument, start: int, end: int, look: QTextCharFormat
) -> QTextEdit.ExtraSelection:
    selection = QTextEdit.ExtraSelection()
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    selection.format = look  # pyright: ignore[reportAttributeAccessIssue]  (a plain member in the stubs)
    selection.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue]
    return selection


def _look(what: Mark) -> QTextCharFormat:
    look = QTextCharFormat()
    line = QTextCharFormat.UnderlineStyle
    match what:
        case Mark.WEIGHT | Mark.LORA:
            look.setForeground(QColor(tokens().dim))
        case Mark.TURN:
            look.setForeground(QColor(tokens().dim))
            look.setUnderlineStyle(line.DashDotLine)
        case Mark.DRAWN:
            look.setForeground(QColor(tokens().dim))
            look.setUnderlineStyle(line.DashUnderline)
        case Mark.JOIN:
            look.setUnderlineStyle(line.SingleUnderline)
        case Mark.LONE:
            look.setUnderlineStyle(line.DotLine)
        case Mark.READ_AS:
            look.setUnderlineStyle(line.DashDotLine)
        case Mark.IGNORED:
            look.setForeground(QColor(tokens().dim))
            look.setFontStrikeOut(True)
        case Mark.FAULT:
            look.setUnderlineStyle(line.WaveUnderline)
            look.setUnderlineColor(QColor(tokens().accent))
    return look


def _chunk() -> QTextCharFormat:
    look = QTextCharFormat()
    ground = QColor(tokens().dim)
    ground.setAlpha(CHUNK_TINT)
    look.setBackground(ground)
    return look


def _qt_places(text: str, places: Sequence[int]) -> dict[int, int]:
    """Each of `places` counted as Qt counts, in one pass."""
    if _is_narrow(text):
        return {place: min(max(place, 0), len(text)) for place in places}
    found, units, at = {}, 0, 0
    for place in sorted({min(max(place, 0), len(text)) for place in places}):
        units += _units(text[at:place])
        found[place], at = units, place
    return {place: found[min(max(place, 0), len(text))] for place in places}


def _is_narrow(text: str) -> bool:
    """True where both count alike: no character needs two units."""
    return text.isascii() or _units(text) == len(text)


def _units(text: str) -> int:
    """Of UTF-16; Python's own encoder, for a long prompt is counted at every key."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def qt_index(text: str, index: int) -> int:
    """Python counts characters, Qt counts UTF-16 units: an emoji is one here and two there."""
    return index if text.isascii() else index + _units(text[:index]) - len(text[:index])


def python_index(text: str, index: int) -> int:
    """The reverse of `qt_index`; in the middle of an emoji the place behind it."""
    if text.isascii():
        return min(max(index, 0), len(text))
    before = text[: max(index, 0)].encode("utf-16-le", "surrogatepass")[: 2 * max(index, 0)]
    return len(before.decode("utf-16-le", "replace"))
