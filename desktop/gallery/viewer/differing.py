"""The difference of the two pictures that are compared, computed in the pool and put on the stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Signal

from desktop.bridge.background import Background
from desktop.gallery.viewer.difference import GAINS, SeenDifference, difference_of
from desktop.gallery.viewer.opened import Opened
from desktop.gallery.viewer.stage import Stage, words_of


@dataclass(frozen=True)
class Asked:
    """Of what the difference is wanted, and how much larger it is to be shown."""

    first: Path
    second: Path
    gain: int


class Differing(QObject):
    """Keeps the last one."""

    made = Signal(object)
    """The second picture's path: what is on the stage is to be shown again."""

    def __init__(
        self,
        stage: Stage,
        background: Background,
        say_failed: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.gain = GAINS[1]
        self._stage = stage
        self._background = background
        self._say_failed = say_failed
        self._asked: Asked | None = None
        self._seen: SeenDifference | None = None

    def show(self, first: Opened | None, second: Opened | None, names: tuple[str, str]) -> None:
        """Where both are read, else when they are; why not, where one cannot be."""
        if first is None or second is None:
            return
        if first.pixels is None or second.pixels is None:
            self._stage.show_difference(None, words_of(first) or words_of(second), names)
            return
        asked = Asked(first.path, second.path, self.gain)
        if asked != self._asked:
            self._asked, self._seen = asked, None
            self._background.run(
                difference_of,
                first.pixels,
                second.pixels,
                self.gain,
                done=lambda seen: self._take(asked, seen),
                failed=self._say_failed,
            )
        note = self._said(self._seen) if self._seen is not None else ""
        self._stage.show_difference(self._seen, "", names, note)

    def _take(self, asked: Asked, seen: SeenDifference) -> None:
        if asked == self._asked:
            self._seen = seen
            self.made.emit(asked.second)

    def _said(self, seen: SeenDifference) -> str:
        locale = QLocale()
        if seen.pixels == 0:
            text = self.tr("Every pixel is the same.")
        else:
            text = self.tr("{pixels} of {total} pixels differ, by at most {largest} of 255.").format(
                pixels=locale.toString(seen.pixels), total=locale.toString(seen.total), largest=seen.largest
            )
        if seen.were_scaled:
            text += " " + self.tr("The second was scaled to the size of the first.")
        return text
