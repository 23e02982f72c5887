"""What the artist said, brought into the files: the line of owed marks, which no kill shortens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import EngineError
from engine.library.disks import WRITING_S
from engine.library.index.heads import read_head
from engine.library.index.kept import Owed
from engine.library.index.known import Known
from engine.library.index.reading import mark_of, signed
from engine.library.index.record import Presence
from engine.library.index.walk import is_like
from engine.library.mark_files import write_marks

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue


@dataclass(frozen=True)
class Written:
    """One file whose marks were owed."""

    path: Path
    cause: str = ""
    """Why they could not be written; they stay owed, and in the index. Empty where they were."""
    done: int = 0
    total: int = 0


def write_owed(catalogue: Catalogue) -> Iterator[Written]:
    """Write all that is owed, the oldest first. Stop by closing the iterator; what is left stays owed.

    A file that cannot be written (read-only, missing, damaged) says why and is tried again the next time.
    """
    owed = catalogue.kept.owed()
    for number, debt in enumerate(owed, 1):
        if not catalogue.kept.is_owed(debt):
            continue  # something newer was said meanwhile; that is paid the next time
        yield Written(debt.path, _pay(catalogue, debt), number, len(owed))


def _pay(catalogue: Catalogue, debt: Owed) -> str:
    """Returns why it could not be paid."""
    record = catalogue.record_at(debt.path)
    if record is not None and record.marks != debt.marks:  # we were killed between the two
        with catalogue.writing() as store:
            store.mark(record.id, debt.marks)
    try:
        facts, (head, _) = catalogue.ask_disk(
            debt.path, lambda: (write_marks(debt.path, debt.marks), read_head(debt.path)), WRITING_S
        )
    except EngineError as error:
        catalogue.kept.postpone(debt, error.message)
        return error.message
    except FileNotFoundError:
        return "it went meanwhile"
    if record is not None:
        known = Known(record.id, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino), Presence.PRESENT)
        with catalogue.writing() as store:
            if _is_still(catalogue, debt.path, facts):
                store.rewritten(record.id, known, mark_of(head, record.format, facts.st_size))
    catalogue.kept.settle(debt)
    return ""


def _is_still(catalogue: Catalogue, path: Path, facts: os.stat_result) -> bool:
    """Another program may have written the file after us; then it knows what is true of it."""
    try:
        now = catalogue.ask_disk(path, path.stat)
    except (OSError, EngineError):
        return False
    return is_like(now, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino))
