"""What a tool draws over the picture while it works: lines and handles, in document pixels."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Look(enum.Enum):
    PLAIN = "plain"
    DASHED = "dashed"
    SHADE = "shade"
    """A closed line, and everything outside it dimmed: what a crop takes away."""


@dataclass(frozen=True)
class Guide:
    """One line."""

    points: tuple[tuple[float, float], ...]
    is_closed: bool = False
    look: Look = Look.PLAIN
    handles: tuple[tuple[float, float], ...] = field(default=())
    """Small squares that one can drag."""
    text: str = ""
    """Beside the last point, e.g. a size."""
