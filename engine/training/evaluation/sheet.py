"""Pictures with their words below, in rows: what the figures cannot say."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.api.text import without_accents

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf")
FONT_SIZE = 11
GAP = 6
LINES = 2
"""Of words below a picture."""
PAPER, INK, GREY = (250, 250, 248), (30, 30, 34), (110, 110, 118)


@dataclass(frozen=True, eq=False)
class Labelled:
    """A picture, what was asked, and a remark in grey."""

    pixels: NDArray[np.uint8]
    words: str
    remark: str = ""


def sheet(pictures: Sequence[Labelled], columns: int = 8, cell: int = 160) -> NDArray[np.uint8]:
    """All of `pictures` as one, h x w x 3."""
    font, readable = known_font()
    line = 14
    height = cell + (LINES + 1) * line + GAP
    rows = -(-len(pictures) // columns)
    paper = Image.new("RGB", (columns * (cell + GAP) + GAP, rows * height + GAP), PAPER)
    pen = ImageDraw.Draw(paper)
    for number, picture in enumerate(pictures):
        left, top = GAP + number % columns * (cell + GAP), GAP + number // columns * height
        image = Image.fromarray(picture.pixels).resize((cell, cell), Image.Resampling.LANCZOS)
        paper.paste(image, (left, top))
        words = wrapped(readable(picture.words), cell, font)[:LINES]
        for place, text in enumerate(words):
            pen.text((left, top + cell + 1 + place * line), text, INK, font)
        if picture.remark:
            remark = wrapped(readable(picture.remark), cell, font)[0]
            pen.text((left, top + cell + 1 + len(words) * line), remark, GREY, font)
    return np.asarray(paper)


def known_font() -> tuple[Font, Callable[[str], str]]:
    """A font of this machine, and what makes a text of letters that it has: Pillow's own has no accents."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, FONT_SIZE), str
        except OSError:
            continue
    return ImageFont.load_default(FONT_SIZE), without_accents


def wrapped(text: str, width: int, font: Font) -> list[str]:
    """`text` in lines of at most `width` pixels, broken at spaces; a longer word is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        while font.getlength(word) > width:
            word = word[:-1]
        lines.append(word)
    return [line for line in lines if line] or [""]


def png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
