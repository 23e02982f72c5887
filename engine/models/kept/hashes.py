"""SHA-256 of weight files, remembered on disk: hashing gigabytes is done once a file, not once a start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from engine.api.errors import EngineError
from engine.api.form import Json
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import FileState, open_regular, read_json
from engine.checkpoints.weights import changed
from engine.library.folders import cache_folder
from engine.library.save import save_bytes

MOST_ENTRIES = 4_000
BLOCK = 8 << 20

Progress = Callable[[int], None]
"""Told of every so many bytes that were read; may raise to end it."""


class Remembered:
    """A small table in the cache folder. If it is lost or damaged, its answers are made again."""

    def __init__(self, name: str) -> None:
        self._path = cache_folder() / f"{name}.json"

    def get(self, key: str) -> Json:
        return self._entries().get(key)

    def put(self, key: str, value: Json) -> None:
        """Another process that writes at the same time may win; then this is asked for once more."""
        entries = {**self._entries(), key: value}
        newest = dict(list(entries.items())[-MOST_ENTRIES:])
        with suppress(EngineError):  # a full disk costs the memory of it, not the job
            save_bytes(self._path, json.dumps(newest).encode())

    def _entries(self) -> dict[str, Json]:
        try:
            return read_json(self._path, 8 << 20)
        except (EngineError, OSError):
            return {}


def file_sha256(file: WeightFile, progress: Progress = lambda _: None) -> str:
    """The hash of `file`; raises `UnsafeFile` where it is not the one whose header was checked."""
    state = file.state
    known = Remembered("weight-hashes")
    key = f"{file.path.absolute()}|{state.size}|{state.mtime_ns}|{state.inode}"
    found = known.get(key)
    if not isinstance(found, str) or len(found) != 64:
        found = _hash(file, progress)
        known.put(key, found)
    return found


def files_sha256(files: Sequence[WeightFile], progress: Progress = lambda _: None) -> str:
    """One hash of all `files`; of a single one its own. Raises as `file_sha256`."""
    hashes = [file_sha256(file, progress) for file in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _hash(file: WeightFile, progress: Progress) -> str:
    digest = hashlib.sha256()
    with open_regular(file.path) as opened:
        while block := opened.read(BLOCK):
            digest.update(block)
            progress(len(block))
        if FileState.of_open(opened) != file.state:
            raise changed(file.path)
    return digest.hexdigest()


def part_hashes(
    weights: Mapping[str, tuple[WeightFile, ...]], parts: tuple[str, ...], progress: Progress
) -> dict[str, str]:
    """Hash by part: of its file, over its shards', or of the single file that holds all parts."""
    if "" in weights:
        return dict.fromkeys(parts, file_sha256(weights[""][0], progress))
    return {part: files_sha256(weights[part], progress) for part in parts}


def remembered_count(key: str, count: Callable[[], int]) -> int:
    """How many numbers are not finite: `count`'s answer, asked once for each `key` (hash, part, format)."""
    known = Remembered("weights-not-finite")
    found = known.get(key)
    if type(found) is not int:
        found = count()
        known.put(key, found)
    return found
