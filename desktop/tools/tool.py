"""What a tool is, and what it has at hand."""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from desktop.raster.dynamics import LINEAR, Curve, PenPoint
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.layers import ImageLayer, Layer, PaintLayer
from desktop.state.document.names import new_layer_name
from desktop.tools.guide import Guide
from desktop.tools.marked import look_up
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment, PenEvent
from engine.api.events import MaskReady
from engine.api.segment import SegmenterInfo, SegmentRequest

Stroke = Generator[None, PenEvent, None]


class View(Protocol):
    """What a tool can do with the view."""

    @property
    def zoom(self) -> float: ...
    @property
    def middle(self) -> tuple[float, float]:
        """Of the view, in its logical pixels."""
        ...

    def pan(self, dx: float, dy: float) -> None:
        """By logical pixels of the view."""

    def zoom_by_at(self, factor: float, view_x: float, view_y: float) -> None: ...
    def rotate_by(self, angle_deg: float) -> None: ...
    def straighten(self) -> None: ...
    def zoom_to_fit(self) -> None: ...


@dataclass
class Memory:
    """What tools remember from stroke to stroke, for one document."""

    last_point: PenPoint | None = None
    """Where the last stroke ended: Shift draws a straight line from there."""
    clone_source: tuple[float, float] | None = None
    clone_shift: tuple[float, float] | None = None
    """From where one paints to where it is taken from; stays until another source is set."""


@dataclass
class Hand:
    """What a tool has at hand during a stroke."""

    document: Document
    foreground: QColor = field(default_factory=lambda: QColor("black"))
    background: QColor = field(default_factory=lambda: QColor("white"))
    curve: Curve = LINEAR
    paints_mask: bool = False
    """Quick mask: brush, eraser, fill and gradient work on the edit mask."""
    memory: Memory = field(default_factory=Memory)
    view: View | None = None
    guides: tuple[Guide, ...] = ()
    """What is drawn over the picture now."""
    say: Callable[[str], None] = lambda text: None
    """Tell the artist why nothing happens."""
    picked: Callable[[QColor, bool], None] = lambda color, is_background: None
    """A colour was taken from the picture."""
    segmenters: tuple[SegmenterInfo, ...] = ()
    """Networks that select things, by name."""
    segment: Callable[[Callable[[], SegmentRequest], Callable[[MaskReady], None]], None] | None = None
    """Ask one of them: what makes the request (in any thread), and what takes the answer."""

    @property
    def zoom(self) -> float:
        """Screen pixels per document pixel."""
        return self.view.zoom if self.view is not None else 1.0

    def show(self, *guides: Guide) -> None:
        """Draw these over the picture from now on."""
        self.guides = guides


class Cursor(enum.Enum):
    """What is seen where the pointer is."""

    TIP = "tip"
    """The outline of the tip."""
    CROSS = "cross"
    ARROW = "arrow"
    HAND = "hand"
    PICKER = "picker"


@dataclass(frozen=True)
class Tool:
    """One tool. Its file ends with `TOOL = Tool(...)`, and that is all there is to do."""

    id: str
    name: str
    """English, marked with `QT_TRANSLATE_NOOP("Tools", ...)`."""
    icon: str
    """Of Lucide."""
    stroke: Callable[[Hand, Any], Stroke]
    """Sent a `PRESS` first, then what follows; over when it returns, taken back when it is closed."""
    options: type = NoOptions
    """A frozen dataclass of `desktop.tools.options` fields."""
    place: int = 0
    """Its order in the toolbox."""
    key: str = ""
    """The letter that takes it up, with the focus on the canvas."""
    cursor: Cursor = Cursor.CROSS
    picks_colour: bool = False
    """Alt+click and the pen's button pick a colour."""
    opens_document: bool = True
    """Set down on a picture that is only looked at, it makes a document of it."""
    needs_document: bool = True
    """False for tools that only move the view."""
    takes_several: bool = False
    """Goes on after the button was released: polygon, transform, crop."""
    starts_at_once: bool = False
    """Shows its handles as soon as it is taken up."""
    hint: str = ""
    """One line about what it does, English, marked as `name` is."""
    lingers: bool = False
    """Wants to hear that time passes while the pen is held still."""
    has_own_eraser: bool = False
    """What the pen's other end does with it; without, that end is the eraser tool."""
    double_click: Callable[[Hand], None] | None = None
    swapped: Callable[[Any], Any] | None = None
    """What X makes of its options; without, X changes foreground and background."""

    @property
    def text(self) -> str:
        return look_up("Tools", self.name)

    @property
    def hint_text(self) -> str:
        return look_up("Tools", self.hint) if self.hint else ""


@dataclass(frozen=True)
class Target:
    """The pixels that a stroke changes."""

    tiles: Tiles
    offset: tuple[int, int]
    is_mask: bool
    is_alpha_locked: bool = False


def target_of(hand: Hand, erases: bool = False) -> Target | None:
    """What is painted on now; None (and the reason said) where nothing can be.

    Inside `begin`: above a placed picture, a result or a group a new layer is made for the paint, so that
    painting never fails there and a picture stays as it was placed. An eraser works on the picture.
    """
    target = target_to_be(hand, erases)
    document = hand.document
    if target is not None and not target.is_mask and not takes_paint(document.active, erases):
        layer = PaintLayer(name=new_layer_name(other.name for other in document.root.walk()))
        document.insert(layer)
        return paintable(layer)
    return target


def target_to_be(hand: Hand, erases: bool = False) -> Target | None:
    """What `target_of` will give; in place of a layer that it would make, tiles of nothing."""
    document = hand.document
    if hand.paints_mask:
        return Target(document.mask, (0, 0), True)
    layer = document.active
    if not layer.visible:
        hand.say(QCoreApplication.translate("Painting", "The layer is hidden."))
        return None
    if document.is_locked(layer):
        hand.say(QCoreApplication.translate("Painting", "The layer is locked."))
        return None
    return paintable(layer) if takes_paint(layer, erases) else Target(Tiles(), (0, 0), False)


def takes_paint(layer: Layer, erases: bool) -> bool:
    """False where a new layer is made for the paint."""
    return layer.is_paintable and (erases or not isinstance(layer, ImageLayer))


def paintable(layer: Layer) -> Target:
    """The pixels of a layer that can be painted on."""
    pixels = layer.pixels
    assert pixels is not None
    is_mask = pixels.kind.value == (256, 256)
    return Target(pixels, layer.offset, is_mask, layer.alpha_locked)


class Performance:
    """One stroke under way: sends events to the generator, and knows when it is over."""

    def __init__(self, tool: Tool, hand: Hand, options: object) -> None:
        self.tool, self.hand = tool, hand
        self._stroke = tool.stroke(hand, options)
        next(self._stroke)
        self.is_over = False

    def send(self, event: PenEvent) -> None:
        """Raises what the tool raises; the stroke is over then, and taken back."""
        try:
            self._stroke.send(event)
        except StopIteration:
            self._end()
        except BaseException:
            self._end()
            raise

    def send_all(self, events: Sequence[PenEvent]) -> None:
        """The events of one frame; shown once, after the last."""
        for index, event in enumerate(events):
            if self.is_over:
                return
            self.send(replace(event, has_more=index < len(events) - 1))

    def accept(self) -> None:
        """End a stroke that takes several clicks as Enter does."""
        if not self.is_over:
            self.send(PenEvent(0, 0, Moment.ACCEPT))
        self.cancel()

    def cancel(self) -> None:
        """Take everything back."""
        if not self.is_over:
            self._stroke.close()
            self._end()

    def _end(self) -> None:
        self.is_over = True
        self.hand.guides = ()
