"""The blend modes in the artist's words, in the order of a list."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.raster.blend import Blend

translate = QCoreApplication.translate


def blend_names() -> list[tuple[Blend, str]]:
    """In the language of the moment: the usual ones, darker, lighter, contrast, colour, cutting."""
    return [
        (Blend.NORMAL, translate("BlendNames", "Normal")),
        (Blend.MULTIPLY, translate("BlendNames", "Multiply")),
        (Blend.SCREEN, translate("BlendNames", "Screen")),
        (Blend.OVERLAY, translate("BlendNames", "Overlay")),
        (Blend.DARKEN, translate("BlendNames", "Darken")),
        (Blend.COLOR_BURN, translate("BlendNames", "Colour burn")),
        (Blend.LIGHTEN, translate("BlendNames", "Lighten")),
        (Blend.COLOR_DODGE, translate("BlendNames", "Colour dodge")),
        (Blend.PLUS, translate("BlendNames", "Add")),
        (Blend.HARD_LIGHT, translate("BlendNames", "Hard light")),
        (Blend.SOFT_LIGHT, translate("BlendNames", "Soft light")),
        (Blend.DIFFERENCE, translate("BlendNames", "Difference")),
        (Blend.HUE, translate("BlendNames", "Hue")),
        (Blend.SATURATION, translate("BlendNames", "Saturation")),
        (Blend.COLOR, translate("BlendNames", "Colour")),
        (Blend.LUMINOSITY, translate("BlendNames", "Luminosity")),
        (Blend.SRC_ATOP, translate("BlendNames", "Only on what is below")),
        (Blend.DST_OUT, translate("BlendNames", "Cut out of what is below")),
        (Blend.DST_IN, translate("BlendNames", "Keep of what is below")),
        (Blend.DST_ATOP, translate("BlendNames", "Behind, within its shape")),
    ]
