"""A finished picture in the library, as the filmstrip shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from engine.api.recipe import Recipe


@dataclass(eq=False)
class Result:
    """Changed only by `Pictures`, which says so (`Pictures.changed`)."""

    path: Path
    recipe: Recipe | None = None
    """None until it was read, or where the file holds none."""
    thumbnail: QImage | None = None
    """At most `pictures.THUMBNAIL_PX` on its longer side; None until it was loaded."""
    job_id: str = ""
    is_missing: bool = False
    """The file is not where it was saved; nothing is forgotten because of that."""

    @property
    def name(self) -> str:
        return self.path.name
