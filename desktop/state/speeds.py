"""What the speeds were measured to cost and to change, for the present model on the engine's device."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.api.events import Ready
from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.api.speed import Measured

if TYPE_CHECKING:
    from desktop.state.studio import Studio

log = logging.getLogger("app")


@dataclass(frozen=True)
class Known:
    """Of one model on one device."""

    measured: tuple[Measured, ...] = ()
    paces: Mapping[Speed, float] = field(default_factory=dict)
    """Seconds a pixel and step."""


def read(info: ModelInfo, device: str) -> Known:
    """For the disk pool."""
    # the first paint need not wait for it
    from engine.models.kept.pace import paces
    from engine.models.kept.speed_memory import measured

    return Known(measured(info, device), paces(info, device))


class Speeds(QObject):
    """Looked up again for another model and device."""

    changed = Signal()
    device_changed = Signal()
    """The engine says what it runs on."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self.ready: Ready | None = None
        """What the engine said of its device; None before it is up."""
        self._known: dict[str, Known] = {}
        studio.engine.engine_ready.connect(self._take_ready)

    def of(self, info: ModelInfo, speed: Speed) -> Measured | None:
        """None where it was not measured on this device, or is not known yet."""
        found = self._known.get(info.name, Known()).measured
        return next((one for one in found if one.speed is speed), None)

    def pace(self, name: str, speed: Speed) -> float | None:
        """Seconds a pixel and step, as the model `name` took lately; None where that is not known."""
        return self._known.get(name, Known()).paces.get(speed)

    def look(self, info: ModelInfo) -> None:
        """`changed` follows where there is something."""
        if info.path is None:
            return

        def take(found: Known) -> None:
            if found != self._known.get(info.name, Known()):
                self._known[info.name] = found
                self.changed.emit()

        self._studio.background.run(
            read,
            info,
            "cpu" if self.ready is None else self.ready.device,
            done=take,
            failed=lambda error: log.info("%s", error),
        )

    def _take_ready(self, ready: Ready) -> None:
        self.ready = ready
        self._known.clear()
        self.device_changed.emit()
        if (info := self._studio.generation.info) is not None:
            self.look(info)
