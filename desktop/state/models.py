"""Qt's view of the catalog: which models there are, known from their headers alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from engine.api.model_info import ModelInfo

log = logging.getLogger("app")


def scan(folders: Sequence[Path]) -> list[ModelInfo]:
    """Every model of the catalog; reads headers only. For the disk pool."""
    # the families read safetensors headers and JSON; the first paint need not wait for their import
    from engine.models.catalog import Catalog

    return Catalog(folders).infos()


def find(folders: Sequence[Path], name_or_path: str) -> ModelInfo:
    """The model of that name, folder or file. Raises `EngineError`. For the disk pool."""
    from engine.models.catalog import Catalog

    return Catalog(folders).find(name_or_path)


class ModelList(QObject):
    """The catalog's entries, scanned in the disk pool."""

    changed = Signal()
    """The entries were scanned (again)."""
    failed = Signal(object)
    """An `EngineError`: a model asked for by path cannot be used."""

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._folders: tuple[Path, ...] = ()
        self._opened: dict[str, ModelInfo] = {}
        self._waiting: list[Callable[[], None]] = []
        self.infos: tuple[ModelInfo, ...] = ()
        self.is_scanned = False

    def scan(self, folders: Sequence[str | Path]) -> None:
        """Look for models in `folders` (besides the built-in ones); `changed` follows."""
        self._folders = tuple(Path(folder) for folder in folders)
        self._background.run(scan, self._folders, done=self._take)

    def rescan(self) -> None:
        self.scan(self._folders)

    def open(self, path: str, done: Callable[[ModelInfo], None]) -> None:
        """Take a model folder or file into the list, then call `done`; or `failed` is emitted."""

        def take(info: ModelInfo) -> None:
            self._opened[info.name] = info
            self._take(list(self.infos))
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

    def _take(self, infos: list[ModelInfo]) -> None:
        known = {info.name: info for info in infos} | self._opened
        self.infos = tuple(known.values())
        self.is_scanned = True
        self.changed.emit()
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            action()
