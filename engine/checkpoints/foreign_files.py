"""Reading files that strangers made: bounded, never a device or a pipe, never a surprise."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.api.errors import ModelNotFound, UnsafeFile
from engine.api.form import Json

LARGEST_CONFIG = 1 << 20
"""Bytes of a configuration file; real ones have a few thousand."""
PART_FOLDERS = ("unet", "vae", "text_encoder", "scheduler", "tokenizer")
ROOT_FILES = ("model_index.json", "lienzo.json")
"""Names that say nothing without the model folder they are in."""
MOST_BRACKETS = 200_000
MOST_COMMAS = 1_000_000


@dataclass(frozen=True)
class FileState:
    """What changes when a file is replaced, overwritten or cut; cheap to ask for."""

    size: int
    mtime_ns: int
    inode: int

    @staticmethod
    def of(path: Path) -> FileState:
        """Raises `UnsafeFile` for all but regular files, `ModelNotFound` where there is none."""
        try:
            found = path.stat()
        except FileNotFoundError:
            raise ModelNotFound(f"There is no file {path}. Choose another, or put it back.") from None
        except (OSError, ValueError) as error:
            raise unsafe(path, f"cannot be looked at ({error})", "Check the path and its rights.") from None
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
            raise unsafe(path, f"is not a regular file but {what}", "Choose a model file.")
        return FileState(found.st_size, found.st_mtime_ns, found.st_ino)

    @staticmethod
    def of_open(file: BinaryIO) -> FileState:
        """Of the very file that is being read, whatever lies at its path by now."""
        found = os.fstat(file.fileno())
        return FileState(found.st_size, found.st_mtime_ns, found.st_ino)


def unsafe(path: Path, cause: str, next_step: str) -> UnsafeFile:
    """The error that names the file, the cause and the next step."""
    return UnsafeFile(f"{name_of(path)} {cause}. {next_step}", path=str(path), cause=cause)


def name_of(path: Path) -> str:
    """The file's name; in a model folder, where every file is called alike, with that folder's."""
    if path.parent.name in PART_FOLDERS:
        return "/".join(path.parts[-3:])
    return "/".join(path.parts[-2:]) if path.name in ROOT_FILES else path.name


def open_regular(path: Path) -> BinaryIO:
    """`path` opened for reading, unbuffered; raises as `FileState.of` does.

    Opened without blocking: a pipe put in the file's place between the look and the opening
    cannot stop the reader.
    """
    FileState.of(path)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise unsafe(path, f"cannot be opened ({error.strerror})", "Check its rights.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise unsafe(path, "is a device or a pipe", "Choose a model file.")
    return os.fdopen(handle, "rb", buffering=0)


def read_bounded(path: Path, largest: int = LARGEST_CONFIG) -> bytes:
    """The whole file; raises `UnsafeFile` where it is larger than `largest` bytes."""
    with open_regular(path) as file:
        data = file.read(largest + 1) or b""
    if len(data) > largest:
        raise unsafe(
            path, f"is larger than {largest:,} bytes", "No real model has such a file; get it again."
        )
    return data


def read_json(path: Path, largest: int = LARGEST_CONFIG) -> dict[str, Json]:
    """The JSON mapping in `path`; raises `UnsafeFile` for anything else, however built."""
    value = parse_json(read_bounded(path, largest), path)
    if not isinstance(value, dict):
        raise unsafe(path, "holds no JSON mapping", "Get the model again from its source.")
    return value


def parse_json(data: bytes, path: Path) -> Json:
    """JSON with bounded memory and depth. Duplicate keys are refused: readers would disagree on them."""
    brackets = data.count(b"[") + data.count(b"{")
    if brackets > MOST_BRACKETS or data.count(b",") > MOST_COMMAS:
        raise unsafe(path, "holds an absurd number of entries", "Get the model again from its source.")
    try:
        return json.loads(data, object_pairs_hook=_unique)
    except RecursionError:
        cause = "is nested too deeply"
    except _DuplicateKeyError as error:
        cause = f"says {str(error)[:80]!r} twice"
    except (ValueError, UnicodeDecodeError):
        cause = "holds damaged JSON"
    raise unsafe(path, cause, "Get the model again from its source.")


class _DuplicateKeyError(Exception):
    pass


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) == len(pairs):  # a header has thousands of mappings: the usual case is one call
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _DuplicateKeyError(key)
        seen.add(key)
    return found
