"""What lies on the artist's bench: the tool in hand, how each tool is set, the colours, how the pen feels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor

from desktop.raster.dynamics import LINEAR, Curve
from desktop.state.document.document import Document
from desktop.state.observable import Field, Observable
from desktop.state.segmenting import Segmenting
from desktop.state.settings import Settings
from desktop.tools.options import option_of
from desktop.tools.tool import Hand, Memory, Tool, View
from desktop.tools.toolbox import tools
from engine.api.errors import BadRequest
from engine.api.form import from_json, to_json
from engine.api.segment import SegmenterInfo

KEY = "tools"
"""Under which it is remembered."""
MOST_RECENT = 12
KEEP_AFTER_MS = 400
"""A slider that is dragged is written down once."""
HARDNESS_STEP = 0.1


class Workbench(Observable):
    """Remembered from start to start. Colours are `#rrggbb`."""

    tool_id = Field("move")
    foreground = Field("#1d1d1d")
    background = Field("#ffffff")
    recent: Field[tuple[str, ...]] = Field(())
    """The colours that were painted with, the newest first."""
    paints_mask = Field(False)
    """Quick mask: brush, eraser, fill and gradient work on the edit mask."""
    curve: Field[Curve] = Field(LINEAR)
    """What the brush feels of the pen's pressure."""
    overlay_opacity = Field(0.5)
    """Of the colour and pattern that show the mask."""
    change_px = Field(8.0)
    """By how much the menu grows, shrinks and feathers a selection."""
    options_changed = Signal(str)
    """Id of the tool that is set otherwise now."""
    said = Signal(str)
    """Why a tool did nothing."""
    names_changed = Signal()
    """Other things are at hand to choose from; see `names`."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._options: dict[str, Any] = {tool.id: tool.options() for tool in tools().values()}
        self._memories: WeakKeyDictionary[Document, Memory] = WeakKeyDictionary()
        self._begun: set[str] = set()
        """What was painted since the start, by names that `begin_with_brush` was told."""
        self.segmenters: tuple[SegmenterInfo, ...] = ()
        """Networks that select things."""
        self.segmenting: Segmenting | None = None
        """Asks one of them; None where there is no engine."""
        self._recall(settings.panel_states.get(KEY))
        self._keeping = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._keeping.timeout.connect(self.keep)
        settings.destroyed.connect(self._keeping.stop)
        self.changed.connect(self._keep_soon)
        self.options_changed.connect(self._keep_soon)

    def know_segmenters(self, segmenters: tuple[SegmenterInfo, ...]) -> None:
        """These networks are at hand from now on."""
        if segmenters != self.segmenters:
            self.segmenters = segmenters
            self.names_changed.emit()

    # tools and how they are set

    @property
    def tool(self) -> Tool:
        return tools()[self.tool_id]

    def take_up(self, tool_id: str) -> None:
        """Work with another tool from now on."""
        if tool_id in tools() and tool_id != self.tool_id:
            self.tool_id = tool_id

    def options(self, tool_id: str = "") -> Any:
        """How a tool (the one in hand) is set: its frozen options."""
        return self._options[tool_id or self.tool_id]

    def set_option(self, name: str, value: object, tool_id: str = "") -> None:
        """Set one option of a tool (the one in hand)."""
        tool_id = tool_id or self.tool_id
        changed = replace(self._options[tool_id], **{name: value})
        if changed != self._options[tool_id]:
            self._options[tool_id] = changed
            self.options_changed.emit(tool_id)

    def has_option(self, name: str) -> bool:
        return hasattr(self.options(), name)

    def step_size(self, direction: int) -> None:
        """The next smaller or larger tip: by one pixel when small, by a tenth or so when large."""
        if self.has_option("size"):
            size = self.options().size
            step = (
                1
                if size < 10
                else 2
                if size < 20
                else 5
                if size < 50
                else 10
                if size < 100
                else size // 100 * 20
            )
            self.set_size(size + direction * step)

    def set_size(self, size_px: float) -> None:
        if self.has_option("size"):
            self.set_option("size", float(min(max(round(size_px), 1), 2000)))

    def begin_with_brush(self, work: str, size_px: float, hardness: float | None = None) -> None:
        """The brush for `work` when it is begun; who goes on with it keeps what was chosen since.

        `hardness`: 0 to 1; None leaves it.
        """
        if work in self._begun:
            return
        self._begun.add(work)
        self.set_size(size_px)
        if hardness is not None and self.has_option("hardness"):
            self.set_option("hardness", hardness)

    def step_hardness(self, direction: int) -> None:
        if self.has_option("hardness"):
            hardness = self.options().hardness + direction * HARDNESS_STEP
            self.set_option("hardness", round(min(max(hardness, 0.0), 1.0), 2))

    def set_opacity(self, share: float) -> None:
        if self.has_option("opacity"):
            self.set_option("opacity", share)

    # colours

    def swap(self) -> None:
        """Foreground and background change places, or what the tool has in their stead."""
        if self.tool.swapped is not None:
            self._options[self.tool_id] = self.tool.swapped(self.options())
            self.options_changed.emit(self.tool_id)
        else:
            self.foreground, self.background = self.background, self.foreground

    def reset_colours(self) -> None:
        self.foreground, self.background = "#000000", "#ffffff"

    def take_colour(self, color: QColor, is_background: bool = False) -> None:
        if is_background:
            self.background = color.name()
        else:
            self.foreground = color.name()

    def remember_colour(self) -> None:
        """It was painted with."""
        others = tuple(color for color in self.recent if color != self.foreground)
        self.recent = (self.foreground, *others)[:MOST_RECENT]

    # at work

    def hand(self, document: Document, view: View | None = None) -> Hand:
        """What a stroke has at hand now."""
        return Hand(
            document,
            QColor(self.foreground),
            QColor(self.background),
            self.curve,
            self.paints_mask,
            self._memories.setdefault(document, Memory()),
            view,
            say=self.said.emit,
            picked=self.take_colour,
            segmenters=self.segmenters,
            segment=self.segmenting.ask if self.segmenting is not None else None,
        )

    # from start to start

    def keep(self) -> None:
        """Write down how everything lies now."""
        self._keeping.stop()
        self._settings.remember_panel(
            KEY,
            {
                "tool": self.tool_id,
                "foreground": self.foreground,
                "background": self.background,
                "recent": list(self.recent),
                "curve": to_json(self.curve.points),
                "overlay_opacity": self.overlay_opacity,
                "options": {tool_id: to_json(options) for tool_id, options in self._options.items()},
            },
        )

    def _keep_soon(self, _what: str = "") -> None:
        self._keeping.start()

    def _recall(self, kept: object) -> None:
        """What cannot be read (of another version) is as it is at first."""
        if not isinstance(kept, Mapping):
            return
        if kept.get("tool") in tools():
            self.tool_id = kept["tool"]
        for name in ("foreground", "background"):
            if isinstance(kept.get(name), str) and QColor.isValidColorName(kept[name]):
                setattr(self, name, QColor(kept[name]).name())
        if isinstance(kept.get("recent"), list):
            self.recent = tuple(color for color in kept["recent"] if QColor.isValidColorName(str(color)))
        if isinstance(kept.get("overlay_opacity"), float):
            self.overlay_opacity = min(max(kept["overlay_opacity"], 0.1), 1.0)
        try:
            self.curve = Curve(tuple((float(x), float(y)) for x, y in kept.get("curve", ())))
        except (TypeError, ValueError):
            pass
        options = kept.get("options")
        for tool_id, data in options.items() if isinstance(options, Mapping) else ():
            self._recall_options(tool_id, data)

    def _recall_options(self, tool_id: str, data: object) -> None:
        if tool_id not in tools():
            return
        try:
            self._options[tool_id] = within_limits(from_json(tools()[tool_id].options, data))
        except BadRequest:
            pass


def within_limits(options: Any) -> Any:
    """Numbers that a file says, where the bar would not allow them, moved to where it does."""
    allowed = {}
    for field in fields(options):
        option, value = option_of(field), getattr(options, field.name)
        if option is not None and isinstance(value, float):
            allowed[field.name] = min(max(value, option.low), option.high)
    return replace(options, **allowed)
