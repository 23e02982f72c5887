"""Qt's view of the catalog: which models there are, known from their headers alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from engine.api.model_info import ModelInfo

log = logging.getLogger("app")


def scan(folders: Sequence[Path], tell: Callable[[list[ModelInfo]], object]) -> list[ModelInfo]:
    """Every model of the catalog, told meanwhile what was found so far; reads headers only. For the pool."""
    # the families read safetensors headers and JSON; the first paint need not wait for their import
    from engine.models.catalog import Catalog

    infos: list[ModelInfo] = []
    for infos in Catalog(folders).infos_so_far():
        tell(infos)
    return infos


def find(folders: Sequence[Path], name_or_path: str) -> ModelInfo:
    """The model of that name, folder or file. Raises `EngineError`. For the disk pool."""
    from engine.models.catalog import Catalog

    return Catalog(folders).find(name_or_path)


class ModelList(QObject):
    """The catalog's entries, scanned in the disk pool."""

    changed = Signal()
    """The entries are others: all of them, or, while `is_scanning`, what was found so far."""
    failed = Signal(object)
    """Why a scan ended, or (an `EngineError`) why a model asked for by path cannot be used."""
    _told = Signal(object)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._folders: tuple[Path, ...] = ()
        self._opened: dict[str, ModelInfo] = {}
        self._waiting: list[Callable[[], None]] = []
        self.infos: tuple[ModelInfo, ...] = ()
        self._own = 0
        """How many of them need no folder; they come first."""
        self.is_scanned = False
        """All folders were looked through at least once."""
        self.is_scanning = False
        self._told.connect(self._grow)

    def scan(self, folders: Sequence[str | Path]) -> None:
        """Look for models in `folders` (besides the built-in ones); `changed` follows."""
        self._folders = tuple(Path(folder) for folder in folders)
        folders, self.is_scanning = self._folders, True

        def take(infos: list[ModelInfo]) -> None:
            if folders is self._folders:  # else a later scan is asked for, which knows more
                self._end_scan(infos)

        def fail(error: Exception) -> None:
            if folders is self._folders:
                self.is_scanning = False
            log.error("scan of models", exc_info=error)
            self.failed.emit(error)

        self._background.run(scan, folders, self._told.emit, done=take, failed=fail)

    def rescan(self) -> None:
        self.scan(self._folders)

    def open(self, path: str, done: Callable[[ModelInfo], None]) -> None:
        """Take a model folder or file into the list, then call `done`; or `failed` is emitted."""

        def take(info: ModelInfo) -> None:
            self._opened[info.name] = info
            self._take(self.infos)
            done(info)

        self._background.run(find, self._folders, path, done=take, failed=self.failed.emit)

    def get(self, name: str) -> ModelInfo | None:
        """The entry that `GenerationRequest.model` names; None where there is none (yet)."""
        return next((info for info in self.infos if info.name == name), None)

    def when_scanned(self, action: Callable[[], None]) -> None:
        """Call `action` now, or as soon as the first scan is done."""
        if self.is_scanned:
            action()
        else:
            self._waiting.append(action)

    def _grow(self, found: list[ModelInfo]) -> None:
        """Those that need no folder first, then by name; nothing leaves before all is known."""
        here = {info.name for info in self.infos}
        if not self.is_scanning or here.issuperset(info.name for info in found):
            return
        own = found[: self._own] if here else found
        self._own = len(own)
        others = {info.name: info for info in (*found, *self.infos)}
        for info in (*own, *self._opened.values()):
            others.pop(info.name, None)
        self._take((*own, *sorted(others.values(), key=lambda info: info.name.casefold())))

    def _take(self, infos: Sequence[ModelInfo]) -> None:
        known = {info.name: info for info in infos} | self._opened
        self.infos = tuple(known.values())
        self.changed.emit()

    def _end_scan(self, infos: list[ModelInfo]) -> None:
        self.is_scanned, self.is_scanning = True, False
        self._take(infos)
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            action()
