"""What a repository on Hugging Face, or a plain address, offers: files, sizes, hashes, licence, no code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from engine.api.errors import BadRequest, DownloadFailed
from engine.api.text import clean_text
from engine.models.download.download import Offer, RemoteFile, refused
from engine.models.download.transport import Rules, get, host_of

HUB = "https://huggingface.co"
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,95}")
LARGEST_ANSWER = 16 << 20
TAKEN = (".json", ".txt", ".safetensors", ".model", ".md")
"""Suffixes of the files that a model's folder needs; code and pickles are never fetched."""
WEIGHTS = ".safetensors"
PLAIN_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Wanted:
    """A repository or an address, as the artist names it."""

    repository: str = ""
    url: str = ""
    revision: str = "main"
    file: str = ""
    """One file of the repository; empty for all that a model's folder needs."""
    sha256: str = ""
    """Of the file at `url`, where the artist knows it."""


def wanted_of(text: str, file: str = "", revision: str = "main", sha256: str = "") -> Wanted:
    """Reads "owner/name", an address of a page or a file on Hugging Face, or any https address.

    Raises `BadRequest` for anything else.
    """
    text = text.strip()
    if sha256 and not PLAIN_SHA256.fullmatch(sha256):
        raise BadRequest("sha256", "must be 64 hexadecimal digits")
    if REPOSITORY.fullmatch(text):
        return Wanted(repository=text, file=file, revision=revision)
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http"):
        why = f"{text[:100]!r} is neither owner/name nor an https address"
        raise BadRequest("model", why, problem="no_address")
    pieces = [unquote(piece) for piece in parts.path.split("/") if piece]
    if parts.hostname == urlsplit(HUB).hostname and len(pieces) >= 2:
        repository = "/".join(pieces[:2])
        if len(pieces) > 4 and pieces[2] in ("resolve", "blob"):
            return Wanted(repository, revision=pieces[3], file="/".join(pieces[4:]))
        if REPOSITORY.fullmatch(repository):
            return Wanted(repository, file=file, revision=pieces[3] if len(pieces) == 4 else revision)
    return Wanted(url=text, sha256=sha256)


def offer_of(wanted: Wanted, rules: Rules | None = None) -> Offer:
    """Asks the other end what there is; fetches no model. Raises `DownloadFailed` or `BadRequest`."""
    rules = rules or Rules()
    return _of_address(wanted, rules) if wanted.url else _of_repository(wanted, rules)


def _of_repository(wanted: Wanted, rules: Rules) -> Offer:
    address = f"{HUB}/api/models/{wanted.repository}/revision/{quote(wanted.revision, safe='')}?blobs=true"
    told = _json(address, rules, wanted.repository)
    entries = [entry for entry in told.get("siblings") or [] if isinstance(entry, dict)]
    commit = str(told.get("sha") or wanted.revision)
    chosen = _chosen(entries, wanted)
    card = told.get("cardData")
    card = card if isinstance(card, dict) else {}
    name = wanted.repository.split("/")[1]
    files = tuple(_remote(wanted.repository, commit, entry) for entry in chosen)
    is_single = len(files) == 1
    if is_single:
        files = tuple(
            RemoteFile(file.url, PurePosixPath(file.name).name, file.bytes, file.sha256) for file in files
        )
    return Offer(
        title=wanted.repository,
        source=f"{HUB}/{wanted.repository}",
        licence=clean_text(str(card.get("license_name") or card.get("license") or ""))[:200],
        licence_url=clean_text(str(card.get("license_link") or f"{HUB}/{wanted.repository}"))[:500],
        files=files,
        folder="" if is_single else name,
    )


def _chosen(entries: Sequence[Mapping[str, Any]], wanted: Wanted) -> list[Mapping[str, Any]]:
    by_name = {str(entry.get("rfilename")): entry for entry in entries}
    if wanted.file:
        if wanted.file not in by_name:
            raise BadRequest("file", f"{wanted.repository} has no {wanted.file[:100]}", problem="no_file")
        if not wanted.file.lower().endswith((WEIGHTS, ".gguf")):
            raise BadRequest("file", "only .safetensors and .gguf files are fetched", problem="no_weights")
        return [by_name[wanted.file]]
    is_folder = "model_index.json" in by_name or "config.json" in by_name
    weights = [name for name in by_name if name.endswith(WEIGHTS)]
    if not is_folder:
        if len(weights) == 1:
            return [by_name[weights[0]]]
        some = ", ".join(weights[:8]) or "no safetensors at all"
        why = f"{wanted.repository} has several files; name one of: {some}"
        raise BadRequest("file", why, problem="several_files")
    parts = "model_index.json" in by_name
    taken = [
        entry
        for name, entry in by_name.items()
        if name.endswith(TAKEN)
        and not (
            parts and "/" not in name and name.endswith(WEIGHTS)
        )  # the same model once more, in one file
        and not _has_smaller_twin(name, by_name)
        and not name.startswith(("safety_checker/", "onnx/", "openvino/", "."))
    ]
    if not any(str(entry.get("rfilename")).endswith(WEIGHTS) for entry in taken):
        raise DownloadFailed(
            f"{wanted.repository} has its weights only as pickles, which can run code. "
            "Choose a repository that has them as safetensors.",
            problem="only_pickles",
        )
    return taken


def _has_smaller_twin(name: str, names: Mapping[str, object]) -> bool:
    """True for full precision where half of it is there too, and for variants that are no whole set."""
    if not name.endswith(WEIGHTS):
        return False
    stem = name.removesuffix(WEIGHTS)
    if stem.endswith((".non_ema", ".bf16")):
        return True
    return f"{stem}.fp16{WEIGHTS}" in names


def _remote(repository: str, commit: str, entry: Mapping[str, Any]) -> RemoteFile:
    name = str(entry.get("rfilename"))
    lfs = entry.get("lfs")
    lfs = lfs if isinstance(lfs, dict) else {}
    size = lfs.get("size") or entry.get("size") or 0
    sha256 = str(lfs.get("sha256") or lfs.get("oid") or "")
    return RemoteFile(
        f"{HUB}/{repository}/resolve/{quote(commit, safe='')}/{quote(name)}",
        name,
        size if isinstance(size, int) else 0,
        sha256 if PLAIN_SHA256.fullmatch(sha256) else "",
    )


def _of_address(wanted: Wanted, rules: Rules) -> Offer:
    """One file of which only the address is known: its size is asked for by its first byte."""
    response = get(wanted.url, {"Range": "bytes=0-0", "Accept-Encoding": "identity"}, rules)
    try:
        if response.status not in (200, 206):
            raise refused(wanted.url, PurePosixPath(urlsplit(wanted.url).path).name, response.status)
        told = response.header("Content-Range").rpartition("/")[2] or response.header("Content-Length")
        named = re.search(r'filename="?([^";]+)', response.header("Content-Disposition"))
    finally:
        response.close()
    name = PurePosixPath(named[1] if named else unquote(urlsplit(wanted.url).path)).name
    if not name.lower().endswith((WEIGHTS, ".gguf")):
        why = f"only .safetensors and .gguf files are fetched, and this is {name[:80]!r}"
        raise BadRequest("model", why, problem="no_weights")
    size = int(told) if told.isdecimal() else 0
    return Offer(name, wanted.url, "", wanted.url, (RemoteFile(wanted.url, name, size, wanted.sha256),), "")


def _json(address: str, rules: Rules, what: str) -> dict[str, Any]:
    response = get(address, {"Accept": "application/json"}, rules)
    try:
        if response.status in (401, 404):
            raise DownloadFailed(
                f"There is no public repository {what}. Check its name.",
                status=response.status,
                problem="not_there",
            )
        if response.status != 200:
            raise DownloadFailed(
                f"{host_of(address)} answers with error {response.status}. Try later.", status=response.status
            )
        body = b""
        while block := response.read(1 << 20):
            body += block
            if len(body) > LARGEST_ANSWER:
                raise DownloadFailed(
                    f"{host_of(address)} answers with more than such an answer can be. Try later."
                )
    finally:
        response.close()
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise DownloadFailed(f"{host_of(address)} answers with something that cannot be read. Try later.")
    return told
