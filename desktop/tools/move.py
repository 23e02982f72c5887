"""Moves the layer, or what is selected of it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.raster.transform import Affine
from desktop.state.document.layers import Group, Layer
from desktop.tools.floating import Floating
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.putting import Putting
from desktop.tools.tool import Cursor, Hand, Stroke, Tool, paintable

MOVE = QT_TRANSLATE_NOOP("History", "Move")


def stroke(hand: Hand, options: NoOptions) -> Stroke:
    """Whole pixels only: nothing gets softer by being moved. Shift keeps it level or upright."""
    press = yield
    layer = hand.document.active
    if hand.document.is_locked(layer):
        hand.say(QCoreApplication.translate("Painting", "The layer is locked."))
        return
    with hand.document.begin(MOVE):
        if hand.document.selection is not None and layer.is_paintable:
            yield from move_selected(hand, layer, press)
        else:
            yield from move_layers(hand, layer, press)


def move_layers(hand: Hand, layer: Layer, press: PenEvent) -> Stroke:
    """The layer, or all that a group holds; no pixel is touched."""
    leaves = (
        [below for below in layer.walk() if not isinstance(below, Group)]
        if isinstance(layer, Group)
        else [layer]
    )
    began = {leaf.id: leaf.offset for leaf in leaves}
    done = (0, 0)
    while True:
        event = yield
        dx, dy = way(press, event)
        if (dx, dy) != done and (not event.has_more or event.moment is Moment.RELEASE):
            done = (dx, dy)
            for leaf_id, offset in began.items():
                present = hand.document.layer(leaf_id)
                if present is not None:
                    hand.document.change(present, offset=(offset[0] + dx, offset[1] + dy))
        if event.moment is Moment.RELEASE:
            return


def move_selected(hand: Hand, layer: Layer, press: PenEvent) -> Stroke:
    """What is selected is cut out (Alt leaves a copy) and goes along with its selection."""
    document, target = hand.document, paintable(layer)
    selection = document.selection
    assert selection is not None
    floating = Floating(target.tiles, selection, target.offset, leaves_copy=press.alt)
    put = Putting(document, floating)
    done = (0, 0)
    while True:
        event = yield
        dx, dy = way(press, event)
        if (dx, dy) != done and (not event.has_more or event.moment is Moment.RELEASE):
            done = (dx, dy)
            put.draft(Affine(0, 0, dx, dy))
        if event.moment is Moment.RELEASE:
            break
    if done != (0, 0):
        put.last(Affine(0, 0, *done), selection)


def way(press: PenEvent, event: PenEvent) -> tuple[int, int]:
    """Whole pixels from the press to here."""
    dx, dy = round(event.x - press.x), round(event.y - press.y)
    if event.shift:
        return (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
    return dx, dy


TOOL = Tool(
    id="move",
    name=QT_TRANSLATE_NOOP("Tools", "Move"),
    icon="move",
    stroke=stroke,
    place=10,
    key="V",
    cursor=Cursor.ARROW,
    opens_document=False,
    hint=QT_TRANSLATE_NOOP("Tools", "Moves the layer, or what is selected of it; Alt leaves a copy"),
)
