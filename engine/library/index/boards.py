"""Boards made, renamed and deleted, with what is said of the pictures on them: values that can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.api.errors import BadRequest
from engine.library.index.marking import Change, changed_marks
from engine.library.index.query import replaced, term_text
from engine.library.marks import one_line

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue

ON_BOARD = "SELECT picture FROM boards JOIN names ON names.id = name WHERE text = ? ORDER BY picture"


@dataclass(frozen=True)
class BoardChange:
    """A board by its names before and after; an empty one where there is none."""

    before: str
    after: str
    position: int | None
    """Among the boards; None for the end."""
    marks: Change
    """Of the pictures on it, those in the trash and the missing ones too."""

    def undone(self) -> BoardChange:
        return BoardChange(self.after, self.before, self.position, self.marks.undone())


def make_board(catalogue: Catalogue, name: str, ids: Iterable[int] = ()) -> BoardChange:
    """An empty board, or one with the pictures `ids`. Raises `BadRequest` for a name that is taken."""
    name = _free_name(catalogue, name)
    before = catalogue.marks_of(ids)
    after = {id: changed_marks(marks, add_boards=[name]) for id, marks in before.items()}
    return _applied(catalogue, BoardChange("", name, None, Change(before, after)))


def rename_board(catalogue: Catalogue, name: str, new: str) -> BoardChange:
    """Pictures on it are on the new one, saved searches ask for that. Raises `BadRequest` as `make_board`."""
    new = _free_name(catalogue, new)
    return _applied(catalogue, _of_pictures(catalogue, name, new))


def delete_board(catalogue: Catalogue, name: str) -> BoardChange:
    """No picture is on it any more; the pictures stay."""
    return _applied(catalogue, _of_pictures(catalogue, name, ""))


def apply_board(catalogue: Catalogue, change: BoardChange) -> None:
    """Do what `change` says, e.g. one that is undone. Raises `CannotSave` where it cannot be kept."""
    catalogue.apply(change.marks)
    catalogue.kept.replace_board(change.before, change.after, change.position)
    if change.before and change.after:
        old, new = (term_text("board", name) for name in (change.before, change.after))
        for search in catalogue.kept.searches():
            if (query := replaced(search.query, old, new)) != search.query:
                catalogue.kept.change_search(replace(search, query=query))


def _of_pictures(catalogue: Catalogue, name: str, new: str) -> BoardChange:
    with catalogue.reading() as connection:
        ids = [id for (id,) in connection.execute(ON_BOARD, (name,))]
    before = catalogue.marks_of(ids)
    after = {
        id: replace(marks, boards=tuple(new if board == name else board for board in marks.boards)).cleaned()
        for id, marks in before.items()
    }
    return BoardChange(name, new, catalogue.kept.board_position(name), Change(before, after))


def _applied(catalogue: Catalogue, change: BoardChange) -> BoardChange:
    apply_board(catalogue, change)
    return change


def _free_name(catalogue: Catalogue, name: str) -> str:
    name = one_line(name)
    if not name:
        raise BadRequest("board", "it needs a name", problem="no_name")
    if name in catalogue.kept.boards():
        raise BadRequest(
            "board", f"there is a board {name} already; choose another name", problem="name_taken"
        )
    return name
