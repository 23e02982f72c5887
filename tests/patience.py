"""How long a test waits for what should have come: a hang is found on a busy machine too, only later."""

from __future__ import annotations

import os

MOST = 4.0
"""So many times as long as on a machine with nothing else to do."""


def patience_s(seconds: float) -> float:
    """`seconds` of a quiet machine, so much longer as more processes want a core than there are cores."""
    try:
        wanted = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows does not tell
        return seconds
    return seconds * min(MOST, max(1.0, wanted / (os.cpu_count() or 1)))


def patience_ms(seconds: float) -> int:
    return round(1000 * patience_s(seconds))
