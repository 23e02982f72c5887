"""What of a canvas may change, read anywhere: the painted mask, its meaning, the new canvas around it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.api.edit import Edit, EditMode
from engine.api.images import Extent
from engine.api.mask import Coverage
from engine.api.rect import Rect

LARGEST_DISC_PX = 8
"""Radius. A larger disc is a sum of such, which is exact and far quicker."""


class Change:
    """How much each pixel of an edit's canvas may change: 0 stays, 255 is free. Nothing dense is kept."""

    def __init__(self, edit: Edit, source: Extent) -> None:
        self.edit = edit
        self.source = Rect.of(source)
        self.canvas = edit.canvas(source)
        self.allowed = self.canvas if edit.frame is None else edit.frame

    def domain(self) -> Rect:
        """A rectangle beyond which nothing changes."""
        mask, edit = self.edit.mask, self.edit
        if mask is None or edit.mode is EditMode.KEEP or self.has_new_canvas:
            return self.allowed
        assert mask.pixels is not None
        if not mask.pixels.any():
            return Rect(0, 0, 0, 0)
        return mask.bounds.grown(edit.grow_px) & self.source & self.allowed

    @property
    def has_new_canvas(self) -> bool:
        return self.canvas != self.source

    def read(self, rect: Rect) -> Coverage:
        """The part `rect`, H x W, with the painted mask grown; 0 outside what is allowed."""
        grow = self.edit.grow_px
        near = rect.grown(grow)
        if self.edit.mode is EditMode.KEEP and self.edit.mask is not None:
            part = 255 - grown(self.edit.mask.read(near), grow)
            self._open_new_canvas(part, near)
        else:
            part = self._painted(near)
            self._open_new_canvas(part, near)
            part = grown(part, grow)
        return self._only_allowed(part[rect.within(near)], rect)

    def _painted(self, rect: Rect) -> Coverage:
        """Of an edit whose mask says what changes; without one all does, or only the new canvas."""
        if self.edit.mask is not None:
            return self.edit.mask.read(rect)
        return np.full((rect.height, rect.width), 0 if self.has_new_canvas else 255, np.uint8)

    def _open_new_canvas(self, part: Coverage, rect: Rect) -> None:
        if not self.has_new_canvas:
            return
        known = rect & self.source
        kept = part[known.within(rect)].copy() if known else None
        new = rect & self.allowed
        if new:
            part[new.within(rect)] = 255
        if known and kept is not None:
            part[known.within(rect)] = kept

    def _only_allowed(self, part: Coverage, rect: Rect) -> Coverage:
        if self.allowed.holds(rect):
            return np.ascontiguousarray(part)
        inside = np.zeros_like(part)
        shared = rect & self.allowed
        if shared:
            inside[shared.within(rect)] = part[shared.within(rect)]
        return inside


def grown(coverage: Coverage, radius_px: int) -> Coverage:
    """`coverage` with every value spread over a disc; soft edges stay as soft as they are."""
    while radius_px > 0:
        step = min(radius_px, LARGEST_DISC_PX)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * step + 1, 2 * step + 1))
        coverage = cv2.dilate(coverage, disc).astype(np.uint8, copy=False)
        radius_px -= step
    return coverage
