"""Boards made, renamed and deleted, each in one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.gallery.marking import Marking
from desktop.state.gallery.steps import Step, Steps

if TYPE_CHECKING:
    from engine.library.index.boards import BoardChange
    from engine.library.index.catalogue import Catalogue


class BoardWork(QObject):
    """The index and the list of boards know at once; the files follow, as with every mark."""

    changed = Signal(str, str)
    """A board's names before and after; an empty one where there is none."""
    failed = Signal(object)
    """Why it was not done."""

    def __init__(
        self, writing: Background, steps: Steps, marking: Marking, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._writing = writing
        self._steps = steps
        self._marking = marking
        self._catalogue: Catalogue | None = None

    def use(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def make(self, name: str, ids: Sequence[int] = ()) -> None:
        """An empty board, or one with the pictures `ids` on it."""
        # the index's rooms are loaded with the gallery, not with the window
        from engine.library.index.boards import make_board

        self._do(self.tr("New board"), lambda catalogue: make_board(catalogue, name, ids))

    def rename(self, name: str, new: str) -> None:
        from engine.library.index.boards import rename_board

        self._do(self.tr("Rename the board"), lambda catalogue: rename_board(catalogue, name, new))

    def delete(self, name: str) -> None:
        """The pictures that are on it stay where they are."""
        from engine.library.index.boards import delete_board

        self._do(self.tr("Delete the board"), lambda catalogue: delete_board(catalogue, name))

    def _do(self, text: str, work: Callable[[Catalogue], BoardChange]) -> None:
        def done(change: BoardChange) -> None:
            undone = change.undone()
            self._steps.add(Step(text, lambda: self._apply(undone), lambda: self._apply(change)))
            self._tell(change)

        self._run(work, done)

    def _apply(self, change: BoardChange) -> None:
        from engine.library.index.boards import apply_board

        self._run(lambda catalogue: apply_board(catalogue, change), lambda _: self._tell(change))

    def _run(self, work: Callable, done: Callable) -> None:
        catalogue = self._catalogue
        if catalogue is not None:
            self._writing.run(lambda: work(catalogue), done=done, failed=self.failed.emit)

    def _tell(self, change: BoardChange) -> None:
        self._marking.tell(change.marks)
        self.changed.emit(change.before, change.after)
