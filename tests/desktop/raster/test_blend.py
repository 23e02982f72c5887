"""Every blend mode against the formulas of W3C Compositing and Blending Level 1, in full precision."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from desktop.raster.blend import Blend, draw, view_of
from desktop.raster.rect import Rect

WEIGHTS = np.array([0.11, 0.59, 0.3])


def hard_light(below, above):
    return np.where(above <= 0.5, below * 2 * above, below + (2 * above - 1) - below * (2 * above - 1))


def soft_light(below, above):
    curve = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    lighter = below + (2 * above - 1) * (curve - below)
    return np.where(above <= 0.5, below - (1 - 2 * above) * below * (1 - below), lighter)


def color_dodge(below, above):
    with np.errstate(all="ignore"):
        return np.where(below == 0, 0, np.where(above >= 1, 1, np.minimum(1, below / (1 - above))))


def color_burn(below, above):
    with np.errstate(all="ignore"):
        return np.where(below >= 1, 1, np.where(above <= 0, 0, 1 - np.minimum(1, (1 - below) / above)))


def luminosity(colour):
    return (colour * WEIGHTS).sum(-1, keepdims=True)


def set_luminosity(colour, light):
    colour = colour + light - luminosity(colour)
    light = luminosity(colour)
    low, high = colour.min(-1, keepdims=True), colour.max(-1, keepdims=True)
    with np.errstate(all="ignore"):
        colour = np.where(low < 0, light + (colour - light) * light / (light - low), colour)
        return np.where(high > 1, light + (colour - light) * (1 - light) / (high - light), colour)


def saturation(colour):
    return colour.max(-1, keepdims=True) - colour.min(-1, keepdims=True)


def set_saturation(colour, wanted):
    low, spread = colour.min(-1, keepdims=True), saturation(colour)
    with np.errstate(all="ignore"):
        return np.where(spread > 0, (colour - low) * wanted / spread, 0)


MIXED = {
    Blend.NORMAL: lambda b, s: s,
    Blend.MULTIPLY: lambda b, s: b * s,
    Blend.SCREEN: lambda b, s: b + s - b * s,
    Blend.OVERLAY: lambda b, s: hard_light(s, b),
    Blend.DARKEN: np.minimum,
    Blend.LIGHTEN: np.maximum,
    Blend.COLOR_DODGE: color_dodge,
    Blend.COLOR_BURN: color_burn,
    Blend.HARD_LIGHT: hard_light,
    Blend.SOFT_LIGHT: soft_light,
    Blend.DIFFERENCE: lambda b, s: abs(b - s),
    Blend.COLOR: lambda b, s: set_luminosity(s, luminosity(b)),
    Blend.LUMINOSITY: lambda b, s: set_luminosity(b, luminosity(s)),
    Blend.HUE: lambda b, s: set_luminosity(set_saturation(s, saturation(b)), luminosity(b)),
    Blend.SATURATION: lambda b, s: set_luminosity(set_saturation(b, saturation(s)), luminosity(b)),
}
SHARES = {
    Blend.PLUS: lambda b, s: (1, 1),
    Blend.DST_IN: lambda b, s: (0, s),
    Blend.DST_OUT: lambda b, s: (0, 1 - s),
    Blend.SRC_ATOP: lambda b, s: (b, 1 - s),
    Blend.DST_ATOP: lambda b, s: (1 - b, s),
}
"""Porter and Duff: the shares of source and backdrop, by the alphas of backdrop and source."""


def specified(below, above, blend: Blend, opacity: float):
    source, backdrop = above / 255 * opacity, below / 255
    alpha_s, alpha_b = source[..., 3:], backdrop[..., 3:]
    if blend in SHARES:
        of_source, of_backdrop = SHARES[blend](alpha_b, alpha_s)
        return np.minimum(1, source * of_source + backdrop * of_backdrop) * 255
    with np.errstate(all="ignore"):
        colour_s = np.where(alpha_s > 0, source[..., :3] / alpha_s, 0)
        colour_b = np.where(alpha_b > 0, backdrop[..., :3] / alpha_b, 0)
    mixed = MIXED[blend](colour_b, colour_s)
    colour = (
        alpha_s * (1 - alpha_b) * colour_s + alpha_s * alpha_b * mixed + (1 - alpha_s) * alpha_b * colour_b
    )
    return np.concatenate([colour, alpha_s + alpha_b - alpha_s * alpha_b], -1) * 255


def premultiplied(rng: np.random.Generator, side: int):
    """Random pixels, with as many wholly opaque, transparent, black and white ones as matter."""
    alpha = rng.integers(0, 256, (side, side, 1))
    alpha[rng.random(alpha.shape) < 0.2] = 255
    alpha[rng.random(alpha.shape) < 0.1] = 0
    colour = rng.integers(0, 256, (side, side, 3))
    colour[rng.random(colour.shape) < 0.1] = 0
    colour[rng.random(colour.shape) < 0.1] = 255
    return np.concatenate([(colour * alpha + 127) // 255, alpha], -1).astype(np.uint8)


def image_of(pixels) -> QImage:
    image = QImage(pixels.shape[1], pixels.shape[0], QImage.Format.Format_ARGB32_Premultiplied)
    view_of(image)[:] = pixels
    return image


@pytest.mark.parametrize("opacity", [1.0, 0.5])
@pytest.mark.parametrize("blend", list(Blend))
def test_a_blend_mode_is_what_is_specified_within_one(blend: Blend, opacity: float):
    rng = np.random.default_rng(7)
    below, above = premultiplied(rng, 200), premultiplied(rng, 200)
    target = image_of(below)
    painter = QPainter(target)
    draw(target, painter, image_of(above), 0, 0, blend, opacity, Rect(0, 0, 200, 200))
    painter.end()
    off = np.abs(view_of(target) - specified(below, above, blend, opacity))
    assert off.max() <= 1.01  # Qt's opacity is a byte


@pytest.mark.parametrize("blend", list(Blend))
def test_only_what_is_inside_the_clip_changes(blend: Blend):
    rng = np.random.default_rng(7)
    below, above = premultiplied(rng, 40), premultiplied(rng, 30)
    target = image_of(below)
    painter = QPainter(target)
    draw(target, painter, image_of(above), 5, -4, blend, 0.7, Rect(8, 3, 9, 11))
    painter.end()
    changed = (view_of(target) != below).any(-1)
    changed[3:14, 8:17] = False
    assert not changed.any()


def test_every_pair_of_colour_and_alpha_comes_back_from_straight_exactly():
    """Premultiplied to straight and back loses nothing, for all 32,896 pairs that can be."""
    alpha, colour = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    alpha, colour = alpha[colour <= alpha], colour[colour <= alpha]
    straight = np.where(alpha > 0, (colour * 255 + alpha // 2) // np.maximum(alpha, 1), 0)
    again = (straight * alpha + 127) // 255
    assert (again == colour).all()
