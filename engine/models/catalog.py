"""Which models there are: the built-in ones and what lies in the artist's folders. Header only, no torch."""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from engine.api.errors import EngineError, ModelNotFound, UnsupportedModel
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.maps import ControlInfo
from engine.api.model_info import ModelInfo
from engine.families.foreign_files import FileState
from engine.families.registry import families
from engine.library.folders import models_folder
from engine.models.control_files import CONFIG, examine_control, is_control_folder
from engine.models.examine import examine
from engine.models.files import looks_like_safetensors
from engine.models.folders import INDEX, MOST_FILES, PICKLES
from engine.models.learnt_files import examine_learnt

SHIPPED = ("starter",)
"""Folders of the package `resources` that hold a model."""

SHIPPED_MAPS = "starter_maps"
"""Folder of the package `resources` whose folders hold a ControlNet each, for the starter."""

DEEPEST = 4
"""Levels below a model folder that are searched."""

SMALLEST = 1 << 20
"""Bytes below which a file without a model's suffix is not even opened."""

LEARNT_WORDS = {LearntKind.LORA: "LoRA", LearntKind.EMBEDDING: "embedding"}

Found = ModelInfo | LearntInfo | ControlInfo | EngineError
Stamp = tuple[tuple[str, FileState], ...]
"""Every file of an entry with its state; equal while nothing has changed."""


class Catalog:
    """The models, and what was learnt for them, by name.

    Reading it again looks only at what has changed on disk since.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self._known: dict[Path, tuple[Stamp, Found]] = {}
        self._sniffed: dict[Path, tuple[FileState, bool]] = {}

    def infos(self) -> list[ModelInfo]:
        """Every model that can be run: shipped ones, those without files, then the folders', by name."""
        return list(self._entries().values())

    def broken(self) -> list[tuple[Path, str]]:
        """What looks like a model in the folders but cannot be run, and why."""
        found = ((path, self._look(path)) for path in self._paths())
        return [(path, what.message) for path, what in found if isinstance(what, EngineError)]

    def learnt(self) -> list[LearntInfo]:
        """Every LoRA and embedding in the folders, by name."""
        found = [what for path in self._paths() if isinstance(what := self._look(path), LearntInfo)]
        entries: dict[LearntKind, dict[str, LearntInfo]] = {kind: {} for kind in LearntKind}
        for what in sorted(found, key=lambda what: what.name.casefold()):
            name = _free_name(what.name, entries[what.kind])
            entries[what.kind][name] = replace(what, name=name)
        return [what for named in entries.values() for what in named.values()]

    def find_learnt(self, kind: LearntKind, name_or_path: str) -> LearntInfo:
        """The LoRA or embedding of that name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        known = {what.name: what for what in self.learnt() if what.kind is kind}
        if name_or_path in known:
            return known[name_or_path]
        word = LEARNT_WORDS[kind]
        path = Path(name_or_path).expanduser()
        if not _exists(path):
            here = f"the ones here are: {', '.join(known)}" if known else "there is none here yet"
            raise ModelNotFound(
                f"There is no {word} {name_or_path[:200]!r}; {here}.",
                model=name_or_path[:200], problem="no_learnt",
            )  # fmt: skip
        found = self._look(path.absolute())
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, LearntInfo) or found.kind is not kind:
            raise UnsupportedModel(f"{path.name} is not a {word}. Choose another file.", path=str(path))
        return replace(found, name=name_or_path)

    def controls(self) -> list[ControlInfo]:
        """Every ControlNet and T2I-Adapter: the starter's own, then the folders', by name."""
        entries: dict[str, ControlInfo] = {}
        for folder in _shipped_maps():
            if isinstance(what := self._look(folder), ControlInfo):
                name = f"starter/{folder.name}"
                entries[name] = replace(what, name=name)
        found = [what for path in self._paths() if isinstance(what := self._look(path), ControlInfo)]
        for what in sorted(found, key=lambda what: what.name.casefold()):
            name = _free_name(what.name, entries)
            entries[name] = replace(what, name=name)
        return list(entries.values())

    def find_control(self, name_or_path: str) -> ControlInfo:
        """The ControlNet or T2I-Adapter of that name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        known = {what.name: what for what in self.controls()}
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path).expanduser()
        if not name_or_path or not _exists(path):
            raise ModelNotFound(
                f"There is no ControlNet {name_or_path[:200]!r}; the ones here are: {', '.join(known)}.",
                model=name_or_path[:200], problem="no_control",
            )  # fmt: skip
        found = self._look(path.absolute())
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, ControlInfo):
            raise UnsupportedModel(
                f"{path.name} is no ControlNet and no T2I-Adapter. Choose another file.", path=str(path)
            )
        return replace(found, name=name_or_path)

    def find(self, name_or_path: str) -> ModelInfo:
        """The model of that catalog name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile` or `UnsupportedModel`.
        """
        entries = self._entries()
        if name_or_path in entries:
            return entries[name_or_path]
        for path in self._paths():  # a broken entry is named by its reason, not called unknown
            if name_or_path in (path.stem, path.name) and isinstance(error := self._look(path), EngineError):
                raise _copy(error)
        return self._at_path(name_or_path, list(entries))

    def _at_path(self, name: str, known: list[str]) -> ModelInfo:
        path = Path(name).expanduser()
        if not name or not _exists(path):
            raise ModelNotFound(
                f"There is no model {name[:200]!r}: it is neither a file or folder nor one of: "
                f"{', '.join(known)}.",
                model=name[:200],
            )
        found = self._look(path.absolute())
        if isinstance(found, EngineError):
            raise _copy(found)
        if isinstance(found, LearntInfo):
            raise UnsupportedModel(
                f"{path.name} is no model but a {LEARNT_WORDS[found.kind]} for one. "
                f"Give it beside the model: --{found.kind} {path.name}.",
                path=str(path),
            )
        if isinstance(found, ControlInfo):
            raise UnsupportedModel(
                f"{path.name} is no model but a ControlNet for one. "
                f"Give it beside the model: --control KIND@{path.name}:MAP:1.",
                path=str(path),
            )
        return replace(found, name=name)

    def _entries(self) -> dict[str, ModelInfo]:
        entries: dict[str, ModelInfo] = {}
        for name in SHIPPED:
            info = self._look(Path(str(importlib.resources.files("resources").joinpath(name))))
            if isinstance(info, EngineError):
                raise _copy(info)  # our own package is damaged: nothing to choose another for
            assert isinstance(info, ModelInfo)
            entries[name] = replace(info, name=name)
        for family in families().values():
            entries.update({info.name: info for info in family.built_in()})
        found = [info for path in self._paths() if isinstance(info := self._look(path), ModelInfo)]
        for info in sorted(found, key=lambda info: info.name.casefold()):
            name = _free_name(info.name, entries)
            entries[name] = replace(info, name=name)
        return entries

    def _look(self, path: Path) -> Found:
        """`examine`'s answer or error for `path`, from memory while its files are the same."""
        stamp = _stamp(path)
        known = self._known.get(path)
        if known is None or known[0] != stamp or not stamp:
            try:
                found: Found = _examine(path)
            except EngineError as error:
                # without its traceback, which would hold on to whole headers
                found = error.with_traceback(None)
            self._known[path] = known = (stamp, found)
        return known[1]

    def _paths(self) -> Iterator[Path]:
        """Model folders and files below the catalog's folders, in a fixed order, each once."""
        seen: set[Path] = set()
        for folder in (*self.folders, models_folder()):
            for path in self._models_below(folder, DEEPEST):
                real = path.resolve()
                if real not in seen:
                    seen.add(real)
                    yield path

    def _models_below(self, folder: Path, depth: int) -> Iterator[Path]:
        if (folder / INDEX).is_file() or is_control_folder(folder):
            yield folder
            return
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            return  # a folder on a drive that is not there just now has no models just now
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if depth:
                    yield from self._models_below(entry, depth - 1)
            elif self._is_model_file(entry):
                yield entry

    def _is_model_file(self, path: Path) -> bool:
        """By content; by suffix only what claims to be a model, so that it is listed as broken."""
        suffix = path.suffix.strip().lower()
        if suffix == ".safetensors" or suffix in PICKLES:
            return True
        try:
            state = FileState.of(path)
            if state.size < SMALLEST:
                return False
            if self._sniffed.get(path, (None, False))[0] != state:
                self._sniffed[path] = (state, looks_like_safetensors(path))
        except EngineError:
            return False
        return self._sniffed[path][1]


def _shipped_maps() -> list[Path]:
    folder = Path(str(importlib.resources.files("resources").joinpath(SHIPPED_MAPS)))
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _examine(path: Path) -> Found:
    """A model, or what was learnt for one, or what reads maps beside one."""
    if path.is_dir() and not (path / INDEX).exists() and is_control_folder(path):
        control = examine_control(path)
        assert control is not None
        return control
    try:
        return examine(path)[0]
    except UnsupportedModel:
        found = None if path.is_dir() else examine_learnt(path) or examine_control(path)
        if found is None:
            raise
        return found


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # NUL, too long, no rights: no such path
        return False


def _stamp(path: Path) -> Stamp:
    """Empty where anything but regular files is in the way."""
    try:
        if not path.is_dir():
            return ((str(path), FileState.of(path)),)
        if not (path / INDEX).exists() and not (path / CONFIG).exists():
            return ()  # not a model, so perhaps somebody's whole disk
        return tuple(
            (str(file), FileState.of(file)) for file in sorted(islice(_files_below(path), MOST_FILES))
        )
    except (EngineError, OSError, ValueError):
        return ()


def _files_below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(root) / name for name in names if not name.startswith("."))


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _copy(error: EngineError) -> EngineError:
    """A new instance to raise: the kept one must not collect tracebacks, which hold whole frames."""
    return type(error)(error.message, **error.data)
