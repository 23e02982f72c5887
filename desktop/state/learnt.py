"""The LoRAs, learnt words and ControlNets that are there for the present model, and what selects things."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.maps import ControlInfo
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo
from engine.api.segment import SegmenterInfo
from engine.api.vae import VaeInfo
from engine.api.vision import VisionInfo

log = logging.getLogger("app")


@dataclass(frozen=True)
class Beside:
    """What there is to be used beside a model."""

    learnt: tuple[LearntInfo, ...]
    fitting: frozenset[str]
    """Keys of what of it is for the model."""
    controls: tuple[ControlInfo, ...]
    """ControlNets and T2I-Adapters for the model."""
    segmenters: tuple[SegmenterInfo, ...] = ()
    """Networks that select things, beside any model."""
    adapters: tuple[AdapterInfo, ...] = ()
    """IP-Adapters for the model."""
    seeing: tuple[VisionInfo, ...] = ()
    """Networks that look at pictures."""
    vaes: tuple[VaeInfo, ...] = ()
    """VAEs that can take the place of the model's own."""


def scan(folders: Sequence[Path], model: ModelInfo | None) -> Beside:
    """Everything that lies in the folders for use beside `model`. For the disk pool."""
    # reads safetensors headers; the first paint need not wait for their import
    from engine.models.catalog import Catalog
    from engine.models.named.controls import fitting
    from engine.models.named.learnt import fits
    from engine.models.named.references import fitting_adapters
    from engine.models.named.vaes import fitting_vaes

    catalog = Catalog(folders)
    with catalog.looking():
        found = catalog.learnt()
        keys = frozenset(key_of(what) for what in found if model is not None and fits(what, model))
        controls = fitting(model, catalog.beside(ControlInfo)) if model is not None else []
        adapters = fitting_adapters(model, catalog.beside(AdapterInfo)) if model is not None else []
        vaes = fitting_vaes(model, catalog.beside(VaeInfo)) if model is not None else []
        seeing, segmenters = tuple(catalog.beside(VisionInfo)), tuple(catalog.beside(SegmenterInfo))
    return Beside(tuple(found), keys, tuple(controls), segmenters, tuple(adapters), seeing, tuple(vaes))


def key_of(what: LearntInfo) -> str:
    return f"{what.kind}/{what.name}"


class LearntList(QObject):
    """Scanned in the disk pool, for one model at a time."""

    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._fitting: frozenset[str] = frozenset()
        self._asked = 0
        self.is_known = False
        """True when a scan for the present model has ended."""
        self.infos: tuple[LearntInfo, ...] = ()
        self.controls: tuple[ControlInfo, ...] = ()
        """ControlNets and T2I-Adapters for the present model."""
        self.segmenters: tuple[SegmenterInfo, ...] = ()
        """Networks that select things, by name."""
        self.adapters: tuple[AdapterInfo, ...] = ()
        """IP-Adapters for it."""
        self.seeing: tuple[VisionInfo, ...] = ()
        """Networks that look at pictures and draw maps of them."""
        self.vaes: tuple[VaeInfo, ...] = ()
        """VAEs that can take the place of the present model's own."""

    def scan(self, folders: Sequence[str | Path], model: ModelInfo | None) -> None:
        """Look again, for `model`; `changed` follows."""
        self._asked += 1
        self.is_known = False
        asked, paths = self._asked, tuple(Path(folder) for folder in folders)

        def take(found: Beside) -> None:
            if asked == self._asked:  # else a newer scan is under way
                self.segmenters = found.segmenters
                self.infos, self._fitting = found.learnt, found.fitting
                self.controls, self.adapters, self.seeing = found.controls, found.adapters, found.seeing
                self.vaes = found.vaes
                self.is_known = True
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
