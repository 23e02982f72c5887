"""Poses the stick figures of the pose map: drag a joint, or a whole figure."""

from __future__ import annotations

import math

from desktop.state.document import maps
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.tools.guide import Guide
from desktop.tools.marked import QT_TRANSLATE_NOOP, look_up
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Cursor, Hand, Stroke, Tool
from engine.api.pose import LIMBS, Figure

POSE = QT_TRANSLATE_NOOP("History", "Pose")
NOTHING = QT_TRANSLATE_NOOP("Tools", "There is no figure to pose. Add a pose map in the Maps section first.")
NEAR_PX = 12.0
"""A joint is taken hold of from so far, in the view's pixels."""
GROW_PX = 200.0
"""A drag so far to the right with Ctrl makes a figure twice as large."""


def stroke(hand: Hand, options: NoOptions) -> Stroke:
    """Drag a joint; drag beside one, or with Shift, moves the figure, with Ctrl makes it larger or smaller;
    Alt+click takes a joint away that is not to be seen."""
    press = yield
    given = posed_map(hand.document)
    taken = taken_at(hand.document, given, press, hand.zoom) if given is not None else None
    if given is None or taken is None:
        hand.say(look_up("Tools", NOTHING))
        return
    number, joint = taken
    before = given.figures[number]
    with hand.document.begin(POSE):
        event = press
        while True:
            after = changed(hand.document, before, joint, press, event)
            figures = (*given.figures[:number], after, *given.figures[number + 1 :])
            maps.pose(hand.document, given.id, figures)
            hand.show(*guides_of(hand.document, after))
            if event.moment in (Moment.RELEASE, Moment.ACCEPT):
                return
            event = yield


def posed_map(document: Document) -> DocumentMap | None:
    """The pose map that is switched on, or else any with figures."""
    found = [given for given in document.maps if given.source is MapSource.FIGURES and given.figures]
    return next((given for given in found if given.is_on), found[0] if found else None)


def taken_at(
    document: Document, given: DocumentMap, event: PenEvent, zoom: float
) -> tuple[int, int | None] | None:
    """Figure and joint at the pen, the joint None where only the figure is near; None: there is none."""
    nearest: tuple[float, int, int] | None = None
    for number, figure in enumerate(given.figures):
        for joint, point in enumerate(figure.scaled(document.size)):
            if point is not None:
                away = math.hypot(point[0] - event.x, point[1] - event.y)
                if nearest is None or away < nearest[0]:
                    nearest = away, number, joint
    if nearest is None:
        return None
    away, number, joint = nearest
    is_joint = away <= NEAR_PX / zoom and not event.shift and not event.control
    return number, joint if is_joint else None


def changed(
    document: Document, before: Figure, joint: int | None, press: PenEvent, event: PenEvent
) -> Figure:
    """The figure after a drag from `press` to `event`."""
    width, height = document.size
    dx, dy = (event.x - press.x) / width, (event.y - press.y) / height
    if joint is None:
        if press.control:
            return before.grown(min(8.0, max(0.1, 2 ** ((event.x - press.x) / GROW_PX))))
        return before.moved(dx, dy)
    if press.alt:
        return before.with_point(joint, None)
    point = before.points[joint]
    assert point is not None
    return before.with_point(joint, (point[0] + dx, point[1] + dy))


def guides_of(document: Document, figure: Figure) -> list[Guide]:
    """Its limbs as lines, its joints as handles."""
    points = figure.scaled(document.size)
    lines = [Guide((one, other)) for start, end in LIMBS if (one := points[start]) and (other := points[end])]
    joints = tuple(point for point in points if point is not None)
    return [*lines, Guide(joints[:1], handles=joints)]


TOOL = Tool(
    id="pose",
    name=QT_TRANSLATE_NOOP("Tools", "Pose"),
    icon="person-standing",
    stroke=stroke,
    place=165,
    cursor=Cursor.ARROW,
    opens_document=False,
    hint=QT_TRANSLATE_NOOP(
        "Tools", "Drag a joint; Shift moves the figure, Ctrl sizes it, Alt+click takes a joint away"
    ),
)
