"""Numbers that grow and are never given twice, also over restarts: how the journal names things."""

from __future__ import annotations

import itertools
import time

_count = itertools.count(time.time_ns())


def next_number() -> int:
    return next(_count)


def pass_by(number: int) -> None:
    """From now on only larger ones: the clock may have been set back since `number` was given."""
    global _count
    if next(_count) <= number:
        _count = itertools.count(number + 1)
