"""The artist's own words: lists to draw from, styles and tags, read a moment after the start."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from engine.api.wording import Style
from engine.library.folders import prompts_folder

if TYPE_CHECKING:
    from engine.vocabulary.tags import Tag, TagList
    from engine.vocabulary.text_files import BrokenFile

log = logging.getLogger("app")


@dataclass(frozen=True, eq=False)
class Found:
    """What lay in the folder at one moment."""

    lists: tuple[str, ...]
    """Names of the wildcard lists."""
    styles: tuple[Style, ...]
    tags: TagList
    faults: tuple[BrokenFile, ...]
    """What could not be read, in the engine's words."""


def look(folder: Path) -> Found:
    """For the disk pool: a list of tags may have a hundred thousand."""
    # they bring YAML, which is not loaded with the window
    from engine.vocabulary.styles import styles
    from engine.vocabulary.tags import tag_list
    from engine.vocabulary.wildcards import Wildcards

    faults: list[BrokenFile] = []
    lists = Wildcards(folder / "wildcards")
    names = lists.names
    faults += lists.faults
    return Found(names, styles(folder / "styles", faults), tag_list(folder / "tags", faults), tuple(faults))


Seen = frozenset[tuple[str, int, int]]
"""Paths of files, their nanoseconds and bytes."""


def seen_in(folder: Path) -> Seen:
    """What tells that something was put in, changed or taken away. For the disk pool."""
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    stats = ((path, path.stat()) for path in files)
    return frozenset((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


class Vocabulary(QObject):
    """Empty until `look` has been answered; `changed` says when it was."""

    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._tags: TagList | None = None
        self._seen: Seen | None = None
        self.is_known = False
        self.lists: tuple[str, ...] = ()
        self.styles: tuple[Style, ...] = ()
        self.faults: tuple[BrokenFile, ...] = ()

    @property
    def folder(self) -> Path:
        """With `wildcards`, `styles` and `tags` in it, where they are."""
        return prompts_folder()

    def make_folder(self) -> Path:
        """`folder` with its three rooms, made where they are missing."""
        for room in ("wildcards", "styles", "tags"):
            (self.folder / room).mkdir(parents=True, exist_ok=True)
        return self.folder

    def look(self) -> None:
        """Look again at the folder."""
        self._background.run(
            look, self.folder, done=self._take, failed=lambda error: log.info("no words: %s", error)
        )
        self._background.run(seen_in, self.folder, done=self._remember, failed=lambda _: None)

    def look_where_changed(self) -> None:
        """Look again where its files changed: the artist may come back from an editor of texts."""
        if self._seen is not None:  # before the first look it is asked for anyway
            self._background.run(seen_in, self.folder, done=self._compare, failed=lambda _: None)

    def _remember(self, seen: Seen) -> None:
        self._seen = seen

    def _compare(self, seen: Seen) -> None:
        if seen != self._seen:
            self.look()

    def has_list(self, name: str) -> Sequence[str] | None:
        """Something where there is a list of that name (or it is not known yet), None where there is none."""
        wanted = name.strip("/").casefold()
        known = not self.is_known or any(fnmatchcase(listed, wanted) for listed in self.lists)
        return ("",) if known else None

    def style(self, name: str) -> Style | None:
        wanted = name.casefold()
        return next((style for style in self.styles if style.name.casefold() == wanted), None)

    def tags_beginning(self, letters: str, most: int) -> list[Tag]:
        return self._tags.beginning(letters, most) if self._tags is not None else []

    def _take(self, found: Found) -> None:
        self.lists, self.styles, self.faults = found.lists, found.styles, found.faults
        self._tags, self.is_known = found.tags, True
        self.changed.emit()
