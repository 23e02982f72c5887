"""What is learnt of the pictures in the background, one after the other, and how far it is with that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LearningProgress:
    """After one picture, or a few."""

    done: int
    total: int
    path: Path | None = None
    """The picture that was looked at."""
    cause: str = ""
    """Why it could not be opened."""
