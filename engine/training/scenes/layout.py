"""Where things stand: sane sizes, on the ground, whole in the picture and apart enough to stay two things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.training.scenes.places import FLOATING, GRADIENT, PLAIN, WATER
from engine.training.scenes.scene import Item, Scene
from engine.training.scenes.words import Words

Rng = np.random.Generator
TOP = 0.04
"""Nothing reaches higher."""
LARGE, LITTLE = ("building", "vehicle", "plant", "nature"), ("food", "thing", "clothing", "shape", "body")


def extent(item: Item, words: Words) -> tuple[float, float]:
    """Width and height as fractions of the picture, untilted."""
    info = words.info(item.concept, item.style, item.variant, item.look)
    longest = max(info.width, info.height)
    return item.scale * info.width / longest, item.scale * info.height / longest


def centred(item: Item, words: Words, rng: Rng, scale: float) -> Item:
    """In the middle of a plain backdrop, a little off."""
    item = replace(item, scale=r(scale))
    width, height = extent(item, words)
    room_x, room_y = max(0.0, 0.48 - width / 2), max(0.0, 0.48 - height / 2)
    x = 0.5 + np.clip(rng.normal(0, 0.03), -room_x, room_x)
    y = 0.5 + height / 2 + np.clip(rng.normal(0, 0.02), -room_y, room_y)
    return replace(item, x=r(x), y=r(y))


def standing(item: Item, words: Words, rng: Rng, scene: Scene, scale: float) -> Item:
    """On the ground of a place, or in the middle of the air or water of it."""
    item = replace(item, scale=r(scale))
    width, height = extent(item, words)
    x = rng.uniform(max(0.3, width / 2 + 0.02), min(0.7, 0.98 - width / 2)) if width < 0.66 else 0.5
    if scene.place in FLOATING:
        y = 0.5 + height / 2 + rng.uniform(-0.1, 0.08)
    elif scene.place in WATER:
        y = rng.uniform(max(scene.horizon + 0.16, 0.72), 0.84)
    else:
        y = rng.uniform(max(scene.horizon + 0.1, 0.8), 0.93)
    return replace(item, x=r(x), y=r(max(y, TOP + height)))


def row(items: tuple[Item, ...], words: Words, rng: Rng, scene: Scene) -> tuple[Item, ...]:
    """Side by side on one line, as large as they fit."""
    slot = 0.95 / len(items)
    same = len({item.concept for item in items}) == 1
    scale = rng.uniform(0.86, 0.94) * min(slot, 0.5)
    line = foot_line(rng, scene, scale)
    placed = []
    for index, item in enumerate(items):
        own = scale * (1 if same else size_of(item, words)) * rng.uniform(0.95, 1.0)
        item = fitted(replace(item, scale=r(own)), words, slot * 0.95, 0.6)
        x = 0.025 + slot * (index + 0.5) + rng.uniform(-0.008, 0.008)
        placed.append(replace(item, x=r(x), y=r(line + rng.uniform(-0.012, 0.012)), layer=index))
    return tuple(placed)


def pair(first: Item, second: Item, relation: str, words: Words, rng: Rng, scene: Scene) -> tuple[Item, Item]:
    """Two things so that `first` is in `relation` to `second`."""
    match relation:
        case "on":
            return stacked(first, second, words, rng, scene)
        case "under":
            second, first = stacked(second, first, words, rng, scene)
            return first, second
        case "front":
            return overlapping(first, second, words, rng, scene)
        case "behind":
            second, first = overlapping(second, first, words, rng, scene)
            return first, second
    leftmost = relation == "left" or (relation != "right" and rng.random() < 0.5)
    items = row((first, second) if leftmost else (second, first), words, rng, scene)
    return (items[0], items[1]) if leftmost else (items[1], items[0])


def stacked(top: Item, base: Item, words: Words, rng: Rng, scene: Scene) -> tuple[Item, Item]:
    """One upon the other, in the middle."""
    base = fitted(replace(base, scale=r(rng.uniform(0.44, 0.54))), words, 0.6, 0.48)
    top = fitted(replace(top, scale=r(rng.uniform(0.32, 0.4))), words, 0.42, 0.38)
    line = foot_line(rng, scene, 0.5) if scene.place not in (PLAIN, GRADIENT) else 0.92
    x = 0.5 + rng.uniform(-0.06, 0.06)
    height = extent(base, words)[1]
    base = replace(base, x=r(x), y=r(max(line, 0.88)), layer=0)
    return replace(top, x=r(x + rng.uniform(-0.02, 0.02)), y=r(base.y - height * 0.96), layer=1), base


def overlapping(front: Item, back: Item, words: Words, rng: Rng, scene: Scene) -> tuple[Item, Item]:
    """One before the other, hiding a part of it."""
    back = fitted(replace(back, scale=r(rng.uniform(0.54, 0.62))), words, 0.62, 0.64)
    front = fitted(replace(front, scale=r(rng.uniform(0.34, 0.4))), words, 0.4, 0.4)
    side = 1 if rng.random() < 0.5 else -1
    line = max(foot_line(rng, scene, 0.5), 0.82)
    wide, narrow = extent(back, words)[0], extent(front, words)[0]
    apart = max(0.1, wide / 2 - narrow * 0.1)
    x = 0.5 - side * apart / 2
    front_x = float(np.clip(x + side * apart, narrow / 2 + 0.02, 0.98 - narrow / 2))
    back_x = float(np.clip(x, wide / 2 + 0.01, 0.99 - wide / 2))
    return replace(front, x=r(front_x), y=r(line + 0.07), layer=1), replace(
        back, x=r(back_x), y=r(line), layer=0
    )


def in_pose(item: Item, pose: str, words: Words, rng: Rng, place: str) -> Item:
    """Lift, tilt and scale of a pose; the picture still holds all of it."""
    side = 1 if rng.random() < 0.5 else -1
    match pose:
        case "jumping":
            item = replace(
                item,
                scale=r(min(item.scale, 0.56)),
                tilt=r(side * rng.uniform(6, 20)),
                lift=r(rng.uniform(0.14, 0.22)),
                y=0.9,
            )
        case "flying":
            item = replace(
                item,
                scale=r(min(item.scale, 0.48)),
                tilt=r(side * rng.uniform(4, 16)),
                lift=r(rng.uniform(0.3, 0.4)),
                y=0.92,
            )
        case "sleeping":
            width, height = extent(item, words)
            lies = 0 if width > height * 1.05 else -90 if item.mirrored else 90  # what is long lies already
            item = replace(item, scale=r(min(item.scale, 0.6)), tilt=r(lies), x=0.46, y=r(max(item.y, 0.84)))
        case "running":
            item = replace(
                item,
                tilt=r(-8 if item.mirrored else 8),
                scale=r(min(item.scale, 0.6)),
                x=r(0.46 if not item.mirrored else 0.54),
            )
        case _:
            item = replace(item, tilt=180.0)
    height = extent(item, words)[0 if abs(item.tilt) == 90 else 1]
    lift = max(0.0, min(item.lift, item.y - height - TOP))
    return replace(item, pose=pose, lift=r(lift), y=r(max(item.y, height + TOP)))


def fitted(item: Item, words: Words, widest: float, highest: float) -> Item:
    """No wider and no higher than that."""
    width, height = extent(item, words)
    return replace(item, scale=r(item.scale * min(1.0, widest / width, highest / height)))


def foot_line(rng: Rng, scene: Scene, scale: float) -> float:
    if scene.place in (PLAIN, GRADIENT) or not scene.horizon:
        return 0.5 + scale / 2 + rng.uniform(-0.02, 0.06)
    return float(rng.uniform(max(scene.horizon + 0.1, 0.8), 0.9))


def size_of(item: Item, words: Words) -> float:
    """Mild: a house is larger than an apple, but both can be seen."""
    concept = words.by_id[item.concept]
    if concept.kind == "animal-bug":
        return 0.72
    return 1.06 if concept.group in LARGE else 0.84 if concept.group in LITTLE else 1.0


def r(value: float) -> float:
    """Three digits are a quarter of a pixel, and keep scenes readable."""
    return round(float(value), 3)
