"""Rows of the index as records."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from engine.library.index.known import path_of
from engine.library.index.reading import Reading, unsigned
from engine.library.index.record import KINDS, PictureRecord, Presence
from engine.library.marks import Marks

RECORD = """
SELECT p.id, d.path, p.name, p.presence, p.bytes, p.mtime_ns, p.format, p.width, p.height, p.date, p.kind,
    program.text, w.prompt, w.negative, p.seed, model.text, family.text, sampler.text, p.steps, p.guidance,
    p.strength, p.stack, p.skipped
FROM pictures p JOIN directories d ON d.id = p.directory JOIN words w ON w.id = p.id
JOIN names program ON program.id = p.program JOIN names model ON model.id = p.model
JOIN names family ON family.id = p.family JOIN names sampler ON sampler.id = p.sampler
WHERE p.id IN (SELECT value FROM json_each(?))
"""
MARKS = """
SELECT p.id, p.rating, label.text, p.favourite, w.notes
FROM pictures p JOIN words w ON w.id = p.id JOIN names label ON label.id = p.label
WHERE p.id IN (SELECT value FROM json_each(?))
"""


def records_by_id(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, PictureRecord]:
    wanted = json.dumps(ids)
    marks, loras = marks_by_id(connection, ids), _many(connection, "loras", wanted)
    return {
        row[0]: _record(row, loras.get(row[0], ()), marks[row[0]])
        for row in connection.execute(RECORD, (wanted,))
    }


def marks_by_id(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Marks]:
    wanted = json.dumps(ids)
    tags, boards = (_many(connection, table, wanted) for table in ("tags", "boards"))
    return {
        id: Marks(rating, label, bool(favourite), tags.get(id, ()), boards.get(id, ()), notes)
        for id, rating, label, favourite, notes in connection.execute(MARKS, (wanted,))
    }


def _many(connection: sqlite3.Connection, table: str, wanted: str) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = connection.execute(
        f"SELECT picture, text FROM {table} JOIN names ON names.id = name"
        " WHERE picture IN (SELECT value FROM json_each(?)) ORDER BY picture, text",
        (wanted,),
    )
    for picture, text in rows:
        found[picture] = (*found.get(picture, ()), text)
    return found


def _record(row: tuple, loras: tuple[str, ...], marks: Marks) -> PictureRecord:
    (
        id, directory, name, presence, size, mtime_ns, format, width, height, date, kind, program, prompt,
        negative, seed, model, family, sampler, steps, guidance, strength, stack, skipped,
    ) = row  # fmt: skip
    return PictureRecord(
        id,
        path_of(directory, name),
        Presence(presence),
        size,
        mtime_ns,
        format,
        width,
        height,
        datetime.datetime.fromtimestamp(date).astimezone(),
        KINDS[kind],
        program,
        prompt,
        negative,
        None if seed is None else unsigned(seed),
        model,
        family,
        sampler,
        steps,
        guidance,
        strength,
        loras,
        stack,
        marks,
        tuple(skipped.split("\n")) if skipped else (),
    )


def record_of(path: Path, reading: Reading, known: PictureRecord | None = None) -> PictureRecord:
    """What was just read of a file, as a record; with the id and marks of the one that is `known` of it."""
    return PictureRecord(
        known.id if known else 0,
        path,
        Presence.PRESENT,
        reading.bytes,
        reading.mtime_ns,
        reading.format,
        reading.width,
        reading.height,
        datetime.datetime.fromtimestamp(reading.date).astimezone(),
        reading.kind,
        reading.program,
        reading.prompt,
        reading.negative_prompt,
        reading.seed,
        reading.model,
        reading.family,
        reading.sampler,
        reading.steps,
        reading.guidance,
        reading.strength,
        reading.loras,
        reading.stack,
        known.marks if known else reading.marks,
        reading.skipped,
    )
