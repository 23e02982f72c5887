"""Rating, labelling, tagging: each a value that can be done, undone and done again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from engine.api.errors import BadRequest
from engine.library.marks import HIGHEST_RATING, Marks


@dataclass(frozen=True)
class Change:
    """What the artist said of some pictures, before and after, by their ids."""

    before: Mapping[int, Marks]
    after: Mapping[int, Marks]

    def undone(self) -> Change:
        """The change back: `catalogue.apply(change.undone())`."""
        return Change(self.after, self.before)

    @property
    def is_empty(self) -> bool:
        return self.before == self.after


class Wish(TypedDict, total=False):
    """What `Catalogue.mark` takes; what is not given stays."""

    rating: int | None
    label: str | None
    favourite: bool | None
    notes: str | None
    tags: Iterable[str] | None
    add_tags: Iterable[str]
    remove_tags: Iterable[str]
    boards: Iterable[str] | None
    add_boards: Iterable[str]
    remove_boards: Iterable[str]


def changed_marks(
    marks: Marks,
    rating: int | None = None,
    label: str | None = None,
    favourite: bool | None = None,
    notes: str | None = None,
    tags: Iterable[str] | None = None,
    add_tags: Iterable[str] = (),
    remove_tags: Iterable[str] = (),
    boards: Iterable[str] | None = None,
    add_boards: Iterable[str] = (),
    remove_boards: Iterable[str] = (),
) -> Marks:
    """`marks` with what is given; None leaves a thing as it is, empty text takes it away.

    Raises `BadRequest` for a rating that is not 0 to 5.
    """
    if rating is not None and not 0 <= rating <= HIGHEST_RATING:
        raise BadRequest("rating", f"must be 0 to {HIGHEST_RATING}, not {rating}")
    return replace(
        marks,
        rating=marks.rating if rating is None else rating,
        label=marks.label if label is None else label,
        favourite=marks.favourite if favourite is None else favourite,
        notes=marks.notes if notes is None else notes,
        tags=_listed(marks.tags if tags is None else tags, add_tags, remove_tags),
        boards=_listed(marks.boards if boards is None else boards, add_boards, remove_boards),
    ).cleaned()


def _listed(words: Iterable[str], add: Iterable[str], remove: Iterable[str]) -> tuple[str, ...]:
    gone = set(remove)
    return tuple(word for word in (*words, *add) if word not in gone)
