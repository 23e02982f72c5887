"""A sprite into the picture: posed, lit, with its shadow, its snow and its share of the maps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.training.data.pack import Sprite, Sprites, premultiply
from engine.training.scenes.canvas import Canvas
from engine.training.scenes.colours import recoloured
from engine.training.scenes.places import FLOATING, GRADIENT, PLACES, PLAIN, WATER
from engine.training.scenes.scene import Item, Scene

SPRITE_LIGHT = 0.32
"""How much of the hour's darkness things take on: they stay readable at night."""
SOLID = 127
"""Alpha above which a pixel belongs to the thing in the maps."""
PLAIN_DEPTH = 190


@dataclass(frozen=True)
class KeyPoints:
    """Of one item, in pixels (x, y): where it stands, its middle, and its four extremes that can be seen."""

    concept: str
    foot: tuple[float, float]
    middle: tuple[float, float]
    top: tuple[int, int]
    bottom: tuple[int, int]
    left: tuple[int, int]
    right: tuple[int, int]


def paste_item(canvas: Canvas, scene: Scene, item: Item, sprites: Sprites, number: int) -> KeyPoints:
    """Paint one item over what is there; `number` is its class."""
    side = canvas.side
    sprite = transformed(sprite_of(item, sprites), item, side)
    height, width = sprite.shape[:2]
    x0 = round(item.x * side - width / 2)
    y0 = round((item.y - item.lift) * side) - height
    if casts_shadow(scene):
        paint_shadow(canvas, item, width / side, dark=0.2 if scene.place in (PLAIN, GRADIENT) else 0.34)
    light = 1 - (1 - canvas.light) * SPRITE_LIGHT
    if scene.place not in (PLAIN, GRADIENT, "space", "moon", "underwater") and float(light.min()) < 0.99:
        sprite[..., :3] = (sprite[..., :3] * light).astype(np.uint8)
    if scene.covered:
        cap_with_snow(sprite)
    depth = PLAIN_DEPTH + 20 * item.layer
    if scene.horizon:
        depth = min(254, canvas.ground_depth(item.y, scene.horizon) + item.layer)
    seen = blend(canvas, sprite, x0, y0, number, depth)
    if item.pose == "swimming":
        paint_waterline(canvas, scene, item, x0 / side, width / side, height / side)
    if item.pose == "sleeping":
        paint_zzz(canvas, x0 / side + width / side * 0.8, y0 / side)
    if item.pose == "running":
        paint_speed(canvas, item, (x0 / side, y0 / side, width / side, height / side))
    return key_points(item, seen, side, x0, y0, width, height)


def sprite_of(item: Item, sprites: Sprites) -> Sprite:
    """Premultiplied, in its colour."""
    if item.colour:
        return coloured(sprites, item.concept, item.style, item.variant, item.colour)
    return sprites.premultiplied(item.concept, item.style, item.variant, item.look)


@lru_cache(maxsize=768)
def coloured(sprites: Sprites, concept: str, style: str, variant: int, colour: str) -> Sprite:
    hue = sprites.info(concept, style, variant).hue
    straight = sprites.sprite(concept, style, variant)
    return premultiply(straight if hue is None else recoloured(straight, hue, colour))


def transformed(sprite: Sprite, item: Item, side: int) -> Sprite:
    """Resized, mirrored and turned; a new array, cropped to what a turn leaves."""
    factor = item.scale * side / max(sprite.shape[:2])
    size = (max(2, round(sprite.shape[1] * factor)), max(2, round(sprite.shape[0] * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    sprite = np.asarray(cv2.resize(sprite, size, interpolation=method), np.uint8)
    if item.mirrored:
        sprite = np.ascontiguousarray(sprite[:, ::-1])
    if item.tilt in (90.0, -90.0):
        return np.ascontiguousarray(np.rot90(sprite, 1 if item.tilt > 0 else -1))
    if item.tilt == 180.0:
        return np.ascontiguousarray(sprite[::-1, ::-1])
    return turned(sprite, item.tilt) if item.tilt else sprite


def turned(sprite: Sprite, degrees: float) -> Sprite:
    height, width = sprite.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    wide, high = round(width * cos + height * sin), round(width * sin + height * cos)
    matrix[:, 2] += ((wide - width) / 2, (high - height) / 2)
    sprite = np.asarray(cv2.warpAffine(sprite, matrix, (wide, high), flags=cv2.INTER_LINEAR), np.uint8)
    rows = np.flatnonzero(sprite[..., 3].max(axis=1) > 12)
    return np.ascontiguousarray(sprite[rows[0] : rows[-1] + 1]) if len(rows) else sprite


def blend(canvas: Canvas, sprite: Sprite, x0: int, y0: int, number: int, depth: int) -> NDArray[np.bool_]:
    """Over the picture, and its class and depth where it is solid; says where it can be seen."""
    side = canvas.side
    height, width = sprite.shape[:2]
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + width, side), min(y0 + height, side)
    if right <= left or bottom <= top:
        return np.zeros((1, 1), bool)
    part = sprite[top - y0 : bottom - y0, left - x0 : right - x0]
    area = canvas.rgb[top:bottom, left:right]
    through = cv2.cvtColor(cv2.bitwise_not(np.ascontiguousarray(part[..., 3])), cv2.COLOR_GRAY2RGB)
    under = cv2.multiply(area, through, scale=1 / 255)
    canvas.rgb[top:bottom, left:right] = cv2.add(under, np.ascontiguousarray(part[..., :3]))
    solid = part[..., 3] > SOLID
    canvas.classes[top:bottom, left:right][solid] = number
    canvas.depth[top:bottom, left:right][solid] = depth
    return solid


def casts_shadow(scene: Scene) -> bool:
    return scene.place not in (*FLOATING, *WATER)


@lru_cache(maxsize=1)
def soft_disc() -> NDArray[np.float32]:
    """64 x 64: 1 in the middle, softly 0 at the rim."""
    grid = np.linspace(-1, 1, 64, dtype=np.float32)
    radius = np.sqrt(grid[None] ** 2 + grid[:, None] ** 2)
    return (np.clip(1.15 - radius * 1.15, 0, 1) ** 1.2).astype(np.float32)


def paint_shadow(canvas: Canvas, item: Item, width: float, dark: float) -> None:
    """On the ground below it: softer, smaller and paler the higher it is."""
    side = canvas.side
    shrink = max(0.35, 1 - item.lift * 1.6)
    half = max(2, round(width * side * 0.5 * shrink))
    flat = max(2, round(half * 0.2 + 1))
    shade = cv2.resize(soft_disc(), (half * 2, flat * 2)) * (dark * (0.55 + 0.45 * shrink))
    x0, y0 = round(item.x * side) - half, round(item.y * side) - round(flat * 1.15)
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + half * 2, side), min(y0 + flat * 2, side)
    if right <= left or bottom <= top:
        return
    area = canvas.rgb[top:bottom, left:right]
    part = shade[top - y0 : bottom - y0, left - x0 : right - x0, None]
    canvas.rgb[top:bottom, left:right] = (area * (1 - part)).astype(np.uint8)


def cap_with_snow(sprite: Sprite) -> None:
    """Snow on every edge that looks up, thicker at the top; in place."""
    height = sprite.shape[0]
    thick = max(2, round(height * 0.085))
    solid = (sprite[..., 3] > SOLID).astype(np.uint8)
    lowered = np.zeros_like(solid)
    lowered[thick:] = solid[:-thick]
    cap = cv2.GaussianBlur((solid & ~lowered & 1) * np.uint8(255), (0, 0), max(0.8, thick * 0.22))
    cap = cv2.convertScaleAbs(cap, alpha=1.7, beta=-60)
    cap = cv2.min(cap, np.ascontiguousarray(sprite[..., 3]))
    share = cap[..., None].astype(np.float32) / 255
    white = np.array((248, 251, 255), np.float32)
    sprite[..., :3] = (sprite[..., :3] * (1 - share) + white * share).astype(np.uint8)


def paint_waterline(canvas: Canvas, scene: Scene, item: Item, x0: float, width: float, height: float) -> None:
    """Water over its lower quarter, and rings around it."""
    side = canvas.side
    line = item.y - height * 0.24
    top, bottom = max(0, round(line * side)), min(side, round((item.y + 0.01) * side))
    left, right = max(0, round((x0 - 0.02) * side)), min(side, round((x0 + width + 0.02) * side))
    if bottom <= top or right <= left:
        return
    row = canvas.rgb[min(side - 1, top), max(0, left - 1)].astype(np.float32)
    water = row if PLACES[scene.place].horizon[1] else np.array((40, 110, 180), np.float32)
    area = canvas.rgb[top:bottom, left:right]
    canvas.rgb[top:bottom, left:right] = (area * 0.16 + water * 0.84).astype(np.uint8)
    solid = canvas.classes[top:bottom, left:right] >= 32
    canvas.classes[top:bottom, left:right][solid] = 10
    foam = canvas.near((222, 240, 250), 3)
    steps = np.linspace(x0 - 0.03, x0 + width + 0.03, 9)
    canvas.line([(x, line + 0.006 * (-1) ** index) for index, x in enumerate(steps)], foam, 0.009)


def paint_zzz(canvas: Canvas, x: float, y: float) -> None:
    """Three letters Z, growing as they rise."""
    x, y = min(x, 0.8), max(y, 0.2)
    for step, size in enumerate((0.035, 0.05, 0.07)):
        left, top = x + step * 0.05, y - step * 0.07 - size
        letter = [(left, top), (left + size, top), (left, top + size), (left + size, top + size)]
        canvas.line(letter, (255, 255, 255), 0.03)
        canvas.line(letter, (72, 110, 206), 0.016)


def paint_speed(canvas: Canvas, item: Item, box: tuple[float, float, float, float]) -> None:
    """Lines of speed and a cloud of dust behind it (most things look to the left)."""
    x0, y0, width, height = box
    side = -1 if item.mirrored else 1
    behind = x0 + (width if side > 0 else 0)
    grey = (150, 156, 166)
    for share, length in ((0.3, 0.12), (0.5, 0.17), (0.7, 0.13)):
        y = y0 + height * share
        canvas.line([(behind + side * 0.02, y), (behind + side * (0.02 + length), y)], grey, 0.01)
    for step, size in enumerate((0.035, 0.028, 0.02)):
        canvas.disc(behind + side * (0.0 + step * 0.055), item.y - size * 0.8, size, (226, 220, 210))


def key_points(
    item: Item, seen: NDArray[np.bool_], side: int, x0: int, y0: int, width: int, height: int
) -> KeyPoints:
    left, top = max(x0, 0), max(y0, 0)
    ys, xs = np.nonzero(seen)
    if not len(ys):
        ys, xs = np.array([0]), np.array([0])

    def point(index: int) -> tuple[int, int]:
        return int(xs[index]) + left, int(ys[index]) + top

    return KeyPoints(
        item.concept,
        (item.x * side, item.y * side),
        (x0 + width / 2, y0 + height / 2),
        point(int(ys.argmin())),
        point(int(ys.argmax())),
        point(int(xs.argmin())),
        point(int(xs.argmax())),
    )
