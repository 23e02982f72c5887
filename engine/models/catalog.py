"""Which models there are: the built-in ones and what lies in the artist's folders. Header only, no torch."""

from __future__ import annotations

import importlib.resources
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from engine.api.errors import EngineError, ModelNotFound, UnsupportedModel
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.maps import ControlInfo, ControlType
from engine.api.model_file import ModelFile
from engine.api.model_info import ModelInfo
from engine.api.segment import SegmenterInfo
from engine.families.registry import families
from engine.library.folders import models_folder
from engine.models.assembly.shelf import Shelf, around
from engine.models.catalog_words import BESIDE, LEARNT, KindWords, Named, UsedBeside
from engine.models.entries import OTHER_KIND, Found, depends_on_others, examined, found_at, read, written
from engine.models.parts.control_files import is_control_folder
from engine.models.parts.segmenter_files import is_segmenter_folder
from engine.models.parts.vae_files import is_vae_folder
from engine.models.parts.vision_files import class_named
from engine.models.places.walk import Place, has_index, index_in, place_of, places
from engine.models.scanning.describe import state_of
from engine.models.scanning.scan import look
from engine.models.scanning.scan_memory import ScanMemory, Stamp

SHIPPED = ("starter",)
"""Folders of the package `resources` that hold a model."""

SHIPPED_MAPS = "starter_maps"
"""Folder of the package `resources` whose folders hold a ControlNet each, for the starter."""

TELL_S = 0.5
"""Between two lists of what was found so far."""

Listed = TypeVar("Listed", bound=ModelInfo | LearntInfo | UsedBeside)
Beside = TypeVar("Beside", bound=UsedBeside)
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
        self._files: dict[Path, tuple[Stamp, ModelFile]] = {}
        """The same of what the shelves are made of."""
        self._stamps: dict[Path, Stamp] = {}
        """Of this look: each file is asked for its state once."""
        self._shelves: dict[tuple[Path, ...], Shelf] = {}
        self._seen: list[tuple[Place, Found]] | None = None

    def infos(self) -> list[ModelInfo]:
        """Every model that can be run: shipped ones, those without files, then the folders', by name."""
        return list(self._entries().values())

    def infos_so_far(self) -> Iterator[list[ModelInfo]]:
        """As `infos`, while the folders are looked through: first what needs none, then now and then all that
        was found by then in the same order, last everything.
        """
        own = self._own()
        yield list(own.values())
        found: list[ModelInfo] = []
        told_at = time.monotonic()
        with self.looking():
            for place in self._places():
                what = self._look(place)
                if isinstance(what, ModelInfo):
                    found.append(what)
                    if time.monotonic() - told_at >= TELL_S:
                        yield list(_named(found, dict(own)).values())
                        told_at = time.monotonic()
        yield list(_named(found, own).values())

    def broken(self) -> list[tuple[Path, str]]:
        """What looks like a model in the folders but cannot be run, and why."""
        return [
            (place.path, what.message)
            for place, what in self._found()
            if isinstance(what, EngineError) and what.data.get("problem") != OTHER_KIND
        ]

    def learnt(self) -> list[LearntInfo]:
        """Every LoRA and embedding in the folders, by name; a name is free for one of each."""
        found = [what for _, what in self._found() if isinstance(what, LearntInfo)]
        by_kind = (_named(what for what in found if what.kind is kind) for kind in LearntKind)
        return [what for named in by_kind for what in named.values()]

    def find_learnt(self, kind: LearntKind, name_or_path: str) -> LearntInfo:
        """The LoRA or embedding of that name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        known = {what.name: what for what in self.learnt() if what.kind is kind}
        if kind is LearntKind.LORA and name_or_path not in known:
            self._refuse_control(name_or_path)
        return self._find(LEARNT[kind], known, name_or_path, lambda what: what.kind is kind)

    def _refuse_control(self, name_or_path: str) -> None:
        for control in self.beside(ControlInfo):
            if control.type is ControlType.CONTROL_LORA and name_or_path in (control.name, str(control.path)):
                raise UnsupportedModel(
                    f"{control.path.name} is a control LoRA: it teaches a model to read a map. Give it with "
                    f"one, --control {'|'.join(control.kinds) or 'KIND'}@{control.name}:MAP, or in the Maps "
                    "section.",
                    path=str(control.path),
                    problem="needs_its_map",
                )

    def beside(self, kind: type[Beside]) -> list[Beside]:
        """Everything of `kind` in the folders, by name; of ControlNets the starter's own before them."""
        shipped = _shipped_maps() if kind is ControlInfo else ()
        ours = {f"starter/{folder.name}": self._look_at(folder) for folder in shipped}
        named = {name: replace(what, name=name) for name, what in ours.items() if isinstance(what, kind)}
        return list(_named((what for _, what in self._found() if isinstance(what, kind)), named).values())

    def find_beside(self, kind: type[Beside], name_or_path: str) -> Beside:
        """The one of that name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile`, or `UnsupportedModel` for a file of another kind.
        """
        return self._find(BESIDE[kind], {what.name: what for what in self.beside(kind)}, name_or_path)

    def find_segmenter(self, name_or_path: str = "") -> SegmenterInfo:
        """As `find_beside`; "" means the first."""
        known = [] if name_or_path else self.beside(SegmenterInfo)
        return known[0] if known else self.find_beside(SegmenterInfo, name_or_path)

    def _find(
        self,
        words: KindWords[Named],
        known: Mapping[str, Named],
        name_or_path: str,
        is_it: Callable[[Named], bool] = lambda what: True,
    ) -> Named:
        if name_or_path in known:
            return known[name_or_path]
        path = Path(name_or_path).expanduser()
        if not name_or_path or not _exists(path):
            here = f"the ones here are: {', '.join(known)}" if known else "there is none here yet"
            raise ModelNotFound(
                f"There is no {words.one} {name_or_path[:200]!r}; {here}.{words.advice}",
                model=name_or_path[:200],
                problem=words.problem,
            )
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, words.kind) or not is_it(found):
            raise UnsupportedModel(
                f"{path.name} is no {words.none}. Choose another file.{words.advice}", path=str(path)
            )
        return replace(found, name=name_or_path)

    def find(self, name_or_path: str) -> ModelInfo:
        """The model of that catalog name, or at that path (then its name is the path).

        Raises `ModelNotFound`, `UnsafeFile` or `UnsupportedModel`.
        """
        own = self._own()
        if name_or_path in own:  # no file takes these names: thousands need not be looked at
            return own[name_or_path]
        entries = self._entries()
        if name_or_path in entries:
            return entries[name_or_path]
        for place, what in self._found():  # a broken entry is named by its reason, not called unknown
            if name_or_path in (place.path.stem, place.path.name) and isinstance(what, EngineError):
                raise _copy(what)
        return self._at_path(name_or_path, list(entries))

    def _at_path(self, name: str, known: list[str]) -> ModelInfo:
        path = Path(name).expanduser()
        if not name or not _exists(path):
            raise ModelNotFound(
                f"There is no model {name[:200]!r}: it is neither a file or folder nor one of: "
                f"{', '.join(known)}. Choose one of them, or put it into a model folder.",
                model=name[:200],
            )
        found = self._look_at(path)
        if isinstance(found, EngineError):
            raise _copy(found)
        if not isinstance(found, ModelInfo):
            words = LEARNT[found.kind] if isinstance(found, LearntInfo) else BESIDE[type(found)]
            said = words.no_model.format(path.name)
            raise UnsupportedModel(f"{path.name} {said}", path=str(path))
        return replace(found, name=name)

    def _entries(self) -> dict[str, ModelInfo]:
        own = self._own()
        return _named((info for _, info in self._found() if isinstance(info, ModelInfo)), own)

    def _own(self) -> dict[str, ModelInfo]:
        """Those that are here without any folder."""
        entries: dict[str, ModelInfo] = {}
        for name in SHIPPED:
            info = self._look_at(Path(str(importlib.resources.files("resources").joinpath(name))))
            if isinstance(info, EngineError):
                raise _copy(info)  # our own package is damaged: nothing to choose another for
            assert isinstance(info, ModelInfo)
            entries[name] = replace(info, name=name)
        for family in families().values():
            entries.update({info.name: info for info in family.built_in()})
        return entries

    def _found(self) -> list[tuple[Place, Found]]:
        """What lies in the folders; looked at once while the catalog is `looking`."""
        with self.looking():
            if self._seen is None:
                self._seen = [(place, self._look(place)) for place in self._places()]
            return self._seen

    def _look_at(self, path: Path) -> Found:
        path = path.absolute()
        if path.is_dir() and not has_index(path) and not _is_network_folder(path):
            return examined(path)  # not a model, so perhaps somebody's whole disk
        return self._look(place_of(path))

    def _look(self, place: Place) -> Found:
        """What lies there, from memory while its files are the same."""
        stamp = self._stamp(place)
        known = self._known.get(place.path)
        if known is not None and stamp and known[0] == stamp and not known[1]:
            return known[2]
        with self.looking() as memory:
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
                folders, lambda: [self._file(found, memory) for found in places(*folders)]
            )
        return self._shelves[folders]

    def _file(self, place: Place, memory: ScanMemory) -> ModelFile:
        stamp = self._stamp(place)
        known = self._files.get(place.path)
        if known is None or not stamp or known[0] != stamp:
            known = self._files[place.path] = (stamp, look(place, memory)[0])
        return known[1]

    def _stamp(self, place: Place) -> Stamp:
        if self._memory is None:
            return state_of(place)
        stamp = self._stamps.get(place.path)
        if stamp is None:
            stamp = self._stamps[place.path] = state_of(place)
        return stamp

    def _places(self) -> Iterator[Place]:
        """Model folders and files below the catalog's folders, in a fixed order, each once."""
        for place in places(*self.folders, models_folder()):
            if index_in(place.beside) or not place.path.is_dir() or _is_network_folder(place.path):
                yield place

    @contextmanager
    def looking(self) -> Iterator[ScanMemory]:
        """The memory of earlier looks, open while it is used; all lists within it are of one look."""
        if self._memory is not None:
            yield self._memory
            return
        self._memory = ScanMemory()
        try:
            yield self._memory
        finally:
            self._shelves.clear()
            self._stamps.clear()
            self._seen = None
            memory, self._memory = self._memory, None
            memory.close()


def _is_network_folder(path: Path) -> bool:
    """One network beside a model's own, with its configuration."""
    is_beside = is_control_folder(path) or is_segmenter_folder(path) or is_vae_folder(path)
    return is_beside or bool(class_named(path))


def _shipped_maps() -> list[Path]:
    folder = Path(str(importlib.resources.files("resources").joinpath(SHIPPED_MAPS)))
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _exists(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # NUL, too long, no rights: no such path
        return False


def _named(found: Iterable[Listed], taken: dict[str, Listed] | None = None) -> dict[str, Listed]:
    """By name, after those that are there; where two have the same the second gets a number."""
    entries = {} if taken is None else taken
    for what in sorted(found, key=lambda what: what.name.casefold()):
        name = _free_name(what.name, entries)
        entries[name] = replace(what, name=name)
    return entries


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
