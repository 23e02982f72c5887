"""Smart select: the thing one draws a loop around, found by its colours and edges.

GrabCut (Rother, Kolmogorov and Blake 2004) as OpenCV has it. A segmentation model takes its place when one is
at hand: see `SEGMENTERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.tools.guide import Guide
from desktop.tools.lasso import LEAST_POINTS, drawn_line
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, SelectOptions, switch
from desktop.tools.selecting import combine_of, select
from desktop.tools.tool import Hand, Stroke, Tool
from desktop.tools.wand import seen

WORKING_PX = 480
"""GrabCut sees the loop no larger than this; its answer is refined at full size."""
AROUND = 0.15
"""Of the loop's size: how much background it sees around."""
ROUNDS = 4

Segmenter = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]
"""Pixels (H x W x 3, BGR) and the loop (H x W, 255 inside) to coverage (H x W)."""

SEGMENTERS: list[Segmenter] = []
"""Models that segment, the best last. Empty as long as no model for it is at hand: then GrabCut does it."""


@dataclass(frozen=True, kw_only=True)
class SmartOptions(SelectOptions):
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
    found = thing_in(seen(hand, options.all_layers), loop, hand.document.canvas)
    select(hand, found, how, options.feather)


def thing_in(read: Callable[[Rect], NDArray[np.uint8]], loop: Tiles, canvas: Rect) -> Tiles:
    """Coverage of the thing that the loop goes around."""
    inside = region.extent_of(loop)
    margin = round(max(inside.width, inside.height) * AROUND) + 2
    box = inside.grown(margin).intersected(canvas)
    pixels, within = np.ascontiguousarray(read(box)[..., :3]), loop.read(box)
    if SEGMENTERS:
        return region.written(box, SEGMENTERS[-1](pixels, within))
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
        "Tools", "Draw a loop around a thing; it is found by its colours and edges (GrabCut, no model)"
    ),
)
