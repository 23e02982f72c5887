"""How far it is with what is learnt of the pictures in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Learnt:
    done: int
    total: int
    path: Path | None = None
    """The picture that was looked at."""
    cause: str = ""
    """Why it could not be opened."""
