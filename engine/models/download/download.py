"""A model fetched when the artist asks: what it is and may be used for is said first, every byte is checked.

It goes on where it was broken off, also after a restart. A file takes its name only when it is whole, of the
size and the SHA-256 that were promised, and has passed the pre-flight of any stranger's file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from engine.api.errors import BadRequest, CannotSave, DownloadFailed, UnsafeFile
from engine.library.save import save_bytes, sync_folder
from engine.models.download.transport import Response, Rules, broken_off, get, host_of
from engine.models.headers.files import read_header

BLOCK = 1 << 20
SPARE_BYTES = 1 << 30
"""That stay free on the disk."""
PART, NOTE = ".download", ".download.json"


@dataclass(frozen=True)
class RemoteFile:
    """One file at the other end."""

    url: str
    name: str
    """Where it goes, below the model's folder, with `/`."""
    bytes: int = 0
    """0 where the other end does not say."""
    sha256: str = ""
    """Empty where nobody says; then only the size can be checked."""


@dataclass(frozen=True)
class Offer:
    """What would be fetched: shown before a byte of it is."""

    title: str
    source: str
    licence: str
    """Empty where its makers do not say."""
    licence_url: str
    files: tuple[RemoteFile, ...]
    folder: str
    """Name of the folder that is made for it; empty for a single file."""

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Progress:
    done: int
    """Bytes of all files together."""
    total: int
    file: str


def download(offer: Offer, into: Path, rules: Rules | None = None) -> Generator[Progress, None, Path]:
    """Fetch `offer` into the folder `into`, and return the model's folder or file.

    Closing it stops; what has come is kept and gone on with. Raises `DownloadFailed` where the other end
    fails or sends something else than it promised (that is thrown away), `CannotSave` where there is no
    room, or where another file has the name.
    """
    home = into / offer.folder if offer.folder else into
    targets = [_target(home, file.name) for file in offer.files]
    _make(home)
    missing = [
        (file, target)
        for file, target in zip(offer.files, targets, strict=True)
        if not _is_there(file, target)
    ]
    if missing and not offer.folder and targets[0].exists():
        raise CannotSave(
            f"There is another {targets[0].name} in {home} already, of another size; it is left as it is. "
            "Choose another folder, or move it.",
            path=str(targets[0]),
            problem="name_is_taken",
        )
    _check_room(home, [(file, target) for file, target in missing])
    done = offer.bytes - sum(file.bytes for file, _ in missing)
    for file, target in missing:
        _make(target.parent)
        for count in _fetch(file, target, rules or Rules()):
            yield Progress(done + count, max(offer.bytes, done + count), file.name)
        done += file.bytes
    yield Progress(done, offer.bytes or done, "")
    return home if offer.folder else targets[0]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotSave(
            f"The folder {folder} cannot be made ({error.strerror}). Choose another one.", path=str(folder)
        ) from None


def _target(home: Path, name: str) -> Path:
    """Raises `BadRequest` for a name that would lead out of `home`, or hides."""
    parts = PurePosixPath(name).parts
    bad = any(part in ("..", "/") or part.startswith(".") or "\\" in part or ":" in part for part in parts)
    if not parts or bad or len(name) > 400 or "\0" in name:
        raise BadRequest("file", f"the other end names an impossible file, {name[:80]!r}")
    return home.joinpath(*parts)


def _is_there(file: RemoteFile, target: Path) -> bool:
    return target.is_file() and (not file.bytes or target.stat().st_size == file.bytes)


def _check_room(home: Path, missing: Sequence[tuple[RemoteFile, Path]]) -> None:
    has = sum(part.stat().st_size for _, target in missing if (part := _part(target)).exists())
    needed = sum(file.bytes for file, _ in missing) - has + SPARE_BYTES
    free = shutil.disk_usage(home).free
    if missing and free < needed:
        raise CannotSave(
            f"{needed / 1e9:.1f} GB are needed in {home}, and {free / 1e9:.1f} GB are free. "
            "Make room, or choose another folder.",
            path=str(home),
            cause="the disk is full",
        )


def _part(target: Path) -> Path:
    return target.with_name(target.name + PART)


def _fetch(file: RemoteFile, target: Path, rules: Rules) -> Generator[int, None, None]:
    """Yields how many bytes of `file` are there."""
    part, note = _part(target), target.with_name(target.name + NOTE)
    start, mark = _kept(part, note, file)
    headers = {"Range": f"bytes={start}-", "If-Range": mark} if start else {}
    if start and file.bytes and start == file.bytes:
        yield from _finish(file, part, note, target)
        return
    response = get(file.url, {**headers, "Accept-Encoding": "identity"}, rules)
    try:
        if response.status == 416:  # what is here is no beginning of what is there now
            start = 0
            response.close()
            response = get(file.url, {"Accept-Encoding": "identity"}, rules)
        if response.status not in (200, 206):
            raise refused(file.url, file.name, response.status)
        if response.status == 200:
            start = 0
        mark = response.header("ETag") or response.header("Last-Modified")
        save_bytes(note, json.dumps({"url": file.url, "mark": mark}).encode())
        yield from _receive(response, part, start, file)
    finally:
        response.close()
    yield from _finish(file, part, note, target)


def _kept(part: Path, note: Path, file: RemoteFile) -> tuple[int, str]:
    """How much of an earlier try can be gone on with, and the mark by which the other end knows it."""
    try:
        told = json.loads(note.read_bytes())
        mark = told["mark"] if told["url"] == file.url else ""
        size = part.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""
    is_weak = not isinstance(mark, str) or not mark or mark.startswith("W/")
    return (0, "") if is_weak or (file.bytes and size > file.bytes) else (size, mark)


def _receive(response: Response, part: Path, start: int, file: RemoteFile) -> Generator[int, None, None]:
    count = start
    with _opened(part, start) as opened:
        opened.seek(start)
        opened.truncate()
        try:
            while block := response.read_some(BLOCK):
                opened.write(block)
                count += len(block)
                if file.bytes and count > file.bytes:
                    raise DownloadFailed(
                        f"{host_of(file.url)} sends more than the {file.bytes:,} bytes of {file.name}. "
                        "Try again, or get it elsewhere.",
                        problem="other_bytes",
                    )
                yield count
        except OSError as error:
            raise _cannot_write(part, error) from error
        finally:
            opened.flush()
            os.fsync(opened.fileno())
    told = response.header("Content-Length")
    if (file.bytes and count < file.bytes) or (told.isdecimal() and count - start < int(told)):
        raise broken_off(ConnectionError(f"{count:,} bytes have come"))


def _opened(part: Path, start: int) -> BinaryIO:
    try:
        return part.open("r+b" if start else "wb")  # saves: what is not whole yet, under a name of its own
    except OSError as error:
        raise _cannot_write(part, error) from None


def _cannot_write(part: Path, error: OSError) -> CannotSave:
    return CannotSave(
        f"{part} cannot be written ({error.strerror}). "
        "Free some space or choose another folder; what has come so far is kept.",
        path=str(part),
    )


def _finish(file: RemoteFile, part: Path, note: Path, target: Path) -> Generator[int, None, None]:
    """Checked, and only then under its name."""
    if file.sha256:
        digest = hashlib.sha256()
        with part.open("rb") as opened:
            while block := opened.read(8 * BLOCK):
                digest.update(block)
                yield opened.tell()
        if digest.hexdigest() != file.sha256.lower():
            reason = f"its SHA-256 is not {file.sha256.lower()}, as it should be, but {digest.hexdigest()}"
            raise _thrown_away(file, part, note, target, reason)
    if target.suffix.lower() == ".safetensors":
        try:
            read_header(part)
        except UnsafeFile as error:
            cause = str(error.data.get("cause") or "is damaged")
            raise _thrown_away(file, part, note, target, f"it {cause}") from None
    part.replace(target)
    sync_folder(target.parent)
    with suppress(OSError):
        note.unlink()
    yield target.stat().st_size


def _thrown_away(file: RemoteFile, part: Path, note: Path, target: Path, reason: str) -> DownloadFailed:
    """What is whole and wrong would be met again at every try if it stayed."""
    part.unlink(missing_ok=True)
    note.unlink(missing_ok=True)
    return DownloadFailed(
        f"What {host_of(file.url)} sent as {file.name} is not what it should be: {reason}. "
        "It was thrown away; try again, or get it elsewhere.",
        path=str(target),
        problem="other_bytes",
    )


def refused(url: str, name: str, status: int) -> DownloadFailed:
    """Why the other end does not give the file `name`."""
    reasons = {
        401: "asks for a log-in: get it there by hand",
        403: "does not give it to everybody: accept its licence there, and get it by hand",
        404: "does not have it: check the address", 429: "has had too many requests; wait a while",
    }  # fmt: skip
    reason = reasons.get(status, f"answers with error {status}; try later")
    problems = {401: "not_given", 403: "not_given", 404: "not_there"}
    return DownloadFailed(
        f"{host_of(url)} {reason} ({name}).", status=status, problem=problems.get(status, "")
    )
