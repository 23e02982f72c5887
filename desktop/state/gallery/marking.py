"""Ratings, labels, tags, boards, notes: said of many pictures at once, undone in one step."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.gallery.steps import Step, Steps
from desktop.state.messages import Messages
from desktop.state.words import say
from engine.api.errors import EngineError

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.marking import Change, Wish

log = logging.getLogger("library")


class Marking(QObject):
    """The index knows at once; the files follow, and what cannot be written into one is owed to it."""

    changed = Signal(object)
    """Ids of pictures of which something else is said now."""

    def __init__(
        self, writing: Background, steps: Steps, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._writing = writing
        self._steps = steps
        self._messages = messages
        self._catalogue: Catalogue | None = None
        self._is_paying = False
        self._owes_more = False
        """Something was said while the files were written."""
        self._is_closing = False

    def use(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pay()  # what an earlier session left

    def close(self) -> None:
        """What is not in its file yet stays owed."""
        self._is_closing = True

    def rate(self, ids: Sequence[int], rating: int) -> None:
        """0 takes the stars away."""
        self.mark(ids, self.tr("Rating"), rating=rating)

    def label(self, ids: Sequence[int], label: str) -> None:
        self.mark(ids, self.tr("Label"), label=label)

    def favour(self, ids: Sequence[int], is_favourite: bool) -> None:
        self.mark(ids, self.tr("Favourite"), favourite=is_favourite)

    def note(self, ids: Sequence[int], notes: str) -> None:
        self.mark(ids, self.tr("Notes"), notes=notes)

    def tag(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        self.mark(ids, self.tr("Tags"), add_tags=add, remove_tags=remove)

    def board(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        self.mark(ids, self.tr("Boards"), add_boards=add, remove_boards=remove)

    def mark(self, ids: Sequence[int], text: str, **changes: Unpack[Wish]) -> None:
        """Say `changes` of all `ids`."""
        catalogue = self._catalogue
        if catalogue is None or not ids:
            return
        self._writing.run(
            lambda: catalogue.mark(ids, **changes),
            done=lambda change: self._take(change, text),
            failed=self._say_failed,
        )

    def _take(self, change: Change, text: str) -> None:
        if change.is_empty:
            return
        undone = change.undone()
        step = Step(text, lambda: self._apply(undone), lambda: self._apply(change))
        self._steps.add(step)
        self.tell(change)

    def _apply(self, change: Change) -> None:
        catalogue = self._catalogue
        assert catalogue is not None
        self._writing.run(
            lambda: catalogue.apply(change), done=lambda _: self.tell(change), failed=self._say_failed
        )

    def tell(self, change: Change) -> None:
        """It was done to the index just now: what shows it hears of it, and the files follow."""
        self.changed.emit(list(change.after))
        self._pay()

    def _pay(self) -> None:
        """Into the files, one after the other; what is said meanwhile waits for one file at most."""
        catalogue = self._catalogue
        self._owes_more = self._is_paying
        if catalogue is None or self._is_paying or catalogue.is_read_only:
            return
        self._is_paying = True
        payments = catalogue.write_owed()
        self._pay_next(payments, 0)

    def _pay_next(self, payments, failed: int) -> None:
        def pay():
            return None if self._is_closing else next(payments, None)

        def paid(written) -> None:
            if written is None:
                payments.close()
                self._is_paying = False
                if failed:
                    self._say_owed(failed)
                if self._owes_more:
                    self._pay()
            else:
                self._pay_next(payments, failed + bool(written.cause))

        def broke(error: Exception) -> None:
            self._is_paying = False
            self._say_failed(error)

        self._writing.run(pay, done=paid, failed=broke)

    def _say_owed(self, count: int) -> None:
        """Not a fault: the index knows, and the next time it is tried again."""
        log.info("%s files could not be marked; they are tried again", count)

    def _say_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("pictures could not be marked", exc_info=error)
        self._messages.error(say(error))
