"""Pictures of the catalogue as JSON and as lines, for `lienzo library`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.api.errors import UnreadableFile
from engine.api.form import to_json
from engine.library.index.reading import Reading, read_file
from engine.library.index.record import PictureRecord
from engine.library.index.rows import record_of
from engine.library.metadata import read_metadata


def search_form(record: PictureRecord) -> dict[str, Any]:
    """Text is empty and a number null where the file does not say."""
    return {
        "path": str(record.path),
        "prompt": record.prompt,
        "negative_prompt": record.negative_prompt,
        "seed": record.seed,
        "model": record.model,
        "sampler": record.sampler,
        "steps": record.steps,
        "size": record.size,
        "date": record.date.isoformat(timespec="seconds") if record.date else None,
        "program": record.program,
        "rating": record.marks.rating,
        "tags": list(record.marks.tags),
    }


def show_form(path: Path, record: PictureRecord | None) -> dict[str, Any]:
    """All fields, and every text in the file as it was. Of a missing file what the catalogue knows.

    Raises `UnreadableFile` for a file that neither can be read nor is known.
    """
    reading: Reading | None = None
    with suppress(FileNotFoundError):
        reading = read_file(path.absolute())
    if record is None or (reading is not None and not record.is_missing):
        if reading is None:
            raise UnreadableFile(
                f"{path} is not there. Look whether it was moved or renamed.", path=str(path)
            )
        record = record_of(path.absolute(), reading, record)
    metadata = read_metadata(path) if reading is not None else None
    return {
        **search_form(record),
        "family": record.family,
        "guidance": record.guidance,
        "strength": record.strength,
        "loras": list(record.loras),
        "kind": record.kind.value,
        "format": record.format,
        "width": record.width,
        "height": record.height,
        "bytes": record.bytes,
        "is_missing": record.is_missing,
        **{name: value for name, value in asdict(record.marks).items() if name not in ("rating", "tags")},
        "recipe": None if metadata is None else to_json(metadata.recipe),
        "parameters": None if metadata is None else to_json(metadata.parameters),
        "source_type": "" if metadata is None else metadata.source_type,
        "skipped": list(record.skipped if metadata is None else metadata.skipped),
        "texts": {} if metadata is None else metadata.texts,
    }


def show_text(form: dict[str, Any]) -> str:
    """A fact a line, then the texts as they were. Strangers' words: control characters are gone already."""
    hidden = ("texts", "recipe", "parameters")
    facts = [
        (name, value)
        for name, value in form.items()
        if name not in hidden and value not in ("", None, [], ())
    ]
    lines = [f"{name.replace('_', ' '):<16}{_plain(value)}" for name, value in facts]
    texts = [f"\n{name}:\n{text}" for name, text in form["texts"].items()]
    return "\n".join([*lines, *texts]).encode("utf-8", "replace").decode()


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
