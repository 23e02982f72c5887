"""Fetching a model when the artist asks: first what it is and may be used for, then the bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.long_work import SMALLEST_STEP, Cancelling, LongWork, LongWorks

if TYPE_CHECKING:
    from engine.models.download.download import Offer

RULES: Any = None
"""What may be connected to; None: public addresses by TLS."""
TELL_S = 0.1
"""Between two reports of how much has come."""


class Downloads(QObject):
    """Nothing here touches the network before `look` is called."""

    offered = Signal(object)
    """`Offer` that was asked for."""
    progressed = Signal(object, object)
    """Bytes done and in all."""
    finished = Signal(object)
    """Path of the model."""
    stopped = Signal()
    """As the artist asked; what has come is kept."""
    failed = Signal(object)
    """`EngineError` of a look or a download."""
    changed = Signal()
    """`is_busy`, `offer` or `is_stopping` is another."""
    _told = Signal(object, object)
    """As `progressed`, of the thread."""

    def __init__(self, works: LongWorks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._works = works
        self._background = Background(self, threads=2)  # one may still wait for an answer that nobody wants
        self._stop = threading.Event()
        self._piece: LongWork | None = None
        """What the top bar shows of it, wherever the artist is."""
        self.is_busy = False
        self.offer: Offer | None = None
        """What is being fetched."""
        self._told.connect(self._show)

    def look(self, what: str, file: str = "") -> None:
        """Ask what `what` (owner/name, or an address) offers."""
        if not self.is_busy:
            self._run(offer, what, file, take=self.offered.emit)

    def start(self, offer: Offer, into: Path) -> None:
        """Fetch it; a download that was stopped goes on."""
        if self.is_busy:
            return
        self.offer = offer
        text = self.tr("Fetching {title}").format(title=offer.title)
        self._piece = LongWork(text, Cancelling(self.stop))
        self._works.show(self._piece)
        stop = threading.Event()
        self._run(fetched, offer, into, stop.is_set, self._told.emit, take=self._take_path, stop=stop)

    def stop(self) -> None:
        """What has come is kept; `stopped` follows."""
        self._stop.set()
        if self.offer is None and self.is_busy:  # an answer may be long in coming: it is nobody's then
            self._stop = threading.Event()
            self._rest()
            self.stopped.emit()
        else:
            self.changed.emit()

    @property
    def is_stopping(self) -> bool:
        return self.is_busy and self._stop.is_set()

    def close(self) -> None:
        self._stop.set()
        self._background.close()

    def _run(
        self,
        function: Callable[..., Any],
        *args: Any,
        take: Callable[[Any], object],
        stop: threading.Event | None = None,
    ) -> None:
        self._stop = stop = stop or threading.Event()

        def done(result: Any) -> None:
            if stop is self._stop:
                self._rest()
                take(result)

        def failed(error: Exception) -> None:
            if stop is self._stop:
                self._rest()
                if stop.is_set():  # nobody wants to know any more what was wrong with it
                    self.stopped.emit()
                else:
                    self.failed.emit(error)

        self.is_busy = True
        self.changed.emit()
        self._background.run(function, *args, done=done, failed=failed)

    def _take_path(self, path: Path | None) -> None:
        if path is not None:
            self.finished.emit(path)
        else:
            self.stopped.emit()

    def _show(self, done: int, total: int) -> None:
        if self._piece is None:
            return
        self.progressed.emit(done, total)
        share = done / total if total else 0.0
        if share >= (self._piece.share or 0.0) + SMALLEST_STEP:
            self._piece.share = share
            self._works.show(self._piece)

    def _rest(self) -> None:
        self.is_busy, self.offer = False, None
        if self._piece is not None:
            self._works.hide(self._piece)
            self._piece = None
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

    running, told_at = download(offer, into, RULES), 0.0
    while True:
        try:
            step = next(running)
        except StopIteration as end:
            return end.value
        if is_stopped():
            running.close()
            return None
        if time.monotonic() - told_at >= TELL_S:
            tell(step.done, step.total)
            told_at = time.monotonic()
