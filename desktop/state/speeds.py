"""What the speeds were measured to cost and to change, for the present model on the engine's device."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.api.events import Ready
from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.api.speed import Measured

if TYPE_CHECKING:
    from desktop.state.studio import Studio

log = logging.getLogger("app")


def read(info: ModelInfo, device: str) -> tuple[Measured, ...]:
    """For the disk pool."""
    # the first paint need not wait for it
    from engine.models.speed_memory import measured

    return measured(info, device)


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
        self._measured: dict[str, tuple[Measured, ...]] = {}
        studio.engine.engine_ready.connect(self._take_ready)

    def of(self, info: ModelInfo, speed: Speed) -> Measured | None:
        """None where it was not measured on this device, or is not known yet."""
        found = self._measured.get(info.name, ())
        return next((one for one in found if one.speed is speed), None)

    def look(self, info: ModelInfo) -> None:
        """`changed` follows where there is something."""
        if info.path is None:
            return

        def take(found: tuple[Measured, ...]) -> None:
            if found != self._measured.get(info.name, ()):
                self._measured[info.name] = found
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
        self._measured.clear()
        self.device_changed.emit()
        if (info := self._studio.generation.info) is not None:
            self.look(info)
