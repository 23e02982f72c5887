"""From a package's picture to a sprite: drawn at one size, cropped to what is there, measured."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image

from engine.api.errors import EngineError
from engine.training.data.pack import Sprite, SpriteInfo

SPRITE_PX = 192
"""The longer side of a sprite."""
RENDER_PX = 256
MISSING = '{} is not installed; install what the recipe needs: pip install "lienzo[data]"'
VISIBLE = 12
"""Alpha below this is dust at the edge, and is cropped away."""


class Pictures(Protocol):
    """A source of emoji pictures."""

    def read(self, hexcode: str) -> Image.Image | None:
        """The picture of an emoji (its code points in hexadecimal, joined by dashes), if there is one."""
        ...


class Folder:
    """One file an emoji: WebP as it is, SVG rendered."""

    def __init__(self, folder: Path) -> None:
        self.files = {path.stem.lower(): path for path in folder.iterdir()}

    def read(self, hexcode: str) -> Image.Image | None:
        names = (hexcode, hexcode.replace("-fe0f", ""), f"{hexcode}-fe0f")
        path = next((self.files[name] for name in names if name in self.files), None)
        if path is None:
            return None
        return render_svg(path) if path.suffix == ".svg" else Image.open(path, formats=["WEBP", "PNG"])


class ColourFont:
    """Noto's bitmaps, by character and by ligature."""

    def __init__(self, path: Path) -> None:
        try:
            from fontTools.ttLib import TTFont  # of the extra; only the recipe needs it
        except ImportError:
            raise EngineError(MISSING.format("fonttools")) from None

        font = TTFont(path)
        self.characters: Mapping[int, str] = font.getBestCmap() or {}
        self.bitmaps = font["CBDT"].strikeData[0]
        self.ligatures: dict[tuple[str, ...], str] = {}
        for lookup in font["GSUB"].table.LookupList.Lookup:
            for table in (getattr(sub, "ExtSubTable", sub) for sub in lookup.SubTable):
                for first, ligatures in getattr(table, "ligatures", {}).items():
                    for ligature in ligatures:
                        self.ligatures[(first, *ligature.Component)] = ligature.LigGlyph

    def read(self, hexcode: str) -> Image.Image | None:
        points = [int(point, 16) for point in hexcode.split("-")]
        for sequence in (points, [point for point in points if point != 0xFE0F]):
            names = tuple(self.characters.get(point, "") for point in sequence)
            glyph = names[0] if len(names) == 1 else self.ligatures.get(names)
            if glyph and glyph in self.bitmaps:
                return Image.open(io.BytesIO(self.bitmaps[glyph].imageData), formats=["PNG"])
        return None


def render_svg(path: Path, side_px: int = RENDER_PX) -> Image.Image:
    try:
        import resvg_py  # of the extra; only the recipe needs it
    except ImportError:
        raise EngineError(MISSING.format("resvg-py")) from None

    png = resvg_py.svg_to_bytes(svg_path=str(path), width=side_px, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png)), formats=["PNG"])


def as_sprite(picture: Image.Image) -> Sprite | None:
    """Cropped to what is visible, the longer side `SPRITE_PX`; `None` if there is next to nothing."""
    rgba = np.asarray(picture.convert("RGBA"))
    ys, xs = np.where(rgba[..., 3] > VISIBLE)
    if len(ys) < 60:
        return None
    crop = Image.fromarray(rgba[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])
    scale = SPRITE_PX / max(crop.size)
    size = (max(1, round(crop.width * scale)), max(1, round(crop.height * scale)))
    return np.asarray(crop.resize(size, Image.Resampling.LANCZOS))


def measure(sprite: Sprite, concept: str, style: str) -> SpriteInfo:
    """Its mean colour and, where one saturated hue covers a third of it, that hue."""
    small = np.asarray(cv2.resize(sprite, (48, 48), interpolation=cv2.INTER_AREA), np.uint8)
    seen = small[..., 3] > 128
    colours = small[seen][:, :3] if seen.any() else small.reshape(-1, 4)[:, :3]
    tone = tuple(int(value) for value in colours.mean(axis=0))
    hue = dominant_hue(small, seen)
    return SpriteInfo(concept, style, hue, (tone[0], tone[1], tone[2]), sprite.shape[1], sprite.shape[0])


def dominant_hue(small: Sprite, seen: np.ndarray) -> int | None:
    hsv = cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2HSV)
    hue, saturation, value = (hsv[..., channel][seen].astype(int) for channel in range(3))
    vivid = (saturation > 95) & (value > 75)
    if seen.sum() < 50 or vivid.sum() < 0.3 * seen.sum():
        return None
    counts = np.bincount(hue[vivid] // 6, minlength=30)
    near = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best = int(near.argmax())
    return best * 6 + 3 if near[best] > 0.35 * seen.sum() else None
