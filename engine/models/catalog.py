"""Which models there are: the built-in ones and what lies in the artist's folders. Header only, no torch."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from engine.api.errors import EngineError, ModelNotFound, UnsupportedModel
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.maps import ControlInfo
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo
from engine.api.segment import SegmenterInfo
from engine.api.upscale import UpscalerInfo
from engine.api.vision import VisionInfo
from engine.families.registry import families
from engine.library.folders import models_folder
from engine.models.control_files import is_control_folder
from engine.models.describe import state_of
from engine.models.entries import OTHER_KIND, Found, depends_on_others, examined, found_at, read, written
from engine.models.scan import look
from engine.models.scan_memory import ScanMemory, Stamp
from engine.models.segmenter_files import is_segmenter_folder
from engine.models.shelf import Shelf, around
from engine.models.vision_files import class_named
from engine.models.walk import INDEX, Place, place_of, places

SHIPPED = ("starter",)
"""Folders of the package `resources` that hold a model."""

SHIPPED_MAPS = "starter_maps"
"""Folder of the package `resources` whose folders hold a ControlNet each, for the starter."""

LEARNT_WORDS = {LearntKind.LORA: "LoRA", LearntKind.EMBEDDING: "embedding"}
Beside = TypeVar("Beside", AdapterInfo, VisionInfo)
SHELF = "shelf"
"""Beside an entry that other files decide: the stamp of what lay there."""
ENTRY = "entry"
"""Under which `ScanMemory` keeps what the catalog found."""


class Catalog:
    """The models, and what was learnt for them, by name.

    Reading it again looks only at what has changed on disk since.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self._known: dict[Path, tuple[Stamp, str, Found]] = {}
        """By path: in which state it was looked at, the stamp of the shelf where that decides, what it is."""
        self._memory: ScanMemory | None = None
        self._shelves: dict[tuple[Path, ...], Shelf] = {}

    def infos(self) -> list[ModelInfo]:
        """Every model that can be run: shipped ones, those without files, then the folders', by name."""
        return list(self._entries().values())

    def broken(self) -> list[tuple[Path, str]]:
        """What looks like a model in the folders but cannot be run, and why."""
        with self._remembering():
            found = [(place.path, self._look(place)) for place in self._places()]
        return [
            (path, what.message)
            for path, what in found
            if isinstance(what, EngineError) and what.data.get("problem") != OTHER_KIND
        ]

    def learnt(self) -> list[LearntInfo]:
        """Every LoRA and embedding in the folders, by name."""
        with self._remembering():
            found = [what for place in self._places() if isinstance(what := self._look(place), LearntInfo)]
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
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, LearntInfo) or found.kind is not kind:
            raise UnsupportedModel(f"{path.name} is not a {word}. Choose another file.", path=str(path))
        return replace(found, name=name_or_path)

    def controls(self) -> list[ControlInfo]:
        """Every ControlNet and T2I-Adapter: the starter's own, then the folders', by name."""
        entries: dict[str, ControlInfo] = {}
        for folder in _shipped_maps():
            if isinstance(what := self._look_at(folder), ControlInfo):
                name = f"starter/{folder.name}"
                entries[name] = replace(what, name=name)
        with self._remembering():
            found = [what for place in self._places() if isinstance(what := self._look(place), ControlInfo)]
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
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, ControlInfo):
            raise UnsupportedModel(
                f"{path.name} is no ControlNet and no T2I-Adapter. Choose another file.", path=str(path)
            )
        return replace(found, name=name_or_path)

    def upscalers(self) -> list[UpscalerInfo]:
        """Every upscaling network in the folders, by name."""
        entries: dict[str, UpscalerInfo] = {}
        with self._remembering():
            found = [what for place in self._places() if isinstance(what := self._look(place), UpscalerInfo)]
        for what in sorted(found, key=lambda what: what.name.casefold()):
            name = _free_name(what.name, entries)
            entries[name] = replace(what, name=name)
        return list(entries.values())

    def find_upscaler(self, name_or_path: str) -> UpscalerInfo:
        """The upscaling network of that name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        known = {what.name: what for what in self.upscalers()}
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path).expanduser()
        if not name_or_path or not _exists(path):
            here = f"the ones here are: {', '.join(known)}" if known else "there is none here yet"
            raise ModelNotFound(
                f"There is no upscaling network {name_or_path[:200]!r}; {here}.",
                model=name_or_path[:200], problem="no_upscaler",
            )  # fmt: skip
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, UpscalerInfo):
            raise UnsupportedModel(
                f"{path.name} is no upscaling network. Choose another file.", path=str(path)
            )
        return replace(found, name=name_or_path)

    def segmenters(self) -> list[SegmenterInfo]:
        """Every network in the folders that selects things, by name."""
        with self._remembering():
            found = [what for place in self._places() if isinstance(what := self._look(place), SegmenterInfo)]
        entries: dict[str, SegmenterInfo] = {}
        for what in sorted(found, key=lambda what: what.name.casefold()):
            name = _free_name(what.name, entries)
            entries[name] = replace(what, name=name)
        return list(entries.values())

    def find_segmenter(self, name_or_path: str = "") -> SegmenterInfo:
        """The segmenter of that name, or at that path (then its name is the path); "" means the first.

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        known = {what.name: what for what in self.segmenters()}
        if not name_or_path and known:
            return next(iter(known.values()))
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path).expanduser()
        if not name_or_path or not _exists(path):
            here = f"the ones here are: {', '.join(known)}" if known else "there is none here yet"
            raise ModelNotFound(
                f"There is no segmenter {name_or_path[:200]!r}; {here}. Put a folder of SAM, SAM-HQ or SAM 2 "
                "(config.json and model.safetensors) into a model folder.",
                model=name_or_path[:200], problem="no_segmenter",
            )  # fmt: skip
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, SegmenterInfo):
            raise UnsupportedModel(
                f"{path.name} is no network that selects things. Choose a SAM, SAM-HQ or SAM 2.",
                path=str(path),
            )
        return replace(found, name=name_or_path)

    def beside(self, kind: type[Beside]) -> list[Beside]:
        """Everything of `kind` in the folders, by name."""
        with self._remembering():
            found = [what for place in self._places() if isinstance(what := self._look(place), kind)]
        entries: dict[str, Beside] = {}
        for what in sorted(found, key=lambda what: what.name.casefold()):
            name = _free_name(what.name, entries)
            entries[name] = replace(what, name=name)
        return list(entries.values())

    def find_beside(self, kind: type[Beside], name_or_path: str, word: str) -> Beside:
        """The one of that name, or at that path (then its name is the path); `word` is for people.

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        known = {what.name: what for what in self.beside(kind)}
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path).expanduser()
        if not name_or_path or not _exists(path):
            here = f"the ones here are: {', '.join(known)}" if known else "there is none here yet"
            raise ModelNotFound(
                f"There is no {word} {name_or_path[:200]!r}; {here}.",
                model=name_or_path[:200], problem="no_beside",
            )  # fmt: skip
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, kind):
            raise UnsupportedModel(f"{path.name} is no {word}. Choose another file.", path=str(path))
        return replace(found, name=name_or_path)

    def find(self, name_or_path: str) -> ModelInfo:
        """The model of that catalog name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile` or `UnsupportedModel`.
        """
        entries = self._entries()
        if name_or_path in entries:
            return entries[name_or_path]
        for place in self._places():  # a broken entry is named by its reason, not called unknown
            path = place.path
            if name_or_path in (path.stem, path.name) and isinstance(error := self._look(place), EngineError):
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
        found = self._look_at(path)
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
        if isinstance(found, UpscalerInfo):
            raise UnsupportedModel(
                f"{path.name} is no model but an upscaler. "
                f"Enlarge with it: lienzo upscale PICTURE --model {path.name} -o LARGER.png.",
                path=str(path),
            )
        if isinstance(found, SegmenterInfo):
            raise UnsupportedModel(
                f"{path.name} draws nothing: it selects things. Use it as `lienzo select --model "
                f"{path.name}`, or with the Smart select tool.",
                path=str(path),
            )
        if not isinstance(found, ModelInfo):
            raise UnsupportedModel(f"{path.name} is no model but something beside one.", path=str(path))
        return replace(found, name=name)

    def _entries(self) -> dict[str, ModelInfo]:
        entries: dict[str, ModelInfo] = {}
        for name in SHIPPED:
            info = self._look_at(Path(str(importlib.resources.files("resources").joinpath(name))))
            if isinstance(info, EngineError):
                raise _copy(info)  # our own package is damaged: nothing to choose another for
            assert isinstance(info, ModelInfo)
            entries[name] = replace(info, name=name)
        for family in families().values():
            entries.update({info.name: info for info in family.built_in()})
        with self._remembering():
            found = [info for place in self._places() if isinstance(info := self._look(place), ModelInfo)]
        for info in sorted(found, key=lambda info: info.name.casefold()):
            name = _free_name(info.name, entries)
            entries[name] = replace(info, name=name)
        return entries

    def _look_at(self, path: Path) -> Found:
        path = path.absolute()
        if path.is_dir() and not (path / INDEX).exists() and not _is_network_folder(path):
            return examined(path)  # not a model, so perhaps somebody's whole disk
        return self._look(place_of(path))

    def _look(self, place: Place) -> Found:
        """What lies there, from memory while its files are the same."""
        stamp = state_of(place)
        known = self._known.get(place.path)
        if known is not None and stamp and known[0] == stamp and not known[1]:
            return known[2]
        with self._remembering() as memory:
            shelf = self._shelf(place, memory)
            if known is not None and stamp and known[0] == stamp and known[1] == shelf.stamp:
                return known[2]
            kept = memory.get(ENTRY, place.path, stamp)
            with_what = str(kept.get(SHELF, "")) if isinstance(kept, dict) else ""
            found = read(kept) if not with_what or with_what == shelf.stamp else None
            if found is None:
                found = found_at(place, memory, shelf)
                with_what = shelf.stamp if depends_on_others(found) else ""
                memory.put(ENTRY, place.path, stamp, {**written(found), SHELF: with_what})
            self._known[place.path] = (stamp, with_what, found)
        return found

    def _shelf(self, place: Place, memory: ScanMemory) -> Shelf:
        """What may serve a network that lies at `place`: from the catalog's folders, and from around it."""
        own = (*self.folders, models_folder())
        is_inside = any(place.path.is_relative_to(folder.expanduser().absolute()) for folder in own)
        folders = own if is_inside else (*own, *around(place.path))
        if folders not in self._shelves:
            self._shelves[folders] = Shelf(
                folders, lambda: [look(found, memory)[0] for found in places(*folders)]
            )
        return self._shelves[folders]

    def _places(self) -> Iterator[Place]:
        """Model folders and files below the catalog's folders, in a fixed order, each once."""
        for place in places(*self.folders, models_folder()):
            if INDEX in place.beside or not place.path.is_dir() or _is_network_folder(place.path):
                yield place

    @contextmanager
    def _remembering(self) -> Iterator[ScanMemory]:
        """The memory of earlier looks, open while it is used."""
        if self._memory is not None:
            yield self._memory
            return
        self._memory = ScanMemory()
        try:
            yield self._memory
        finally:
            self._shelves.clear()
            memory, self._memory = self._memory, None
            memory.close()


def _is_network_folder(path: Path) -> bool:
    """One network beside a model's own, with its configuration."""
    return is_control_folder(path) or is_segmenter_folder(path) or bool(class_named(path))


def _shipped_maps() -> list[Path]:
    folder = Path(str(importlib.resources.files("resources").joinpath(SHIPPED_MAPS)))
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # NUL, too long, no rights: no such path
        return False


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
