"""What a document is worked on with in the background, and the line of what waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from desktop.bridge.background import Background
from desktop.state.document.errand import QUICK_PIXELS, Errand
from desktop.state.document.line import Line
from desktop.state.document.transaction import Transaction

if TYPE_CHECKING:
    from desktop.state.document.document import Document

R = TypeVar("R")


class BackgroundWork:
    """One piece of work at a time; `Document` says what each of these is for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.pool: Background | None = None
        self.errand: Errand | None = None
        self.line = Line()

    # what is asked for

    def compute(
        self, title: object, work: Callable[[], R], take: Callable[[R], None], pixels: int | None = None
    ) -> None:
        self.finish()
        if self._document.transaction is not None or self._is_done_at_once(pixels):
            found = work()
            with self._document.begin(title):
                take(found)
        else:
            self.send(Errand(str(title), work, take))

    def compute_last(
        self,
        transaction: Transaction,
        work: Callable[[], R],
        take: Callable[[R], None],
        pixels: int | None = None,
    ) -> None:
        if self._is_done_at_once(pixels):
            take(work())
        else:
            transaction.last = Errand(transaction.title, work, take, is_inside=True)

    def sketch(self, transaction: Transaction, work: Callable[[], R], take: Callable[[R], None]) -> None:
        if self.pool is None:
            take(work())
            return
        if transaction.is_sketched:
            transaction.next_sketch = lambda: self.sketch(transaction, work, take)
            return
        transaction.is_sketched = True

        def goes_on() -> bool:
            """Whether what was sketched is still being done; then the next one is begun."""
            transaction.is_sketched = False
            goes_on = self._document.transaction is transaction and transaction.last is None
            following, transaction.next_sketch = transaction.next_sketch, None
            if following is not None and goes_on:
                following()
            return goes_on

        def show(found: R) -> None:
            if goes_on():
                take(found)

        def fail(error: Exception) -> None:
            if goes_on():
                self._document.errand_failed.emit(error)

        self.pool.run(work, done=show, failed=fail)

    def send(self, errand: Errand) -> None:
        """Let it be worked on in the pool."""
        assert self.pool is not None
        self.errand = errand
        self._document.errand_changed.emit()
        self.pool.run(errand.run, done=lambda _: self._settle(errand))

    # what waits

    def when_free(self, do: Callable[[], object], is_kept: bool = False, asked_by: object = None) -> None:
        if self.errand is None and self.line.is_free:
            do()
        else:
            self.line.join(do, is_kept, asked_by)

    def finish(self) -> None:
        while self.errand is not None:
            self._settle(self.errand)

    def cancel(self) -> bool:
        if self.errand is None:
            return False
        self.line.call_off()
        self._give_up(self.errand)
        self._go_on()
        return True

    # inside

    def _is_done_at_once(self, pixels: int | None) -> bool:
        return self.pool is None or (pixels is not None and pixels <= QUICK_PIXELS)

    def _settle(self, errand: Errand) -> None:
        if self.errand is not errand:
            return  # it was taken already, or nobody wants it any more
        try:
            found = errand.result()
        except Exception as error:  # said to the artist by who listens
            self._give_up(errand)
            self._document.errand_failed.emit(error)
        else:
            self.errand = None  # what begins now waits for nothing
            self._take(errand, found)
            self._document.errand_changed.emit()
        self._go_on()

    def _take(self, errand: Errand, found: object) -> None:
        """One entry of the history."""
        if not errand.is_inside:
            with self._document.begin(errand.title):
                errand.take(found)
            return
        try:
            errand.take(found)
        except BaseException:
            self._document.roll_back()
            raise
        self._document.commit()

    def _give_up(self, errand: Errand) -> None:
        """Nothing comes of it."""
        self.errand = None
        if errand.is_inside:
            self._document.roll_back()
        self._document.errand_changed.emit()
        self._document.settled.emit()

    def _go_on(self) -> None:
        """With what waits in line; to a document that has given way to another nothing is done any more."""
        self.line.serve(lambda: self.errand is not None or self._document.is_closed)
