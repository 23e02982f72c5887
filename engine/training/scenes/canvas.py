"""What places are painted on: the picture and its exact maps, written together.

Positions are fractions of the side, y downwards, so that a scene is the same at any size.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.training.scenes.classes import NUMBER

Colour = Sequence[float]
SHIFT = 4
"""Fraction bits of OpenCV's drawing coordinates: shapes do not jump from pixel to pixel."""
FAR, NEAR = 20, 250
"""Depth at the horizon and at the lower edge; the sky is 0."""


class Canvas:
    """rgb H x W x 3, classes and depth H x W, all uint8; painted far to near."""

    def __init__(self, side: int, seed: int, light: Colour = (1, 1, 1)) -> None:
        self.side = side
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.light = np.asarray(light, np.float32)
        """What the time of day does to colours that are lit by it."""
        self.rgb: NDArray[np.uint8] = np.zeros((side, side, 3), np.uint8)
        self.classes: NDArray[np.uint8] = np.zeros((side, side), np.uint8)
        self.depth: NDArray[np.uint8] = np.zeros((side, side), np.uint8)
        self._rows = np.linspace(0, 1, side, dtype=np.float32)[:, None]

    @contextmanager
    def dice(self, name: str) -> Iterator[None]:
        """A chance of its own for a part, so that another sky or weather leaves the rest as it was."""
        before, self.rng = self.rng, np.random.default_rng((self.seed, zlib.crc32(name.encode())))
        try:
            yield
        finally:
            self.rng = before

    def lit(self, colour: Colour) -> tuple[float, ...]:
        """The colour in this light, without chance."""
        return tuple(float(part) for part in np.asarray(colour, np.float32) * self.light)

    def near(self, colour: Colour, spread: float = 9, lit: bool = True) -> tuple[float, ...]:
        """The colour as the light has it, a little off by chance."""
        shade = self.rng.normal(0, spread * 0.7) + self.rng.normal(0, spread * 0.5, 3)
        value = np.clip(np.asarray(colour, np.float32) + shade, 0, 255)
        return tuple(float(part) for part in (value * self.light if lit else value))

    def fill(self, top: Colour, bottom: Colour, name: str, middle: Colour | None = None) -> None:
        """The whole picture, from colour to colour."""
        self.rgb[:] = self._gradient(top, bottom, middle)[:, None]
        self.classes[:] = NUMBER[name]
        self.depth[:] = 0

    def ground(
        self,
        edge: Sequence[float],
        far: Colour,
        near: Colour,
        name: str,
        depth: tuple[int, int] | None = None,
    ) -> None:
        """All below `edge` (heights at even distances across the picture), from its colour far to near."""
        side = self.side
        columns = np.interp(np.arange(side), np.linspace(0, side - 1, len(edge)), np.asarray(edge) * side)
        points = np.stack([np.arange(side), columns], axis=1)
        outline = np.vstack([points, [[side, side], [0, side]]])
        mask = np.zeros((side, side), np.uint8)
        cv2.fillPoly(mask, [np.rint(outline * 16).astype(np.int32)], 255, cv2.LINE_8, SHIFT)
        start = float(min(edge))
        share = np.clip((self._rows - start) / max(1 - start, 0.01), 0, 1)
        rows = np.asarray(far, np.float32) * (1 - share) + np.asarray(near, np.float32) * share
        cv2.copyTo(
            np.ascontiguousarray(np.broadcast_to(rows.astype(np.uint8)[:, None], self.rgb.shape)),
            mask,
            self.rgb,
        )
        cv2.polylines(
            self.rgb,
            [np.rint(points * 16).astype(np.int32)],
            False,
            tuple(map(float, far)),
            1,
            cv2.LINE_AA,
            SHIFT,
        )
        cv2.copyTo(np.full_like(mask, NUMBER[name]), mask, self.classes)
        low, high = depth or (FAR, NEAR)
        cv2.copyTo(
            np.ascontiguousarray(np.broadcast_to((low + (high - low) * share).astype(np.uint8), mask.shape)),
            mask,
            self.depth,
        )

    def polygon(
        self, points: Sequence[tuple[float, float]], colour: Colour, name: str = "", depth: int = -1
    ) -> None:
        """A filled shape; without a name it is a mark on what is there."""
        outline = [np.rint(np.asarray(points, np.float32) * self.side * 16).astype(np.int32)]
        cv2.fillPoly(self.rgb, outline, tuple(map(float, colour)), cv2.LINE_AA, SHIFT)
        if name:
            cv2.fillPoly(self.classes, outline, NUMBER[name], cv2.LINE_8, SHIFT)
        if depth >= 0:
            cv2.fillPoly(self.depth, outline, depth, cv2.LINE_8, SHIFT)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, name: str = "", depth: int = -1
    ) -> None:
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, name, depth)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        colour: Colour,
        name: str = "",
        depth: int = -1,
        squash: float = 1.0,
    ) -> None:
        """A filled ellipse, `squash` times as high as wide."""
        centre = (round(x * self.side * 16), round(y * self.side * 16))
        axes = (round(radius * self.side * 16), round(radius * squash * self.side * 16))
        cv2.ellipse(self.rgb, centre, axes, 0, 0, 360, tuple(map(float, colour)), -1, cv2.LINE_AA, SHIFT)
        if name:
            cv2.ellipse(self.classes, centre, axes, 0, 0, 360, NUMBER[name], -1, cv2.LINE_8, SHIFT)
        if depth >= 0:
            cv2.ellipse(self.depth, centre, axes, 0, 0, 360, depth, -1, cv2.LINE_8, SHIFT)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: Colour,
        width: float = 0.005,
        closed: bool = False,
    ) -> None:
        """A mark; the maps do not know it. `width` is a fraction of the side, at least a pixel."""
        path = [np.rint(np.asarray(points, np.float32) * self.side * 16).astype(np.int32)]
        cv2.polylines(
            self.rgb,
            path,
            closed,
            tuple(map(float, colour)),
            max(1, round(width * self.side)),
            cv2.LINE_AA,
            SHIFT,
        )

    def wave(self, height: float, swing: float, waves: float = 1.5) -> list[float]:
        """An edge for `ground`: a gentle hill line around `height`."""
        phase, steps = self.rng.uniform(0, 6.28), np.linspace(0, 6.28, 33)
        second = self.rng.uniform(0, 6.28)
        return list(
            height + swing * (0.7 * np.sin(steps * waves / 2 + phase) + 0.3 * np.sin(steps * waves + second))
        )

    def ground_depth(self, y: float, horizon: float) -> int:
        """Depth of what stands at `y` on a ground that begins at `horizon`."""
        return round(FAR + (NEAR - FAR) * min(1.0, max(0.0, (y - horizon) / max(1 - horizon, 0.01))))

    def _gradient(self, top: Colour, bottom: Colour, middle: Colour | None) -> NDArray[np.uint8]:
        first, last = np.asarray(top, np.float32), np.asarray(bottom, np.float32)
        if middle is None:
            rows = first * (1 - self._rows) + last * self._rows
        else:
            upper, lower = np.clip(self._rows * 2, 0, 1), np.clip(self._rows * 2 - 1, 0, 1)
            rows = (first * (1 - upper) + np.asarray(middle, np.float32) * upper) * (1 - lower) + last * lower
        return np.clip(rows, 0, 255).astype(np.uint8)
