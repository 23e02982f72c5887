"""Where the network looks: how much context around a place, and how large that is for the network."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.api.edit import Edit
from engine.api.images import Extent
from engine.api.model_info import ModelInfo
from engine.api.rect import Rect

CONTEXT_OF_CANVAS, CONTEXT_OF_PLACE, LEAST_CONTEXT_PX = 16, 2, 32
"""Context at each side: at least this part of the canvas' longer side and of the place's mean side."""
LONGEST_SHAPE = 2.0
"""Long side to short side of a crop that is chosen freely."""
UNSCALED = (0.5, 1.6)
"""A crop whose area is within this many times the model's own is worked on as it is, pixel for pixel."""
LONGEST_SIDE = 2.0
"""Of what the network works on, in the model's own sides."""
LEAST_CELLS = 8
"""Along the shorter side of what the network works on; fewer and its lower levels see nothing."""


@dataclass(frozen=True)
class Native:
    """What a model works on best."""

    width: int
    height: int
    multiple: int
    """Both sides of what it works on are multiples of this."""

    @staticmethod
    def of(info: ModelInfo, edit: Edit) -> Native:
        multiple = info.capabilities.size_multiple
        if edit.working_side_px is not None:
            return Native(edit.working_side_px, edit.working_side_px, multiple)
        return Native(info.defaults.width, info.defaults.height, multiple)

    @property
    def area(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Crop:
    """What the network sees of a canvas."""

    rect: Rect
    """In the source's pixels. Where it reaches beyond the canvas, the canvas' edge is continued."""
    working: Extent
    """How large that is for the network."""

    @property
    def scale(self) -> float:
        """Working pixels a canvas pixel."""
        return self.working.width / self.rect.width


def choose_crop(place: Rect, canvas: Rect, edit: Edit, native: Native) -> Crop:
    """The crop for `place` (the changing pixels' bounds) of `canvas`."""
    if edit.frame is not None:
        return fitted(edit.frame, canvas, native)
    if edit.padding_px is not None:
        return fitted(place.grown(edit.padding_px) & canvas, canvas, native)
    rect = place.grown(_auto_padding(place, canvas))
    # small places are seen in as many pixels as the model likes: nothing has to be enlarged for it
    rect = rect.widened(native.width, native.height)
    longer = max(rect.width, rect.height)
    rect = rect.widened(math.ceil(longer / LONGEST_SHAPE), math.ceil(longer / LONGEST_SHAPE))
    return fitted(rect.slid_into(canvas) & canvas, canvas, native)


def _auto_padding(place: Rect, canvas: Rect) -> int:
    of_canvas = max(canvas.width, canvas.height) // CONTEXT_OF_CANVAS
    of_place = (place.width + place.height) // 2 // CONTEXT_OF_PLACE
    return max(of_canvas, of_place, LEAST_CONTEXT_PX)


def fitted(rect: Rect, canvas: Rect, native: Native) -> Crop:
    """`rect`, a little larger where the network's multiples ask for it, at the size that it works on.

    Nothing is stretched: both sides are scaled alike, to within a pixel.
    """
    scale = _scale(rect, native)
    least = min(native.width, native.height, LEAST_CELLS * native.multiple)
    working = Extent(
        *(max(_up(side * scale, native.multiple), _up(least, native.multiple)) for side in rect.extent)
    )
    wanted = Extent(*(max(own, round(side / scale)) for own, side in zip(rect.extent, working, strict=True)))
    return Crop(rect.widened(*wanted).slid_into(canvas), working)


def _scale(rect: Rect, native: Native) -> float:
    share = rect.area / native.area
    longest = LONGEST_SIDE * max(native.width, native.height)
    if UNSCALED[0] <= share <= UNSCALED[1] and max(rect.extent) <= longest:
        return 1.0
    return min(share**-0.5, longest / max(rect.width, rect.height))


def _up(length: float, multiple: int) -> int:
    """The next multiple; a hair above one is that one."""
    return max(multiple, math.ceil(round(length, 3) / multiple) * multiple)
