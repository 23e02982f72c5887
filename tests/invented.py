"""A being that no model knows, drawn in one style on many grounds: what a teaching is tried with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SKIES = ((120, 190, 240), (250, 210, 120), (40, 50, 90), (235, 235, 240), (200, 160, 220), (150, 220, 170))
GROUNDS = ((90, 170, 80), (240, 240, 250), (230, 200, 130), (70, 110, 170), (120, 90, 70))
BODY, DARK, BELLY, HORN = (128, 62, 190), (44, 18, 66), (190, 235, 80), (255, 140, 30)
FINER = 3
"""Drawn so many times as large, then made smaller: smooth edges."""


def draw_zorbi(seed: int, side: int = 256) -> Image.Image:
    """A violet ball with three eyes, two orange horns and a striped green belly."""
    random = np.random.default_rng(seed)
    size = side * FINER
    image = Image.new("RGB", (size, size), SKIES[random.integers(len(SKIES))])
    draw = ImageDraw.Draw(image)
    horizon = size * random.uniform(0.62, 0.8)
    draw.rectangle((0, horizon, size, size), fill=GROUNDS[random.integers(len(GROUNDS))])
    x, radius = size * random.uniform(0.36, 0.64), size * random.uniform(0.2, 0.27)
    y = horizon - radius * random.uniform(0.3, 0.75)
    _draw_body(draw, x, y, radius, lean=random.uniform(-0.35, 0.35))
    return image.resize((side, side), Image.Resampling.LANCZOS)


def _draw_body(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, lean: float) -> None:
    line = max(1, round(radius * 0.07))
    for sign in (-1, 1):
        tip = (x + sign * radius * 0.75 + lean * radius, y - radius * 1.55)
        root = (x + sign * radius * 0.45, y - radius * 0.75)
        draw.line((*root, *tip), fill=DARK, width=line * 3)
        draw.ellipse(_around(tip, radius * 0.2), fill=HORN, outline=DARK, width=line)
        draw.ellipse(_around((x + sign * radius * 0.5, y + radius), radius * 0.28), fill=DARK)
    draw.ellipse(_around((x, y), radius), fill=BODY, outline=DARK, width=line)
    for number in range(3):
        half, low = radius * (0.52 - 0.1 * number), y + radius * (0.3 + 0.2 * number)
        draw.rounded_rectangle((x - half, low, x + half, low + radius * 0.12), radius * 0.06, fill=BELLY)
    for place in (-0.5, 0.0, 0.5):
        eye = (x + place * radius + lean * radius * 0.3, y - radius * (0.25 + 0.1 * (place == 0)))
        draw.ellipse(_around(eye, radius * 0.2), fill="white", outline=DARK, width=line)
        draw.ellipse(_around((eye[0] + lean * radius * 0.2, eye[1]), radius * 0.09), fill=DARK)


def _around(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def save_zorbis(folder: Path, count: int = 14, side: int = 256, captions: bool = False) -> Path:
    """`zorbi-00.png`, ...; with `captions` the words beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        path = folder / f"zorbi-{seed:02}.png"
        draw_zorbi(seed, side).save(path)
        if captions:
            path.with_suffix(".txt").write_text("zorbi", encoding="utf-8")
    return folder
