"""Where models lie in a folder: as ComfyUI, A1111, Forge, InvokeAI and Hugging Face lay them, or anyone.

Only names are looked at, and first bytes of large files without a known suffix.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.errors import EngineError
from engine.checkpoints.checkpoint import MODULAR_INDEX
from engine.models.headers.files import looks_like_safetensors
from engine.models.places.invokeai import names_in
from engine.models.places.program_folders import further_folders

INDEX = "model_index.json"
CONFIG = "config.json"
SUFFIXES = (".safetensors", ".sft", ".gguf")
PICKLES = (".ckpt", ".pt", ".pth", ".bin")
WEIGHT_STEMS = ("diffusion_pytorch_model", "model")
"""How diffusers and transformers call the weights beside a `config.json`."""

VARIANTS = ("", ".fp16", ".bf16")
"""Number formats that may stand in the names of a part's files."""

CONTROLS = "controlnet"
"""How the folders begin, inside a model's, of networks that read maps for it."""
DEEPEST = 12
SMALLEST = 1 << 20
"""Bytes below which a file without a model's suffix is not even opened."""
PASSED_OVER = frozenset(
    ("__pycache__", "node_modules", "site-packages", "venv", "env", "python_embeded", "custom_nodes",
     "outputs", "output", "repositories")
)  # fmt: skip
"""Folders of programs that hold code or pictures, never models."""
NO_MODELS = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".tif", ".tiff", ".psd", ".ora", ".kra", ".xcf",
     ".txt", ".json", ".md", ".yaml", ".yml", ".info", ".html", ".csv", ".log", ".pdf", ".py",
     ".exe", ".dll", ".so", ".zip", ".7z", ".rar", ".sqlite", ".db", ".part", ".onnx", ".msgpack", ".h5",
     ".npz", ".npy")
)  # fmt: skip
"""Suffixes of files that are never opened to see whether they are models after all."""

PROGRAMS = (("comfy", "models"), ("modules", "models"), ("scripts", "models"), ("invokeai.yaml", "models"))
"""What lies in the folder of a program that keeps its models in `models` (and, A1111, in `embeddings`)."""
MODEL_FOLDERS = ("models", "embeddings")


@dataclass(frozen=True)
class Place:
    """A file or a folder that is looked at as one model."""

    path: Path
    name: str
    """What it is called where the path does not say it well: a repository's name."""
    beside: frozenset[str] = frozenset()
    """Names of all files in the same folder: the sidecars are among them."""


def places(*folders: Path) -> Iterator[Place]:
    """Every model below `folders`, in a fixed order, each real file once, also where one lies in another.

    Large files of unknown suffixes are opened: their first bytes decide. Links are followed, but never round
    in a circle.
    """
    seen: set[str] = set()
    for folder in folders:
        home = folder.expanduser().absolute()
        names = names_in(home)
        for start in _starts(home):
            for place in _below(start, DEEPEST, seen):
                name = names.get(os.path.realpath(place.path)) if names else None
                yield replace(place, name=name) if name else place


def index_in(names: Container[str]) -> str | None:
    """Which of `names` says what a diffusers folder with these files is; None where none does."""
    return next((name for name in (INDEX, MODULAR_INDEX) if name in names), None)


def has_index(folder: Path) -> bool:
    """True where `folder` is a diffusers model by its index."""
    return any((folder / name).exists() for name in (INDEX, MODULAR_INDEX))


def place_of(path: Path) -> Place:
    """The file or folder at `path` as `places` would give it."""
    home = path if path.is_dir() else path.parent
    try:
        return Place(path, "", frozenset(entry.name for entry in home.iterdir()))
    except OSError:
        return Place(path, "")


def _has_safetensors_inside(path: Path) -> bool:
    try:
        return looks_like_safetensors(path)
    except EngineError:
        return False


def _starts(folder: Path) -> list[Path]:
    """The folder itself, or, where it is a program's, the places in it and elsewhere that hold its models."""
    further = further_folders(folder)
    for mark, models in PROGRAMS:
        if (folder / mark).exists() and (folder / models).is_dir():
            return [*(folder / name for name in MODEL_FOLDERS if (folder / name).is_dir()), *further]
    return [folder, *further]


def _below(folder: Path, depth: int, seen: set[str], name: str = "") -> Iterator[Place]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return  # a folder on a drive that is not there just now has no models just now
    names = frozenset(entry.name for entry in entries)
    if "snapshots" in names and folder.name.startswith("models--"):
        yield from _repository(folder, depth, seen)
        return
    is_whole = index_in(names) is not None
    is_part = not is_whole and CONFIG in names and _has_part_weights(names)
    if is_whole or is_part:
        yield Place(folder, name or folder.name, names)
    folders: list[str] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            folders.append(entry.name)
        elif _is_model_file(entry, names) and not (is_part or (is_whole and _is_part_file(entry.name))):
            path = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
            if path not in seen:
                seen.add(path)
                yield Place(Path(entry.path), "", names)
    if is_whole:  # what lies below are its parts; those that read maps serve other models, too
        for part in folders:
            if part.startswith(CONTROLS):
                yield from _part(folder / part, f"{name or folder.name}/{part}")
        return
    if not depth:
        return
    for below in folders:
        if below.lower() not in PASSED_OVER:
            yield from _below(folder / below, depth - 1, seen)


def _part(folder: Path, name: str) -> Iterator[Place]:
    """A network inside a model's folder."""
    names = place_of(folder).beside
    if CONFIG in names and _has_part_weights(names):
        yield Place(folder, name, names)


def _repository(folder: Path, depth: int, seen: set[str]) -> Iterator[Place]:
    """A Hugging Face cache's `models--owner--name`: the snapshot that `refs/main` names, else the newest.

    The files below are links to nameless blobs, which are never looked at by themselves.
    """
    snapshots = folder / "snapshots"
    try:
        revision = (folder / "refs" / "main").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        revision = ""
    chosen = snapshots / revision
    if not revision or Path(revision).name != revision or not chosen.is_dir():
        try:
            found = [entry for entry in snapshots.iterdir() if entry.is_dir()]
        except OSError:
            return
        if not found:
            return
        chosen = max(found, key=lambda path: path.stat().st_mtime_ns)
    name = folder.name.removeprefix("models--").replace("--", "/")
    yield from _below(chosen, depth, seen, name)


def _has_part_weights(names: frozenset[str]) -> bool:
    return any(weights_among(names, stem) for stem in WEIGHT_STEMS)


def weights_among(names: Container[str], stem: str) -> str:
    """Which of `names` has a part's weights, or the index of their shards; "" where none.

    Libraries have put the number format of shards now before and now behind `index`.
    """
    whole = (f"{stem}{variant}.safetensors" for variant in VARIANTS)
    shards = (
        name
        for variant in VARIANTS
        for name in (
            f"{stem}{variant}.safetensors.index.json",
            f"{stem}.safetensors.index{variant}.json",
        )
    )
    return next((name for name in (*whole, *shards) if name in names), "")


def _is_part_file(name: str) -> bool:
    return name.startswith(WEIGHT_STEMS)


def _is_model_file(entry: os.DirEntry[str], names: frozenset[str]) -> bool:
    """By suffix what claims to be a model, so that a broken one is listed; else by content."""
    name = Path(entry.name)
    stem, suffix = name.stem, name.suffix.strip().lower()
    if suffix in SUFFIXES:
        return True
    if suffix in PICKLES:
        return f"{stem}.safetensors" not in names  # the same model lies there in a format that runs no code
    if suffix in NO_MODELS:
        return False
    try:
        size = entry.stat().st_size
    except OSError:
        return False
    return size >= SMALLEST and _has_safetensors_inside(Path(entry.path))
