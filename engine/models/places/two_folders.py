"""Models of two stages, each in a folder of its own: the second is drawn with, the first lies beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from engine.api.form import Json
from engine.checkpoints.foreign_files import read_json
from engine.families.stages import FIRST_OF, PREFIX
from engine.models.places.walk import INDEX

MOST_FOLDERS = 500
"""That are looked at."""


def first_stage_of(path: Path, index: dict[str, Json]) -> tuple[Path, dict[str, Json]] | None:
    """The folder beside `path` with its first stage, and its index; None where none is there or needed."""
    wanted = FIRST_OF.get(str(index.get("_class_name")))
    if wanted is None or any(part.startswith(PREFIX) for part in index):
        return None
    by_likeness = sorted(_beside(path), key=lambda one: (-_likeness(path, one), str(one)))
    for folder in by_likeness:
        found = read_json(folder / INDEX)
        if found.get("_class_name") == wanted:
            return folder, found
    return None


def _beside(path: Path) -> Iterator[Path]:
    """Folders with an index next to it; in a Hugging Face cache those of the other repositories."""
    if path.parent.name == "snapshots":
        around = (place for place in path.parents[2].glob("models--*/snapshots/*"))
    else:
        around = path.parent.iterdir()
    for count, folder in enumerate(around):
        if count >= MOST_FOLDERS:
            return
        if folder != path and (folder / INDEX).is_file():
            yield folder


def _likeness(path: Path, other: Path) -> int:
    """Letters at the beginning of their names that are the same."""
    pairs = zip(str(path), str(other), strict=False)
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], pairs))
