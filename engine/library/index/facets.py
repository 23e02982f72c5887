"""How many of the pictures found have which model, sampler, date, ...: what one can narrow the search to."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from engine.library.index.query import term_text
from engine.library.index.record import KINDS
from engine.library.index.search import MANY, ONE, Found

FIELDS = (
    "model",
    "family",
    "lora",
    "sampler",
    "program",
    "kind",
    "rating",
    "label",
    "tag",
    "board",
    "size",
    "date",
)
"""Of `facets_of`, in the order in which they are asked for most."""
MOST_VALUES = 500


@dataclass(frozen=True)
class Value:
    """One value of a facet."""

    value: str
    """As the files say it; for dates `2026-11`, for sizes `512x768`. Empty where they say nothing."""
    count: int
    term: str
    """What to add to the query to narrow it to this value: `model:"Starter"`."""


def facets_of(found: Found, fields: tuple[str, ...] = FIELDS) -> dict[str, tuple[Value, ...]]:
    """For each field its values by falling count, at most `MOST_VALUES`; dates newest first, ratings best."""
    return {field: _values(field, found)[:MOST_VALUES] for field in fields}


def _values(field: str, found: Found) -> tuple[Value, ...]:
    if field in ONE or field in MANY:
        return _by_count(field, _named(field, found))
    if field == "kind":
        counts = np.bincount(found.column("kind"), minlength=len(KINDS))
        return _by_count(field, {kind.value: int(count) for kind, count in zip(KINDS, counts, strict=True)})
    if field == "rating":
        counts = np.bincount(found.column("rating"), minlength=6)
        return tuple(Value(str(n), int(counts[n]), f"rating:{n}") for n in range(5, -1, -1) if counts[n])
    return _sizes(found) if field == "size" else _months(found)


def _named(field: str, found: Found) -> dict[str, int]:
    columns = found.columns
    if field in ONE:
        codes = found.column(field)
    else:
        pairs = columns.pairs[MANY[field]]
        codes = pairs.names[np.isin(pairs.pictures, found.ids)]
    counts = np.bincount(codes, minlength=1)
    return {columns.names[code]: int(counts[code]) for code in np.flatnonzero(counts)}


def _by_count(field: str, counts: dict[str, int]) -> tuple[Value, ...]:
    """What is not told comes last, whatever its count."""
    told = sorted(counts.items(), key=lambda pair: (not pair[0], -pair[1], pair[0]))
    return tuple(Value(word, count, term_text(field, word)) for word, count in told if count)


def _sizes(found: Found) -> tuple[Value, ...]:
    both = found.column("width").astype(np.int64) << 32 | found.column("height")
    sizes, counts = np.unique(both, return_counts=True)
    return _by_count(
        "size", {f"{size >> 32}x{size & 0xFFFFFFFF}": int(n) for size, n in zip(sizes, counts, strict=True)}
    )


def _months(found: Found) -> tuple[Value, ...]:
    """In this computer's time zone, the newest first."""
    dates = found.column("date")
    if not len(dates):
        return ()
    first, last = (datetime.datetime.fromtimestamp(float(date)) for date in (dates.min(), dates.max()))
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    starts = [_start_of(number) for number in numbers]
    counts = np.bincount(np.searchsorted(starts, dates, "right"), minlength=len(numbers) + 1)[1:]
    months = [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
    told = list(zip(months, counts.tolist(), strict=True))[::-1]
    return tuple(Value(month, count, f"date:{month}") for month, count in told if count)


def _start_of(month: int) -> float:
    """Seconds since 1970 of a month, counted from the year 0."""
    start = datetime.datetime(month // 12, month % 12 + 1, 1)
    try:
        return start.timestamp()
    except (OSError, OverflowError):  # some systems know no time before 1970
        return (start - datetime.datetime(1970, 1, 1)).total_seconds()
