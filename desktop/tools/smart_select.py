"""Smart select: the thing one draws a loop around, found by a network or by its colours and edges.

A network of the Segment Anything family where one is at hand (`Hand.segmenters`); without, GrabCut (Rother,
Kolmogorov and Blake 2004) as OpenCV has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from desktop.raster import opencv as cv2
from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.raster.region import Combine
from desktop.raster.tiles import Tiles
from desktop.tools.guide import Guide
from desktop.tools.lasso import LEAST_POINTS, drawn_line
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, FOUND_BY, SEGMENTERS, SelectOptions, named, switch
from desktop.tools.selecting import combine_of, select
from desktop.tools.shown_to_network import answer_at_size, request_for, window_for
from desktop.tools.tool import Hand, Stroke, Tool
from desktop.tools.wand import seen, still
from engine.api.events import MaskReady
from engine.api.segment import SegmenterInfo

WORKING_PX = 480
"""GrabCut sees the loop no larger than this; its answer is refined at full size."""
AROUND = 0.15
"""Of the loop's size: how much background it sees around."""
ROUNDS = 4

GRAB_CUT = "grabcut"
"""`SmartOptions.by` for colours and edges, also where a network is at hand."""


@dataclass(frozen=True, kw_only=True)
class SmartOptions(SelectOptions):
    by: str = named("", FOUND_BY, SEGMENTERS)
    all_layers: bool = switch(True, ALL_LAYERS)


def stroke(hand: Hand, options: SmartOptions) -> Stroke:
    """Draw a rough loop around the thing."""
    press = yield
    how = combine_of(press, options)
    line = yield from drawn_line(hand, press)
    if len(line) < LEAST_POINTS:
        return
    hand.show(Guide(tuple(line), is_closed=True))
    loop = region.clipped(region.polygon(line), hand.document.canvas)
    if region.is_nothing(loop):
        return
    document = hand.document
    document.finish()
    read, canvas = seen(hand, options.all_layers), document.canvas
    network = network_for(options.by, hand.segmenters)
    if network is None or hand.segment is None:
        select(hand, lambda: thing_in(read, loop, canvas), how, options.feather)
        return
    by_network(hand, network, loop, how, options)


def network_for(by: str, segmenters: Sequence[SegmenterInfo]) -> SegmenterInfo | None:
    """The one that is chosen; where it has gone, or none is chosen, the first; None: colours and edges."""
    if by == GRAB_CUT:
        return None
    named = [info for info in segmenters if info.name == by]
    return next(iter([*named, *segmenters]), None)


def by_network(hand: Hand, network: SegmenterInfo, loop: Tiles, how: Combine, options: SmartOptions) -> None:
    """Ask the engine; its answer meets the selection that there is when it comes."""
    assert hand.segment is not None
    document, window = hand.document, window_for(region.extent_of(loop), hand.document.canvas)
    shot = replace(hand, document=document, guides=())
    read = still(hand, options.all_layers)

    def take(found: MaskReady) -> None:
        if document.is_closed:
            hand.say(QCoreApplication.translate("Painting", "The picture that it was selected in is closed."))
            return
        if not (found.coverage >= 128).any():
            hand.say(QCoreApplication.translate("Painting", "Nothing was found there. Try another loop."))
            return
        select(
            shot,
            lambda: answer_at_size(found.coverage, read, loop, window, refined),
            how,
            options.feather,
        )

    hand.segment(lambda: request_for(read, loop, window, str(network.path), network.side), take)


def thing_in(read: Callable[[Rect], NDArray[np.uint8]], loop: Tiles, canvas: Rect) -> Tiles:
    """Coverage of the thing that the loop goes around."""
    inside = region.extent_of(loop)
    margin = round(max(inside.width, inside.height) * AROUND) + 2
    box = inside.grown(margin).intersected(canvas)
    pixels, within = np.ascontiguousarray(read(box)[..., :3]), loop.read(box)
    return region.written(box, grab_cut(pixels, within))


def grab_cut(pixels: NDArray[np.uint8], within: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Coverage (H x W) of the thing in `pixels` (H x W x 3, BGR) that lies where `within` is 255."""
    height, width = within.shape
    shrink = min(1.0, WORKING_PX / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(within, size, interpolation=cv2.INTER_AREA) >= 128
    if inside.all() or not inside.any():
        return within  # nothing around to tell it from
    marks = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)  # the same loop gives the same answer
    cv2.grabCut(small, marks, (0, 0, 0, 0), background, foreground, ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.where((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    if not found.any():
        return within
    return np.minimum(refined(found, pixels), within)


def refined(found: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The small answer at full size, its edge drawn to the picture's (guided filter, He et al. 2010)."""
    height, width = pixels.shape[:2]
    large = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
    radius = max(2, round(2 * max(height, width) / WORKING_PX))
    window = (2 * radius + 1, 2 * radius + 1)
    mean_grey, mean_large = cv2.blur(grey, window), cv2.blur(large, window)
    spread = cv2.blur(grey * grey, window) - mean_grey * mean_grey
    slope = (cv2.blur(grey * large, window) - mean_grey * mean_large) / (spread + 1e-3)
    shift = mean_large - slope * mean_grey
    soft = cv2.blur(slope, window) * grey + cv2.blur(shift, window)
    # only the edge stays soft
    return (np.clip((soft - 0.5) * 2 + 0.5, 0, 1) * 255).round().astype(np.uint8)


TOOL = Tool(
    id="smart_select",
    name=QT_TRANSLATE_NOOP("Tools", "Smart select"),
    icon="lasso-select",
    stroke=stroke,
    options=SmartOptions,
    place=45,
    key="Shift+W",
    hint=QT_TRANSLATE_NOOP(
        "Tools", "Draw a loop around a thing; a network finds it, or its colours and edges"
    ),
)
