"""Models of two stages, each in a folder of its own: the second is drawn with, the first lies beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from engine.api.form import Json
from engine.checkpoints.foreign_files import read_json
from engine.families.same_networks import own_pipeline
from engine.families.stages import FIRST_OF, PREFIX, SECOND, SECOND_OF, SECOND_PARTS
from engine.models.places.walk import INDEX

MOST_FOLDERS = 500
"""That are looked at."""


class OtherStage(NamedTuple):
    """What lies in a folder of its own."""

    folder: Path
    index: dict[str, Json]
    prefix: str
    """Before the names of its parts here."""
    parts: tuple[str, ...]
    """That are taken of it."""


def other_stage_of(path: Path, index: dict[str, Json]) -> OtherStage | None:
    """The other stage of the model in `path`, from beside it; None where none is there or needed."""
    name = str(index.get("_class_name"))
    if any(part.startswith(PREFIX) for part in index):
        return None
    if found := _stage_beside(path, FIRST_OF.get(name)):
        folder, told = found
        return OtherStage(folder, told, PREFIX, tuple(part for part in told if not part.startswith("_")))
    if found := _stage_beside(path, SECOND_OF.get(name)):
        folder, told = found
        return OtherStage(folder, told, SECOND, tuple(part for part in SECOND_PARTS if part in told))
    return None


def _stage_beside(path: Path, wanted: str | None) -> tuple[Path, dict[str, Json]] | None:
    if wanted is None:
        return None
    by_likeness = sorted(_beside(path), key=lambda one: (-_likeness(path, one), str(one)))
    for folder in by_likeness:
        found = read_json(folder / INDEX)
        if own_pipeline(str(found.get("_class_name"))) == wanted:
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
