"""Masks as they cross the door: one byte a pixel, only where something is painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import BadRequest
from engine.api.images import Extent, pixels_hash
from engine.api.rect import Rect

Coverage = NDArray[np.uint8]
"""Height x width: 0 nothing, 255 all; what lies between is soft."""


@dataclass(frozen=True, eq=False)
class MaskInput:
    """A painted mask over a picture of `width` x `height` pixels.

    Only the smallest rectangle that holds paint is kept, so that a stroke on a huge picture costs what was
    touched. The pixels travel apart from a request's JSON, by their hash, as start pictures do.
    """

    sha256: str
    """`pixels_hash` of the pixels."""
    width: int
    height: int
    left: int = 0
    top: int = 0
    """Where the pixels lie in the picture."""
    name: str = ""
    """The file name it came from, for people; never a path."""
    pixels: Coverage | None = None

    @staticmethod
    def of(coverage: Coverage, name: str = "") -> MaskInput:
        """The mask of a whole picture, H x W bytes."""
        height, width = _checked(coverage).shape
        return MaskInput.placed(coverage, 0, 0, Extent(width, height), name)

    @staticmethod
    def placed(coverage: Coverage, left: int, top: int, extent: Extent, name: str = "") -> MaskInput:
        """The mask of a picture of `extent`, painted only where `coverage` lies; the rest is 0.

        What reaches beyond the picture is cut off. Equal masks give equal instances, whatever rectangle
        they were cut from.
        """
        own = Rect(left, top, coverage.shape[1], coverage.shape[0])
        coverage = _checked(coverage)[(own & Rect.of(extent)).within(own)]
        own &= Rect.of(extent)
        painted = bounds_of(coverage)
        if not painted:
            nothing = np.zeros((1, 1), np.uint8)
            return MaskInput(pixels_hash(nothing), *extent, 0, 0, name, _sealed(nothing))
        pixels = _sealed(np.ascontiguousarray(coverage[painted.within(Rect.of(own.extent))]))
        place = painted.moved(own.left, own.top)
        return MaskInput(pixels_hash(pixels), *extent, place.left, place.top, name, pixels)

    @property
    def extent(self) -> Extent:
        """Of the picture that it lies on."""
        return Extent(self.width, self.height)

    @property
    def bounds(self) -> Rect:
        """Of the pixels, in the picture."""
        assert self.pixels is not None
        return Rect(self.left, self.top, self.pixels.shape[1], self.pixels.shape[0])

    def read(self, rect: Rect) -> Coverage:
        """The mask's part `rect`, H x W, a copy; 0 where nothing is painted and outside the picture."""
        assert self.pixels is not None
        part = np.zeros((rect.height, rect.width), np.uint8)
        shared = rect & self.bounds
        if shared:
            part[shared.within(rect)] = self.pixels[shared.within(self.bounds)]
        return part

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaskInput) and other._place == self._place

    def __hash__(self) -> int:
        return hash(self._place)

    @property
    def _place(self) -> tuple[str, int, int, int, int]:
        return self.sha256, self.width, self.height, self.left, self.top

    def __json__(self) -> dict[str, object]:
        return {
            "sha256": self.sha256,
            "width": self.width,
            "height": self.height,
            "left": self.left,
            "top": self.top,
            "name": self.name,
        }

    @classmethod
    def __from_json__(cls, data: object, where: str) -> MaskInput:
        if not isinstance(data, dict) or not isinstance(data.get("sha256"), str):
            raise BadRequest(where, "expected a mask's hash and size")
        width, height, left, top = (data.get(name, 0) for name in ("width", "height", "left", "top"))
        if not all(type(number) is int for number in (width, height, left, top)):
            raise BadRequest(where, "expected a mask's size and place in whole numbers")
        return cls(data["sha256"], width, height, left, top, str(data.get("name", "")))


def painted(coverage: Coverage) -> NDArray[np.bool_]:
    """Where a network that knows only yes and no is to paint: half of the most that is there, and more."""
    return coverage >= max(1, int(coverage.max()) // 2)


def bounds_of(coverage: Coverage) -> Rect:
    """The smallest rectangle of `coverage` that holds all that is not 0; empty where all is."""
    rows = np.flatnonzero(coverage.any(axis=1))
    if not rows.size:
        return Rect(0, 0, 0, 0)
    first, last = int(rows[0]), int(rows[-1])
    columns = np.flatnonzero(coverage[first : last + 1].any(axis=0))
    return Rect.between(int(columns[0]), first, int(columns[-1]) + 1, last + 1)


def _checked(coverage: Coverage) -> Coverage:
    if coverage.ndim != 2 or coverage.dtype != np.uint8:
        raise BadRequest("mask", f"expected H x W bytes, found {coverage.dtype} {coverage.shape}")
    return coverage


def _sealed(coverage: Coverage) -> Coverage:
    coverage = coverage.view()
    coverage.flags.writeable = False
    return coverage
