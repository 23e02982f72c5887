"""What takes a while: seen, with how far it is, and cancelled in one place of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.document_file.work import Work

SMALLEST_STEP = 0.01
"""Of progress that is said."""


class Cancelling(Work):
    """What is worked on elsewhere, by the engine: it is cancelled there."""

    def __init__(self, cancel: Callable[[], object]) -> None:
        super().__init__()
        self._cancel = cancel

    def cancel(self) -> None:
        self._cancel()


@dataclass(eq=False)
class LongWork:
    """Something that is being read, written or worked on now."""

    text: str
    """What, for people."""
    work: Work
    share: float | None = 0.0
    """0 to 1; None where nobody can tell."""
    is_owed: bool = False
    """It changes something that the artist counts on: the window closes when it is done."""


class LongWorks(QObject):
    """All of it, the oldest first."""

    changed = Signal()
    """A piece of work began, went on or ended; see `pieces`."""
    _progressed = Signal(object, float)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.pieces: list[LongWork] = []
        self._progressed.connect(self._go_on)

    def show(self, piece: LongWork) -> None:
        """It is seen, or seen anew, until `hide`."""
        if piece not in self.pieces:
            self.pieces.append(piece)
        self.changed.emit()

    def hide(self, piece: LongWork) -> None:
        if piece in self.pieces:
            self.pieces.remove(piece)
            self.changed.emit()

    def run(
        self,
        text: str,
        function: Callable[..., Any],
        *args: object,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        is_owed: bool = False,
    ) -> None:
        """`function(*args, work)` in the disk pool, seen meanwhile; `failed` gets `Cancelled` too."""
        piece = LongWork(text, Work(lambda share: self._report(piece, share)), is_owed=is_owed)
        self.show(piece)

        def end(then: Callable[[], None]) -> None:
            self.hide(piece)
            then()

        self._background.run(
            function,
            *args,
            piece.work,
            done=lambda result: end(lambda: done(result)),
            failed=lambda error: end(lambda: failed(error)),
        )

    def finish(self) -> None:
        """Return when everything that was begun is done."""
        if self.pieces:
            self._background.wait()

    def _report(self, piece: LongWork, share: float) -> None:
        """In the working threads."""
        if piece.share is None or share >= piece.share + SMALLEST_STEP or share >= 1:
            piece.share = share
            self._progressed.emit(piece, share)

    def _go_on(self, piece: LongWork, _share: float) -> None:
        if piece in self.pieces:
            self.changed.emit()
