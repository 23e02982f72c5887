"""Marks into a picture file: its XMP is replaced, every other byte and its time stay as they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from engine.api.errors import CannotSave
from engine.library.gate import read_source
from engine.library.marks import Marks, read_marks, with_marks
from engine.library.packets import packet_of, with_packet
from engine.library.save import save_written

TRIES = 3
"""Another program may be writing the same file."""


def write_marks(path: Path, marks: Marks) -> os.stat_result:
    """Write `marks` into the file at `path`, unless they are in it; returns the file's facts afterwards.

    The file keeps its time of change: it is still as old as its pixels. Raises `UnreadableFile` for what
    cannot be written into (a damaged file or packet) and `CannotSave`; the file is then as it was.
    """
    for _ in range(TRIES):
        before = _facts(path)
        data, name = read_source(path)
        packet = packet_of(data, name)
        if read_marks(packet) == marks:
            return before
        if not os.access(path, os.W_OK):
            raise CannotSave(
                f"{name} was not written: it is read-only. Change its permissions.", path=str(path)
            )
        whole = with_packet(data, with_marks(packet, marks), name)
        try:
            save_written(
                path, lambda file, whole=whole, before=before: _write_unchanged(file, whole, path, before)
            )
        except _ChangedMeanwhile:
            continue
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return path.stat()
    raise CannotSave(
        f"{path.name} was not written: another program keeps changing it. Try later.", path=str(path)
    )


class _ChangedMeanwhile(Exception):
    """Not an error: it is read again."""


def _write_unchanged(file: BinaryIO, data: bytes, path: Path, before: os.stat_result) -> None:
    """The last look at the old file is as close to its end as can be."""
    file.write(data)
    file.flush()
    if _same(_facts(path)) != _same(before):
        raise _ChangedMeanwhile


def _same(facts: os.stat_result) -> tuple[int, int, int]:
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _facts(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise CannotSave(
            f"{path.name} was not written: {error.strerror}. Look whether it is still there.", path=str(path)
        ) from error
