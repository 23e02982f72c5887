"""Lists of tags to complete from, as the extension a1111-sd-webui-tagcomplete has them.

`tag,category,count,"alias,alias"` in each line of `tags/*.csv`; or just the tag.
"""

from __future__ import annotations

import csv
import heapq
import io
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.api.text import clean_text
from engine.library.folders import prompts_folder
from engine.vocabulary.text_files import BrokenFile, UnreadableWords, files_below, kept, text_of

MOST_TAGS = 1_000_000
AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Tag:
    """One row of a list."""

    name: str
    """As it is written in a prompt: with blanks for its underscores."""
    count: int = 0
    """How many pictures had it."""
    alias: str = ""
    """What was typed for it, where that is another word."""


class TagList:
    """All tags and what else they are called by, sorted to be looked up by their first letters."""

    def __init__(self, tags: Sequence[tuple[Tag, tuple[str, ...]]]) -> None:
        words = [(_key(name), index, "") for index, (tag, _) in enumerate(tags) for name in [tag.name]]
        words += [(_key(alias), index, alias) for index, (_, others) in enumerate(tags) for alias in others]
        words.sort()
        self._words = [word for word, _, _ in words]
        self._meant = [(index, alias) for _, index, alias in words]
        self._tags = [tag for tag, _ in tags]

    def __len__(self) -> int:
        return len(self._tags)

    def beginning(self, letters: str, most: int) -> list[Tag]:
        """Those that begin with `letters`, the most used first; each once."""
        letters = _key(letters)
        first, last = bisect_left(self._words, letters), bisect_left(self._words, letters + AFTER_ALL)
        found: dict[int, str] = {}
        for index, alias in self._meant[first:last]:
            if not alias or index not in found:
                found[index] = alias
        best = heapq.nsmallest(most, found, key=lambda index: (-self._tags[index].count, index))
        return [Tag(self._tags[index].name, self._tags[index].count, found[index]) for index in best]


def tag_list(folder: Path | None = None, faults: list[BrokenFile] | None = None) -> TagList:
    """From all files of the folder. What cannot be read is told in `faults`. For the disk pool."""
    rows: dict[str, tuple[Tag, tuple[str, ...]]] = {}
    for path in files_below(folder or prompts_folder() / "tags", (".csv", ".txt")):
        try:
            for tag, aliases in _rows_of(path):
                rows.setdefault(tag.name, (tag, aliases))
        except UnreadableWords as unreadable:
            if faults is not None:
                faults.append(unreadable.fault)
    return TagList(list(rows.values())[:MOST_TAGS])


@kept
def _rows_of(path: Path) -> tuple[tuple[Tag, tuple[str, ...]], ...]:
    found = []
    rows = csv.reader(io.StringIO(clean_text(text_of(path)), newline=""))
    try:
        for row in rows:
            name = _spelt(row[0]) if row else ""
            if name and name != "name":
                count = row[2].strip() if len(row) > 2 else ""
                aliases = tuple(filter(None, map(_spelt, row[3].split(",")))) if len(row) > 3 else ()
                found.append((Tag(name, int(count) if count.isdecimal() else 0), aliases))
    except csv.Error as error:
        raise UnreadableWords(path, f"is no list of tags: {error}", rows.line_num) from error
    return tuple(found)


def _spelt(name: str) -> str:
    """A face such as `^_^` keeps its underscore."""
    name = name.strip().lstrip("/")
    return name.replace("_", " ") if len(name) > 3 else name


def _key(name: str) -> str:
    return name.casefold().replace("_", " ")
