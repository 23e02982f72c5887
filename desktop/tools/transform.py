"""Scale, turn and move with handles, until Enter; Esc takes it all back."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from desktop.raster.rect import Rect
from desktop.raster.transform import LARGEST_PX, Affine
from desktop.tools.floating import Floating
from desktop.tools.guide import Guide
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.putting import Putting
from desktop.tools.tool import Cursor, Hand, Stroke, Tool, paintable

TRANSFORM = QT_TRANSLATE_NOOP("History", "Transform")
NEAR_PX = 9.0
"""So near to a handle, on the screen, one takes hold of it."""
SNAP_DEG = 15.0
SMALLEST_SCALE = 0.01
SIDES = ((0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5))
"""Where the handles lie in the box."""


class Grip(enum.Enum):
    MOVE = "move"
    TURN = "turn"
    SCALE = "scale"


@dataclass(frozen=True)
class Hold:
    """What one has taken hold of."""

    grip: Grip
    side: tuple[float, float] = (0.5, 0.5)


def stroke(hand: Hand, options: NoOptions) -> Stroke:
    """Drag inside to move, a handle to scale (corners keep the shape, Shift lets it change; Alt from the
    middle), outside to turn (Shift in steps of 15°)."""
    document = hand.document
    layer = document.active
    if document.is_locked(layer) or not layer.is_paintable or not layer.visible:
        yield from say_when_pressed(
            hand,
            QCoreApplication.translate("Painting", "Choose a layer of pixels that is seen and not locked."),
        )
        return
    target = paintable(layer)
    selection = document.selection
    floating = Floating(target.tiles, selection, target.offset)
    box = floating.content
    if box.is_empty:
        text = QCoreApplication.translate("Painting", "There is nothing on this layer to transform.")
        yield from say_when_pressed(hand, text)
        return
    affine = Affine(box.left + box.width / 2, box.top + box.height / 2)
    hand.show(frame_of(box, affine))
    # before one takes hold of it nothing is begun: pictures that are made meanwhile have to come
    while (event := (yield)).moment is not Moment.PRESS:
        if event.moment is Moment.ACCEPT:
            return
    with document.begin(TRANSFORM) as transaction:
        transaction.lets_in = True  # one may look at it for long: a picture that comes meanwhile is shown
        put = Putting(document, floating)
        untouched = affine
        while event.moment is not Moment.ACCEPT:
            if event.moment is Moment.PRESS:
                hold, began, press = hold_at(event, box, affine, hand.zoom), affine, event
                while (event := (yield)).moment not in (Moment.RELEASE, Moment.ACCEPT):
                    affine = within_limits(dragged(hold, began, box, press, event), began, box)
                    if not event.has_more:
                        hand.show(frame_of(box, affine))
                        put.draft(affine)
                hand.show(frame_of(box, affine))
                if affine != began and event.moment is not Moment.ACCEPT:
                    put.draft(affine)
            if event.moment is not Moment.ACCEPT:
                event = yield
        if affine != untouched or put.is_shown:
            put.last(affine, selection)


def say_when_pressed(hand: Hand, why: str) -> Stroke:
    """Not to who only passes over the canvas, or does something else."""
    while (event := (yield)).moment is not Moment.ACCEPT:
        if event.moment is Moment.PRESS:
            hand.say(why)
            return


def frame_of(box: Rect, affine: Affine) -> Guide:
    """The box with its handles."""
    corners = [place_of(box, affine, side) for side in ((0, 0), (1, 0), (1, 1), (0, 1))]
    handles = [place_of(box, affine, side) for side in SIDES]
    wide, high = round(box.width * abs(affine.scale_x)), round(box.height * abs(affine.scale_y))
    turned = f" · {affine.angle_deg:.0f}°" if round(affine.angle_deg) else ""
    return Guide(tuple(corners), True, handles=tuple(handles), text=f"{wide} × {high}{turned}")


def place_of(box: Rect, affine: Affine, side: tuple[float, float]) -> tuple[float, float]:
    return affine.map(box.left + side[0] * box.width, box.top + side[1] * box.height)


def hold_at(event: PenEvent, box: Rect, affine: Affine, zoom: float) -> Hold:
    """A handle, the inside, or the room around."""
    for side in SIDES:
        x, y = place_of(box, affine, side)
        if math.hypot(event.x - x, event.y - y) * zoom <= NEAR_PX:
            return Hold(Grip.SCALE, side)
    x, y = affine.unmap(event.x, event.y)
    is_inside = box.left <= x <= box.right and box.top <= y <= box.bottom
    return Hold(Grip.MOVE if is_inside else Grip.TURN)


def dragged(hold: Hold, began: Affine, box: Rect, press: PenEvent, event: PenEvent) -> Affine:
    """Where the box is after a drag from `press` to `event`."""
    match hold.grip:
        case Grip.MOVE:
            dx, dy = round(event.x - press.x), round(event.y - press.y)
            if event.shift:
                dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
            return began.moved(dx, dy)
        case Grip.TURN:
            return turned(began, press, event)
        case Grip.SCALE:
            return scaled(began, box, hold.side, event)


def turned(began: Affine, press: PenEvent, event: PenEvent) -> Affine:
    middle = began.map(began.center_x, began.center_y)
    before = math.atan2(press.y - middle[1], press.x - middle[0])
    after = math.atan2(event.y - middle[1], event.x - middle[0])
    angle = began.angle_deg + math.degrees(after - before)
    if event.shift:
        angle = round(angle / SNAP_DEG) * SNAP_DEG
    return replace(began, angle_deg=(angle + 180) % 360 - 180)


def scaled(began: Affine, box: Rect, side: tuple[float, float], event: PenEvent) -> Affine:
    """The handle goes to the pen; the opposite one (with Alt the middle) stays where it is."""
    fixed_side = (0.5, 0.5) if event.alt else (1 - side[0], 1 - side[1])
    fixed = place_of(box, began, fixed_side)
    angle = math.radians(-began.angle_deg)
    dx, dy = event.x - fixed[0], event.y - fixed[1]
    along = (dx * math.cos(angle) - dy * math.sin(angle), dx * math.sin(angle) + dy * math.cos(angle))
    span = ((side[0] - fixed_side[0]) * box.width, (side[1] - fixed_side[1]) * box.height)
    scale_x = along[0] / span[0] if span[0] else began.scale_x
    scale_y = along[1] / span[1] if span[1] else began.scale_y
    if span[0] and span[1] and not event.shift:
        ratio = max(abs(scale_x / began.scale_x), abs(scale_y / began.scale_y))
        scale_x = math.copysign(began.scale_x * ratio, scale_x)
        scale_y = math.copysign(began.scale_y * ratio, scale_y)
    grown = replace(began, scale_x=not_nothing(scale_x), scale_y=not_nothing(scale_y))
    moved = place_of(box, grown, fixed_side)
    return grown.moved(fixed[0] - moved[0], fixed[1] - moved[1])


def not_nothing(scale: float) -> float:
    return scale if abs(scale) >= SMALLEST_SCALE else math.copysign(SMALLEST_SCALE, scale)


def within_limits(affine: Affine, before: Affine, box: Rect) -> Affine:
    """A drag far beyond the canvas stops where pixels could not be kept any more."""
    bounds = affine.bounds(box)
    return affine if max(bounds.width, bounds.height) <= LARGEST_PX // 2 else before


TOOL = Tool(
    id="transform",
    name=QT_TRANSLATE_NOOP("Tools", "Transform"),
    icon="scaling",
    stroke=stroke,
    place=15,
    key="T",
    cursor=Cursor.ARROW,
    takes_several=True,
    starts_at_once=True,
    hint=QT_TRANSLATE_NOOP(
        "Tools", "Handles scale, the room around turns; Enter keeps it, Esc takes it back"
    ),
)
