"""What was found, in the order of the screen: in groups, each stack gathered below its first picture."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QDate, QLocale

Numbers = NDArray[np.int64]
translate = QCoreApplication.translate
DAY_SECONDS = 86_400
LAST_SECOND = 250_000_000_000.0
"""In the year 9892: a file that says more says nothing."""


class Grouping(enum.StrEnum):
    NONE = "none"
    DAY = "day"
    MODEL = "model"
    PROMPT = "prompt"


@dataclass(frozen=True, eq=False)
class Arranged:
    """Pictures in the order they are shown."""

    ids: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    aspects: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Width / height."""
    group_starts: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    group_titles: tuple[str, ...] = ()
    stacks: dict[int, int] = field(default_factory=dict)
    """Id of the first picture of each stack to how many pictures are in it."""
    stack_of: dict[int, int] = field(default_factory=dict)
    """Id of the first picture to the stack's own number."""
    count: int = 0
    """Pictures found, those in stacks too."""


def arrange(
    ids: Numbers,
    widths: Numbers,
    heights: Numbers,
    groups: Sequence[str] | None = None,
    stacks: Numbers | None = None,
    open_stacks: frozenset[int] = frozenset(),
) -> Arranged:
    """The pictures `ids` (in the order that was asked for), grouped by the words `groups` where given.

    Groups come in the order in which their first picture does. `stacks` tells pictures of one recipe by a
    number (0: none); one that is not in `open_stacks` shows its first picture, an open one all, together.
    """
    order = np.arange(len(ids))
    codes = np.zeros(len(ids), np.int64)
    words: tuple[str, ...] = ()
    if groups is not None:
        codes, words = _codes(groups)
        order = np.argsort(codes, kind="stable")
    sizes: dict[int, int] = {}
    numbers: dict[int, int] = {}
    if stacks is not None:
        order, sizes, numbers = _gather(ids, stacks, codes, order, open_stacks)
    starts = np.zeros(0, np.int64)
    titles: tuple[str, ...] = ()
    if groups is not None and len(order):
        shown = codes[order]
        starts = np.flatnonzero(np.concatenate([[True], shown[1:] != shown[:-1]])).astype(np.int64)
        titles = tuple(map(words.__getitem__, shown[starts].tolist()))
    aspects = widths[order] / np.maximum(heights[order], 1)
    return Arranged(ids[order], aspects, starts, titles, sizes, numbers, len(ids))


def _codes(groups: Sequence[str]) -> tuple[Numbers, tuple[str, ...]]:
    """A number for each word, in the order in which they come first."""
    words = tuple(dict.fromkeys(groups))
    known = {word: code for code, word in enumerate(words)}
    return np.fromiter(map(known.__getitem__, groups), np.int64, len(groups)), words


def _gather(
    ids: Numbers, stacks: Numbers, codes: Numbers, order: Numbers, open_stacks: frozenset[int]
) -> tuple[Numbers, dict[int, int], dict[int, int]]:
    """Within its group each stack stands where its first picture does."""
    numbers_used, number = np.unique(stacks[order], return_inverse=True)
    both = codes[order] * len(numbers_used) + number
    _, first, inverse, counts = np.unique(both, return_index=True, return_inverse=True, return_counts=True)
    is_stack = (stacks[order] != 0) & (counts[inverse] > 1)
    place = np.where(is_stack, first[inverse], np.arange(len(order)))
    is_first = place == np.arange(len(order))
    is_open = np.isin(stacks[order], np.array(sorted(open_stacks), np.int64))
    shown = ~is_stack | is_first | is_open
    tops = np.flatnonzero(is_stack & is_first)
    keys = ids[order[tops]].tolist()
    sizes = dict(zip(keys, counts[inverse[tops]].tolist(), strict=True))
    numbers = dict(zip(keys, stacks[order[tops]].tolist(), strict=True))
    gathered = np.argsort(place, kind="stable")
    return order[gathered[shown[gathered]]], sizes, numbers


def day_titles(dates: NDArray[np.float64], today: datetime.date | None = None) -> list[str]:
    """For each moment (seconds since 1970) its day in words, in this computer's time zone."""
    today = today or datetime.date.today()
    known = np.where(np.isfinite(dates) & (np.abs(dates) < LAST_SECOND), dates, LAST_SECOND)
    near = np.unique(known // DAY_SECONDS)
    near = np.unique(np.concatenate([near - 1, near, near + 1])).tolist()
    days = [day for number in near if (day := _day(number)) is not None]
    starts = np.array([_midnight(day) for day in days])
    titles = [_day_title(day, today) for day in days]
    places = np.maximum(np.searchsorted(starts, known, "right") - 1, 0).tolist()
    return [titles[place] for place in places]


def _day(number: float) -> datetime.date | None:
    try:
        return datetime.date(1970, 1, 1) + datetime.timedelta(days=number)
    except OverflowError:
        return None


def _midnight(day: datetime.date) -> float:
    try:
        return datetime.datetime(day.year, day.month, day.day).timestamp()
    except (ValueError, OverflowError, OSError):  # some systems know no time before 1970
        return (day - datetime.date(1970, 1, 1)).days * float(DAY_SECONDS)


def _day_title(day: datetime.date, today: datetime.date) -> str:
    if day == today:
        return translate("Gallery", "Today")
    if day == today - datetime.timedelta(days=1):
        return translate("Gallery", "Yesterday")
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)
