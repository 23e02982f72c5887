"""A pack of a few drawn shapes: what scenes need, without a network or a package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from engine.training.data.concepts import Concept
from engine.training.data.pack import Credit, Sprite, SpriteInfo, Sprites, encode_sprite, pack_bytes
from engine.training.data.pictures import as_sprite, measure

NAMES: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("dog", "animal", "animal-mammal", "dog", "perro", "hound, beagle, puppy", "can, sabueso, beagle"),
    ("cat", "animal", "animal-mammal", "cat", "gato", "kitten, tabby, feline", "minino, gatito"),
    ("bird", "animal", "animal-bird", "bird", "pájaro", "sparrow, robin", "gorrión"),
    ("house", "building", "place-building", "house", "casa", "cottage, cabin", "hogar, vivienda"),
    ("automobile", "vehicle", "transport-ground", "car", "coche", "sedan, auto", "carro, auto"),
    ("deciduous-tree", "plant", "plant-other", "tree", "árbol", "oak, elm", "roble"),
    ("red-apple", "food", "food-fruit", "apple, red apple", "manzana, manzana roja", "", "poma"),
    ("grapes", "food", "food-fruit", "grapes", "uvas", "", ""),
    ("axe", "thing", "tool", "axe", "hacha", "hatchet", ""),
    ("boy", "person", "person", "boy", "niño", "lad", "chico"),
)  # fmt: skip
COLOURS = (
    (150, 90, 50), (240, 170, 60), (60, 110, 210), (230, 190, 140), (214, 48, 44), (70, 160, 70),
    (220, 40, 50), (120, 60, 160), (120, 120, 130), (250, 205, 80),
)  # fmt: skip
STYLES = ("3d", "flat")


def tiny_sprites() -> Sprites:
    """In memory, from the same drawings as `tiny_pack`."""
    pairs = list(drawn())
    return Sprites(concepts(), [info for info, _ in pairs], [encode_sprite(sprite) for _, sprite in pairs])


def tiny_pack() -> bytes:
    """As it lies on disk."""
    credit = Credit("Drawn for the tests", "3d", "Apache-2.0", "Lienzo")
    return pack_bytes(concepts(), [(info, encode_sprite(sprite)) for info, sprite in drawn()], [credit])


def concepts() -> list[Concept]:
    return [
        Concept(
            name, group, kind, STYLES,
            {"en": split(en), "es": split(es)}, {"en": split(more_en), "es": split(more_es)},
        )
        for name, group, kind, en, es, more_en, more_es in NAMES
    ]  # fmt: skip


def drawn() -> Iterator[tuple[SpriteInfo, Sprite]]:
    """Every concept in two styles: another shape each, another shade each style; the dog smiles too."""
    for index, (name, *_) in enumerate(NAMES):
        for style in STYLES:
            sprite = shape(index, COLOURS[index], 1.0 if style == "3d" else 0.8)
            yield measure(sprite, name, style), sprite
    sprite = shape(0, (170, 110, 70), 1.0)
    info = measure(sprite, "dog", "3d")
    yield (
        SpriteInfo(info.concept, info.style, info.hue, info.tone, info.width, info.height, "smiling"),
        sprite,
    )


def shape(corners: int, colour: Sequence[int], shade: float) -> Sprite:
    """A polygon with that many corners more than three, with a darker half."""
    from PIL import Image

    picture = np.zeros((200, 160, 4), np.uint8)
    angles = np.linspace(0, 2 * np.pi, corners + 4)[:-1]
    points = np.stack([80 + 70 * np.sin(angles), 100 - 92 * np.cos(angles)], axis=1).astype(np.int32)
    full = tuple(int(part * shade) for part in colour)
    cv2.fillPoly(picture, [points], (*full, 255), cv2.LINE_AA)
    picture[120:][picture[120:, :, 3] > 0, :3] = [int(part * 0.8) for part in full]
    sprite = as_sprite(Image.fromarray(picture))
    assert sprite is not None
    return sprite


def split(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())
