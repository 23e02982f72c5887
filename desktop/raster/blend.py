"""How a layer meets what is below it: the blend modes by their OpenRaster names.

Formulas: W3C, Compositing and Blending Level 1. Qt has most of them with SIMD. Ours are hue, saturation,
colour and luminosity, which it lacks, and colour dodge and soft light, where it is up to 20/255 off.
"""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from desktop.raster.rect import Rect

Mode = QPainter.CompositionMode


class Blend(enum.StrEnum):
    """Every composite operator that OpenRaster names."""

    NORMAL = "svg:src-over"
    MULTIPLY = "svg:multiply"
    SCREEN = "svg:screen"
    OVERLAY = "svg:overlay"
    DARKEN = "svg:darken"
    LIGHTEN = "svg:lighten"
    COLOR_DODGE = "svg:color-dodge"
    COLOR_BURN = "svg:color-burn"
    HARD_LIGHT = "svg:hard-light"
    SOFT_LIGHT = "svg:soft-light"
    DIFFERENCE = "svg:difference"
    COLOR = "svg:color"
    LUMINOSITY = "svg:luminosity"
    HUE = "svg:hue"
    SATURATION = "svg:saturation"
    PLUS = "svg:plus"
    DST_IN = "svg:dst-in"
    DST_OUT = "svg:dst-out"
    SRC_ATOP = "svg:src-atop"
    DST_ATOP = "svg:dst-atop"

    @property
    def clears_outside(self) -> bool:
        """Whether it changes what is below also where the layer holds nothing."""
        return self in (Blend.DST_IN, Blend.DST_ATOP)


QT_MODES = {
    Blend.NORMAL: Mode.CompositionMode_SourceOver,
    Blend.MULTIPLY: Mode.CompositionMode_Multiply,
    Blend.SCREEN: Mode.CompositionMode_Screen,
    Blend.OVERLAY: Mode.CompositionMode_Overlay,
    Blend.DARKEN: Mode.CompositionMode_Darken,
    Blend.LIGHTEN: Mode.CompositionMode_Lighten,
    Blend.COLOR_BURN: Mode.CompositionMode_ColorBurn,
    Blend.HARD_LIGHT: Mode.CompositionMode_HardLight,
    Blend.DIFFERENCE: Mode.CompositionMode_Difference,
    Blend.PLUS: Mode.CompositionMode_Plus,
    Blend.DST_IN: Mode.CompositionMode_DestinationIn,
    Blend.DST_OUT: Mode.CompositionMode_DestinationOut,
    Blend.SRC_ATOP: Mode.CompositionMode_SourceAtop,
    Blend.DST_ATOP: Mode.CompositionMode_DestinationAtop,
}
MIX_BY_OPACITY = (Blend.PLUS, Blend.DST_IN, Blend.DST_ATOP)
"""Here Qt mixes the result with what was below, where the opacity should scale the layer's alpha."""


def draw(
    target: QImage,
    painter: QPainter,
    image: QImage,
    left: int,
    top: int,
    blend: Blend,
    opacity: float,
    clip: Rect,
) -> None:
    """Lay `image` with its corner at (left, top) over `target`, inside `clip` only.

    Both are ARGB32 premultiplied; `painter` is active on `target` and untransformed.
    """
    part = Rect(left, top, image.width(), image.height()).intersected(clip)
    if part.is_empty:
        return
    mode = QT_MODES.get(blend)
    if mode is None:
        _draw_by_formula(target, image, left, top, blend, opacity, part)
        return
    x, y = part.left - left, part.top - top
    if opacity < 1 and blend in MIX_BY_OPACITY:
        image, x, y, opacity = _faded(image, x, y, part, opacity), 0, 0, 1.0
    painter.setCompositionMode(mode)
    painter.setOpacity(opacity)
    painter.drawImage(part.left, part.top, image, x, y, part.width, part.height)


def _faded(image: QImage, x: int, y: int, part: Rect, opacity: float) -> QImage:
    """The part of `image` from (x, y) with its alpha scaled."""
    faded = QImage(part.width, part.height, image.format())
    faded.fill(0)
    painter = QPainter(faded)
    painter.setOpacity(opacity)
    painter.drawImage(0, 0, image, x, y, part.width, part.height)
    painter.end()
    return faded


def _draw_by_formula(
    target: QImage, image: QImage, left: int, top: int, blend: Blend, opacity: float, part: Rect
) -> None:
    below = view_of(target)[part.top : part.bottom, part.left : part.right]
    above = view_of(image)[part.top - top : part.bottom - top, part.left - left : part.right - left]
    below[:] = blended(below, above, blend, opacity)


class _Held:
    """Keeps an image alive for as long as an array looks at its memory: PySide's own view does not."""

    def __init__(self, image: QImage) -> None:
        self.image = image
        rows = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)
        self.__array_interface__ = pixels.__array_interface__


def view_of(image: QImage) -> NDArray[np.uint8]:
    """The pixels of an ARGB32 image as height x width x 4, on the same memory."""
    return np.asarray(_Held(image))


def blended(
    below: NDArray[np.uint8], above: NDArray[np.uint8], blend: Blend, opacity: float = 1.0
) -> NDArray[np.uint8]:
    """One of `FORMULAS`: `above` over `below` (both ... x 4, BGRA premultiplied)."""
    source, backdrop = above * np.float32(opacity / 255), below * np.float32(1 / 255)
    alpha_s, alpha_b = source[..., 3:], backdrop[..., 3:]
    mixed = FORMULAS[blend](_straight(backdrop), _straight(source))
    out = np.empty_like(source)
    out[..., :3] = (
        source[..., :3] * (1 - alpha_b) + backdrop[..., :3] * (1 - alpha_s) + alpha_s * alpha_b * mixed
    )
    out[..., 3:] = alpha_s + alpha_b - alpha_s * alpha_b
    return np.clip(out * 255 + 0.5, 0, 255).astype(np.uint8)


Colour = NDArray[np.floating]


def _straight(pixels: Colour) -> Colour:
    return pixels[..., :3] / np.maximum(pixels[..., 3:], np.float32(1e-6))


WEIGHTS = np.array([0.11, 0.59, 0.3], np.float32)
"""Of blue, green and red in luminosity, as the specification has them."""


def _luminosity(colour: Colour) -> Colour:
    return (colour @ WEIGHTS)[..., None]


def _clip_colour(colour: Colour) -> Colour:
    light = _luminosity(colour)
    low, high = colour.min(-1, keepdims=True), colour.max(-1, keepdims=True)
    colour = np.where(low < 0, light + (colour - light) * light / np.maximum(light - low, 1e-6), colour)
    return np.where(high > 1, light + (colour - light) * (1 - light) / np.maximum(high - light, 1e-6), colour)


def _with_luminosity(colour: Colour, light: Colour) -> Colour:
    return _clip_colour(colour + (light - _luminosity(colour)))


def _saturation(colour: Colour) -> Colour:
    return colour.max(-1, keepdims=True) - colour.min(-1, keepdims=True)


def _with_saturation(colour: Colour, saturation: Colour) -> Colour:
    """The smallest channel to 0, the largest to `saturation`, the middle one in proportion."""
    low, spread = colour.min(-1, keepdims=True), _saturation(colour)
    return np.where(spread > 0, (colour - low) * saturation / np.maximum(spread, 1e-6), np.float32(0))


def _color_dodge(below: Colour, above: Colour) -> Colour:
    lightened = np.minimum(1, below / np.maximum(1 - above, np.float32(1e-6)))
    return np.where(below <= 0, np.float32(0), lightened)


def _soft_light(below: Colour, above: Colour) -> Colour:
    darker = below - (1 - 2 * above) * below * (1 - below)
    curve = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    return np.where(above <= 0.5, darker, below + (2 * above - 1) * (curve - below))


FORMULAS = {
    Blend.COLOR_DODGE: _color_dodge,
    Blend.SOFT_LIGHT: _soft_light,
    Blend.HUE: lambda below, above: _with_luminosity(
        _with_saturation(above, _saturation(below)), _luminosity(below)
    ),
    Blend.SATURATION: lambda below, above: _with_luminosity(
        _with_saturation(below, _saturation(above)), _luminosity(below)
    ),
    Blend.COLOR: lambda below, above: _with_luminosity(above, _luminosity(below)),
    Blend.LUMINOSITY: lambda below, above: _with_luminosity(below, _luminosity(above)),
}
