"""Pictures renamed and moved on the disk, and the index with them: a value that can be undone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import CannotSave, UnreadableFile
from engine.library.disks import WRITING_S
from engine.library.index.known import Known
from engine.library.index.reading import signed
from engine.library.index.record import Presence
from engine.library.moving import move_file

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue


@dataclass(frozen=True)
class Move:
    """Where files were and where they are, by the pictures' ids."""

    before: Mapping[int, Path]
    after: Mapping[int, Path]
    failed: tuple[str, ...] = ()
    """Why some stayed where they were, in words."""

    def undone(self) -> Move:
        return Move(self.after, self.before)


def move_pictures(catalogue: Catalogue, paths: Mapping[int, tuple[Path, Path]]) -> Move:
    """Each file from the first path to the second. Raises `CannotSave` where not one could be moved.

    A disk that does not answer in time may still do it: then the next look at the folder follows the file.
    """
    before, after, failed = {}, {}, []
    for id, (path, target) in paths.items():
        try:
            there = catalogue.ask_disk(path, partial(move_file, path, target), WRITING_S)
        except (CannotSave, UnreadableFile) as error:
            failed.append(error.message)
            continue
        before[id], after[id] = path, there
    if failed and not after:
        raise CannotSave(failed[0])
    with catalogue.writing() as store:
        for id, path in after.items():
            facts = path.stat()
            known = Known(id, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino), Presence.PRESENT)
            store.move(id, store.directory(os.fsencode(path.parent)), os.fsencode(path.name), known)
    catalogue.kept.moved({before[id]: after[id] for id in after})
    return Move(before, after, tuple(failed))
