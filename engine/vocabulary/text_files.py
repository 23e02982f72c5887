"""Small files of words, as people and other programs write them: read within bounds, or not at all."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from engine.api.form import Json

LARGEST_FILE = 64 << 20
"""Bytes; the longest lists of tags have ten million."""
MOST_FILES = 20_000
DEEPEST_FOLDER = 8

Read = TypeVar("Read")


@dataclass(frozen=True)
class BrokenFile:
    """What a file of words has that cannot be read, for the one who wrote it."""

    name: str
    told: str
    """One sentence, with the name."""
    line: int | None = None
    """Where, counted from 1; None where that is not known."""


class UnreadableWords(Exception):
    """A file of words that cannot be read: `fault` says why."""

    def __init__(self, path: Path, why: str, line: int | None = None) -> None:
        """`why` goes on after the name of the file."""
        place = f" in line {line}" if line is not None else ""
        super().__init__(f"{path.name} {why}"[:300] + place)
        self.fault = BrokenFile(path.name, str(self), line)


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Words(_SafeLoader):
    """PyYAML's safe loader, plain data only: what it takes for a date, a number or a yes is a word."""

    yaml_implicit_resolvers: Mapping[str, Any] = {
        letter: [(tag, pattern) for tag, pattern in known if tag.endswith((":null", ":merge"))]
        for letter, known in _SafeLoader.yaml_implicit_resolvers.items()
    }


def files_below(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """In the order of their names; nothing hidden, and no folder twice."""
    count = 0
    for here, folders, names in os.walk(folder):
        depth = len(Path(here).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and depth < DEEPEST_FOLDER)
        for name in sorted(names):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                count += 1
                if count > MOST_FILES:
                    return
                yield Path(here, name)


def text_of(path: Path) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else as Western Windows writes.

    Lines end as they do in the file. Raises `UnreadableWords`.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableWords(path, f"is larger than {LARGEST_FILE >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableWords(path, f"cannot be read ({error.strerror})") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Notepad calls it "Unicode"
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def data_of(path: Path) -> Json:
    """Of a JSON or YAML file; in YAML all but "null" is text.

    Raises `UnreadableWords`, with the line where it is known.
    """
    text = text_of(path)
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text)
        return yaml.load(text, _Words)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise UnreadableWords(path, f"is no YAML: {error.problem}", line) from error
    except json.JSONDecodeError as error:
        raise UnreadableWords(path, f"is no JSON: {error.msg}", error.lineno) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableWords(path, f"cannot be read: {error}") from error


def kept(read: Callable[[Path], Read], most: int = 512) -> Callable[[Path], Read]:
    """`read`, which looks at a file again only when it has changed."""
    remembered = lru_cache(maxsize=most)(lambda path, _mtime, _size: read(path))

    def fresh(path: Path) -> Read:
        try:
            stat = path.stat()
        except OSError as error:
            raise UnreadableWords(path, f"cannot be read ({error.strerror})") from error
        return remembered(path, stat.st_mtime_ns, stat.st_size)

    return fresh
