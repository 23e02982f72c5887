"""Lists that prompts draw from: `__colour__` is a line of `wildcards/colour.txt`.

A text file has a line for each; what begins with "#" is a remark, what begins with `3::` is drawn more often.
A file in a folder has the folder in its name, `__animals/cats__`; so has a list within a mapping of a YAML or
JSON file, whose entries may be `{text: red, weight: 3}` too. Blanks and signs in a name are written "_".
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, partial
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
        patterns = (wanted, wanted.replace("**/", ""))  # that may stand for no folder at all
        fitting = dict.fromkeys(  # a list has more than one name
            lines for known, lines in self._lists.items() if any(fnmatchcase(known, one) for one in patterns)
        )
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
            beside = path.relative_to(self.folder).parent.as_posix()
            folder, name = "" if beside == "." else beside, path.stem
            if path.suffix.lower() == ".txt":
                lists.setdefault(_called(folder, name), lambda path=path: self._read(path))
                continue
            try:
                for inner, lines in _named_lists(path):
                    # as the extension names them too: by what stands in the file, with its folder or alone
                    names = [(folder, name, inner), (folder, inner), (inner,)] if inner else [(folder, name)]
                    found = partial(tuple, lines)
                    for parts in names:
                        lists.setdefault(_called(*parts), found)
            except UnreadableWords as unreadable:
                self.faults.append(unreadable.fault)
        return lists

    def _read(self, path: Path) -> Lines:
        try:
            return _lines_of(path)
        except UnreadableWords as unreadable:
            self.faults.append(unreadable.fault)
            return ()


def _called(*parts: str) -> str:
    """As it is called in a prompt, where a name has neither blanks nor commas."""
    return re.sub(r"[^\w/.-]+|__+", "_", "/".join(filter(None, parts)).casefold())


@kept
def _lines_of(path: Path) -> Lines:
    lines = (clean_text(line).strip() for line in text_of(path).splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))[:MOST_LINES]


@kept
def _named_lists(path: Path) -> tuple[tuple[str, Lines], ...]:
    return tuple(_lists_in(data_of(path)))


def _lists_in(data: Json) -> Iterator[tuple[str, Lines]]:
    """Name and lines of each. An alias of YAML may lead to the same thing again and again: it is bounded."""
    waiting, seen = deque([("", data)]), 0
    while waiting and seen < MOST_NODES:
        name, node = waiting.popleft()
        seen += 1
        if isinstance(node, dict):
            waiting += [("/".join(filter(None, (name, str(key)[:80]))), inner) for key, inner in node.items()]
        elif isinstance(node, list):
            yield name, tuple(filter(None, map(_line, node)))[:MOST_LINES]
        elif isinstance(node, str) and node.strip():
            yield name, (clean_text(node).strip(),)


def _line(entry: Json) -> str:
    """Of an entry of a list; "" where it is none."""
    if isinstance(entry, dict):
        words, weight = entry.get("text") or entry.get("content"), entry.get("weight", "1")
        line = clean_text(str(words or "")).strip()
        return line if str(weight) in ("1", "1.0") or not line else f"{weight}::{line}"
    return clean_text(str(entry)).strip() if isinstance(entry, (str, int, float)) else ""
