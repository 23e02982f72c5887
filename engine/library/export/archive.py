"""Pictures as one ZIP: written as a stream, so that no number of them fills the memory."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from engine.api.errors import CannotSave, EngineError
from engine.library.export.export import Exported, ExportWish, export_name, exported
from engine.library.save import save_written

Report = Callable[[Exported], None]
"""Told of each picture; raises to stop, and then there is no archive."""


def export_zip(paths: Sequence[Path], target: Path, wish: ExportWish, report: Report) -> None:
    """One archive of `paths` as `wish` says; it is whole when this returns, and not there when it raises.

    Pictures are packed already, so they are stored as they are. Raises `BadRequest` for a wish that cannot
    be, `CannotSave`, and whatever `report` raises.
    """
    wish.checked()
    if target.exists():
        raise CannotSave(f"{target} exists already. Choose another name.", path=str(target))
    save_written(target, lambda file: _write(file, paths, wish, report))


def _write(file: BinaryIO, paths: Sequence[Path], wish: ExportWish, report: Report) -> None:
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, path in enumerate(paths, 1):
            try:
                copy = exported(path, wish)
            except EngineError as error:
                report(Exported(path, None, error))
                continue
            name = free_name(export_name(path, number, copy.suffix, wish), taken)
            # no times of files: they too tell when something was made
            archive.writestr(zipfile.ZipInfo(name), copy.data)
            report(Exported(path, Path(name), leaves_layers=copy.leaves_layers))


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with " (2)", " (3)" ... where `taken` has one like it (in any case); it is added there."""
    pure, number, candidate = PurePosixPath(name), 1, name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{pure.stem} ({number}){pure.suffix}"
    taken.add(candidate.casefold())
    return candidate
