"""The LoRAs and learnt words that are there, and those that the next picture wears."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.model_info import ModelInfo

log = logging.getLogger("app")


def scan(folders: Sequence[Path], model: ModelInfo | None) -> tuple[list[LearntInfo], set[str]]:
    """Everything learnt that lies in the folders, and the keys of what is for `model`. For the disk pool."""
    # reads safetensors headers; the first paint need not wait for their import
    from engine.models.catalog import Catalog
    from engine.models.learnt import fits

    found = Catalog(folders).learnt()
    return found, {key_of(what) for what in found if model is not None and fits(what, model)}


def key_of(what: LearntInfo) -> str:
    return f"{what.kind}/{what.name}"


class LearntList(QObject):
    """Scanned in the disk pool, for one model at a time."""

    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._fitting: set[str] = set()
        self._asked = 0
        self.infos: tuple[LearntInfo, ...] = ()

    def scan(self, folders: Sequence[str | Path], model: ModelInfo | None) -> None:
        """Look again, for `model`; `changed` follows."""
        self._asked += 1
        asked, paths = self._asked, tuple(Path(folder) for folder in folders)

        def take(found: tuple[list[LearntInfo], set[str]]) -> None:
            if asked == self._asked:  # else a newer scan is under way
                self.infos, self._fitting = tuple(found[0]), found[1]
                self.changed.emit()

        self._background.run(scan, paths, model, done=take, failed=lambda error: log.info("%s", error))

    def of(self, kind: LearntKind, only_fitting: bool = True) -> tuple[LearntInfo, ...]:
        """In order of their names; `only_fitting`: those that are for the present model."""
        return tuple(
            what
            for what in self.infos
            if what.kind is kind and (key_of(what) in self._fitting or not only_fitting)
        )

    def fits(self, what: LearntInfo) -> bool:
        """True where it is for the present model."""
        return key_of(what) in self._fitting

    def get(self, kind: LearntKind, name: str) -> LearntInfo | None:
        return next((what for what in self.infos if what.kind is kind and what.name == name), None)
