"""Every model in the artist's folders, one by one, by its header; what is known already is not read again."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.form import from_json, to_json
from engine.api.model_file import ModelFile
from engine.models.places.walk import Place, places
from engine.models.scanning.describe import describe, name_of, state_of
from engine.models.scanning.scan_memory import ScanMemory

SAVE_EVERY = 500
FILE = "file"
"""Under which `ScanMemory` keeps a `ModelFile`."""


@dataclass(frozen=True)
class Scanned:
    """How far the scan is."""

    done: int
    total: int
    """0 while the folders are still being walked through."""
    file: ModelFile | None = None
    """What was found just now."""
    is_new: bool = False
    """True where its header was read: it was not known, or had changed."""


def scan(
    folders: Sequence[Path], memory: ScanMemory | None = None
) -> Generator[Scanned, None, list[ModelFile]]:
    """Yields each model as soon as it is known, and returns all. To cancel, close it: what was read is kept.

    Never raises for what a folder or a file holds; a broken file is a `ModelFile` with its `problem`.
    """
    own = memory is None
    memory = memory or ScanMemory()
    found: list[ModelFile] = []
    try:
        all_places: list[Place] = []
        for place in places(*folders):
            all_places.append(place)
            if len(all_places) % 100 == 0:
                yield Scanned(len(all_places), 0)
        yield Scanned(0, len(all_places))
        for number, place in enumerate(all_places, 1):
            file, is_new = look(place, memory)
            found.append(file)
            yield Scanned(number, len(all_places), file, is_new)
            if number % SAVE_EVERY == 0:
                memory.save()
        return found
    finally:
        memory.save()
        if own:
            memory.close()


def look(place: Place, memory: ScanMemory) -> tuple[ModelFile, bool]:
    """What lies at `place`, and whether it had to be read for that."""
    stamp = state_of(place)
    if (known := memory.get(FILE, place.path, stamp)) is not None:
        with suppress(BadRequest):
            return replace(from_json(ModelFile, known), name=name_of(place)), False
    file = describe(place)
    memory.put(FILE, place.path, stamp, to_json(file))
    return file, True
