"""Colours by name: what captions say, and how a sprite or a backdrop takes one on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Colour:
    en: str
    es: str
    """Masculine singular."""
    rgb: RGB
    """Of a backdrop."""
    hue: int | None
    """What a dominant hue is turned to (OpenCV's, 0 to 179); `None`: saturation is taken away instead."""
    saturation: float = 1.0
    value: float = 1.0
    """Factors for what is recoloured."""


COLOURS: dict[str, Colour] = {
    "red": Colour("red", "rojo", (222, 66, 62), 1),
    "orange": Colour("orange", "naranja", (250, 160, 70), 12, 1.05, 1.05),
    "yellow": Colour("yellow", "amarillo", (252, 220, 90), 26, 1.0, 1.12),
    "green": Colour("green", "verde", (112, 190, 112), 62),
    "light blue": Colour("light blue", "celeste", (168, 214, 248), 100, 0.72, 1.1),
    "blue": Colour("blue", "azul", (62, 112, 208), 112),
    "purple": Colour("purple", "morado", (160, 122, 214), 137, 0.95),
    "pink": Colour("pink", "rosa", (252, 184, 206), 168, 0.6, 1.18),
    "brown": Colour("brown", "marrón", (150, 104, 70), 11, 0.75, 0.62),
    "white": Colour("white", "blanco", (255, 255, 255), None, 0.06, 1.35),
    "black": Colour("black", "negro", (26, 26, 30), None, 0.1, 0.3),
    "grey": Colour("grey", "gris", (186, 190, 196), None, 0.05, 0.8),
}
BACKDROPS: dict[str, RGB] = {name: colour.rgb for name, colour in COLOURS.items()} | {
    "beige": (240, 228, 204),
    "mint": (206, 240, 222),
    "lavender": (224, 216, 246),
}
BACKDROP_WORDS = {
    "beige": ("beige", "beige"),
    "mint": ("mint green", "verde menta"),
    "lavender": ("lavender", "lavanda"),
}
NEAR_HUE = 13
"""How far from the dominant hue a pixel may be to be of it."""


def recoloured(sprite: NDArray[np.uint8], hue: int, colour: str) -> NDArray[np.uint8]:
    """A straight RGBA sprite with its dominant `hue` turned into `colour`; shading stays."""
    wanted = COLOURS[colour]
    hsv = cv2.cvtColor(np.ascontiguousarray(sprite[..., :3]), cv2.COLOR_RGB2HSV)
    away = np.abs((hsv[..., 0].astype(np.int16) - hue + 90) % 180 - 90)
    share = np.clip((NEAR_HUE + 5 - away) / 5, 0, 1) * np.clip(
        (hsv[..., 1].astype(np.float32) - 35) / 30, 0, 1
    )
    turned = hsv.astype(np.float32)
    if wanted.hue is not None:
        turned[..., 0] = (wanted.hue + ((hsv[..., 0].astype(np.int16) - hue + 90) % 180 - 90) * 0.6) % 180
    turned[..., 1:] *= (wanted.saturation, wanted.value)
    target = cv2.cvtColor(np.clip(turned, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)
    colours = sprite[..., :3] + (target.astype(np.float32) - sprite[..., :3]) * share[..., None]
    return np.dstack([np.rint(colours).astype(np.uint8), sprite[..., 3]])


def near_colour(hue: int) -> str:
    """The colour a dominant hue already is, or "" between two."""
    for name, colour in COLOURS.items():
        if (
            colour.saturation >= 0.9
            and colour.hue is not None
            and abs((hue - colour.hue + 90) % 180 - 90) <= 9
        ):
            return name
    return ""
