"""What the next Generate does with the canvas, and how what changes is joined to what stays."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from PySide6.QtCore import QObject

from desktop.state.observable import Field, Observable
from engine.api.edit import EDIT_LIMITS, PRESETS, EditKind, FillMode, SeamMode


class Intent(enum.StrEnum):
    """What Generate is for."""

    NEW = "new"
    """A picture from words alone; the canvas is not looked at."""
    PAINTED = "painted"
    """What the mask says: change what is painted, or keep it."""
    REMOVE = "remove"
    """What is painted goes, and its surroundings go on in its place."""
    EMPTY = "empty"
    """Where the canvas is still empty: outpainting."""
    WHOLE = "whole"
    """Image to image: the whole canvas, or what is selected."""
    REFINE = "refine"
    """The same again with better detail: what is painted, else what is selected, else all."""


USUAL_STRENGTH: Mapping[Intent, float] = {
    Intent.NEW: 1.0,
    Intent.PAINTED: PRESETS[EditKind.CHANGE].strength,
    Intent.REMOVE: PRESETS[EditKind.REMOVE].strength,
    Intent.EMPTY: 1.0,
    Intent.WHOLE: 0.6,
    Intent.REFINE: PRESETS[EditKind.REFINE].strength,
}
USUAL_FILL: Mapping[Intent, FillMode] = {
    Intent.REMOVE: PRESETS[EditKind.REMOVE].fill,
    Intent.EMPTY: FillMode.EDGE,
}
"""The others begin with what is there."""


@dataclass(frozen=True)
class EditValues:
    """The settings at one moment: what may cross to another thread."""

    intent: Intent
    strength: float
    fill: FillMode
    grow_px: int
    feather_px: int | None
    padding_px: int | None
    paste_feather_px: int | None
    seam: SeamMode
    place_prompts: tuple[str, ...]


def _within(name: str) -> Callable[[Any], int]:
    low, high = EDIT_LIMITS[name]

    def accept(value: Any) -> int:
        return min(max(int(value), low), high)

    return accept


def _within_or_auto(name: str) -> Callable[[Any], int | None]:
    accept = _within(name)
    return lambda value: None if value is None else accept(value)


def _share(value: Any) -> float:
    return min(max(float(value), 0.0), 1.0)


class EditSettings(Observable):
    """Each intent remembers its own strength and fill; None in a number means chosen from the picture."""

    intent: Field[Intent] = Field(Intent.NEW, Intent)
    strength: Field[float] = Field(1.0, _share)
    """How far what changes may go from what is there; 0 to 1."""
    fill: Field[FillMode] = Field(FillMode.ORIGINAL, FillMode)
    grow_px: Field[int] = Field(0, _within("grow_px"))
    feather_px: Field[int | None] = Field(None, _within_or_auto("feather_px"))
    padding_px: Field[int | None] = Field(None, _within_or_auto("padding_px"))
    paste_feather_px: Field[int | None] = Field(None, _within_or_auto("paste_feather_px"))
    seam: Field[SeamMode] = Field(SeamMode.AUTO, SeamMode)
    place_prompts: Field[tuple[str, ...]] = Field((), tuple)
    """Words for each separate place, counted as one reads; "" takes the prompt."""
    is_live: Field[bool] = Field(False, bool)
    """Generate again whenever the canvas or the prompt changes; the newest wins."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._remembered: dict[Intent, tuple[float, FillMode]] = {}
        self._present = self.intent
        self.changed.connect(self._follow)

    def usual(self, intent: Intent) -> tuple[float, FillMode]:
        """Strength and fill of `intent`: as they were last, else what serves best."""
        usual = (USUAL_STRENGTH[intent], USUAL_FILL.get(intent, FillMode.ORIGINAL))
        return self._remembered.get(intent, usual)

    def now(self) -> EditValues:
        return EditValues(**{field.name: getattr(self, field.name) for field in fields(EditValues)})

    def to_draft(self) -> dict[str, Any]:
        """What is restored after a kill. Live mode is not: nothing runs by itself at a start."""
        return {name: value for name, value in self.values().items() if name != "is_live"}

    def restore_draft(self, draft: Mapping[str, Any]) -> None:
        """Put `to_draft`'s settings back; what another version wrote differently keeps its default."""
        for name in self.to_draft():
            if name in draft:
                try:
                    setattr(self, name, draft[name])
                except (ValueError, TypeError):
                    pass

    def _follow(self, name: str) -> None:
        if name == "intent" and self.intent is not self._present:
            self._remembered[self._present] = (self.strength, self.fill)
            self._present = self.intent
            self.strength, self.fill = self.usual(self.intent)
