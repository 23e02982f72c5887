"""Lists that prompts draw from: `__colour__` is a line of `wildcards/colour.txt`.

A text file has a line for each; what begins with "#" is a remark. A file in a folder has the folder in its
name, `__animals/cats__`; so has a list within a mapping of a YAML or JSON file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from engine.api.form import Json
from engine.api.text import clean_text
from engine.library.folders import prompts_folder
from engine.vocabulary.text_files import BrokenFile, UnreadableWords, data_of, files_below, kept, text_of

SUFFIXES = (".txt", ".yaml", ".yml", ".json")
MOST_LINES = 1_000_000
MOST_NODES = 20_000
"""Mappings and lists of one file."""

Lines = tuple[str, ...]


class Wildcards:
    """All lists below a folder, looked up by name in any case; a file is read when its list is asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or prompts_folder() / "wildcards"

    def __call__(self, name: str) -> Sequence[str] | None:
        """The lines of the list `name`, of all that fit where it has `*` or `?`; None where there is none."""
        wanted = name.strip("/").casefold()
        if not set(wanted) & set("*?"):
            found = self._lists.get(wanted)
            return found() if found is not None else None
        fitting = [lines for known, lines in self._lists.items() if fnmatchcase(known, wanted)]
        return [line for lines in fitting for line in lines()] if fitting else None

    @property
    def names(self) -> tuple[str, ...]:
        """Of all lists, sorted."""
        return tuple(sorted(self._lists))

    @cached_property
    def faults(self) -> list[BrokenFile]:
        """What could not be read."""
        return []

    @cached_property
    def _lists(self) -> dict[str, Callable[[], Lines]]:
        lists: dict[str, Callable[[], Lines]] = {}
        for path in files_below(self.folder, SUFFIXES):
            name = path.relative_to(self.folder).with_suffix("").as_posix()
            if path.suffix.lower() == ".txt":
                lists.setdefault(name.casefold(), lambda path=path: self._read(path))
                continue
            try:
                for inner, lines in _named_lists(path):
                    full = "/".join(filter(None, (name, inner)))
                    lists.setdefault(full.casefold(), lambda lines=lines: lines)
                    if inner:  # as the extension names them: by what stands in the file
                        lists.setdefault(inner.casefold(), lambda lines=lines: lines)
            except UnreadableWords as unreadable:
                self.faults.append(unreadable.fault)
        return lists

    def _read(self, path: Path) -> Lines:
        try:
            return _lines_of(path)
        except UnreadableWords as unreadable:
            self.faults.append(unreadable.fault)
            return ()


@kept
def _lines_of(path: Path) -> Lines:
    lines = (clean_text(line).strip() for line in text_of(path).splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))[:MOST_LINES]


@kept
def _named_lists(path: Path) -> tuple[tuple[str, Lines], ...]:
    return tuple(_lists_in(data_of(path)))


def _lists_in(data: Json) -> Iterator[tuple[str, Lines]]:
    """Name and lines of each. An alias of YAML may lead to the same thing again and again: it is bounded."""
    waiting, seen = [("", data)], 0
    while waiting and seen < MOST_NODES:
        name, node = waiting.pop(0)
        seen += 1
        if isinstance(node, dict):
            waiting += [("/".join(filter(None, (name, str(key)[:80]))), inner) for key, inner in node.items()]
        elif isinstance(node, list):
            words = [clean_text(str(item)).strip() for item in node if isinstance(item, (str, int, float))]
            yield name, tuple(filter(None, words))[:MOST_LINES]
        elif isinstance(node, str) and node.strip():
            yield name, (clean_text(node).strip(),)
