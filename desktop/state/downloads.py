"""Fetching a model when the artist asks: first what it is and may be used for, then the bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background

if TYPE_CHECKING:
    from engine.models.download.download import Offer

RULES: Any = None
"""What may be connected to; None: public addresses by TLS."""


class Downloads(QObject):
    """Nothing here touches the network before `look` is called."""

    offered = Signal(object)
    """`Offer` that was asked for."""
    progressed = Signal(object, object)
    """Bytes done and in all. From any thread."""
    finished = Signal(object)
    """Path of the model."""
    failed = Signal(object)
    """`EngineError` of a look or a download."""
    changed = Signal()
    """`is_busy` is another."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self, threads=1)
        self._stop = threading.Event()
        self.is_busy = False

    def look(self, what: str, file: str = "") -> None:
        """Ask what `what` (owner/name, or an address) offers."""
        self._run(offer, what, file, take=self.offered.emit)

    def start(self, offer: Offer, into: Path) -> None:
        """Fetch it; a download that was stopped goes on."""
        self._stop = stop = threading.Event()
        self._run(fetched, offer, into, stop.is_set, self.progressed.emit, take=self._take_path)

    def stop(self) -> None:
        """What has come is kept."""
        self._stop.set()

    def close(self) -> None:
        self._stop.set()
        self._background.close()

    def _run(self, function: Callable[..., Any], *args: Any, take: Callable[[Any], object]) -> None:
        if self.is_busy:
            return

        def done(result: Any) -> None:
            self._set_busy(False)
            take(result)

        def failed(error: Exception) -> None:
            self._set_busy(False)
            self.failed.emit(error)

        self._set_busy(True)
        self._background.run(function, *args, done=done, failed=failed)

    def _take_path(self, path: Path | None) -> None:
        if path is not None:
            self.finished.emit(path)

    def _set_busy(self, value: bool) -> None:
        self.is_busy = value
        self.changed.emit()


def offer(what: str, file: str) -> Offer:
    """For the thread."""
    from engine.models.download.hugging_face import (
        offer_of,
        wanted_of,
    )  # the network's code is loaded when it is wanted

    return offer_of(wanted_of(what, file), RULES)


def fetched(
    offer: Offer, into: Path, is_stopped: Callable[[], bool], tell: Callable[[int, int], object]
) -> Path | None:
    """For the thread; None where it was stopped."""
    from engine.models.download.download import download

    running = download(offer, into, RULES)
    while True:
        try:
            step = next(running)
        except StopIteration as end:
            return end.value
        if is_stopped():
            running.close()
            return None
        tell(step.done, step.total)
