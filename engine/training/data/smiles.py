"""Smiling animals: of a picture of the whole and one of a friendly face, the face takes the head's place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engine.training.data.pack import Sprite
from engine.training.data.pictures import SPRITE_PX


@dataclass(frozen=True)
class Smile:
    """Where the head of a body is, in fractions of its sprite."""

    face: str
    """Id of the concept whose sprite is the smiling face."""
    x: float
    y: float
    size: float
    """The face's longer side against the body's."""


SMILES: dict[tuple[str, str], Smile] = {
    ("dog", "3d"): Smile("dog-face", 0.2, 0.2, 0.56),
    ("dog", "flat"): Smile("dog-face", 0.24, 0.2, 0.52),
    ("dog", "cartoon"): Smile("dog-face", 0.42, 0.28, 0.62),
    ("cat", "3d"): Smile("grinning-cat", 0.2, 0.26, 0.54),
    ("cat", "flat"): Smile("grinning-cat", 0.2, 0.24, 0.5),
    ("cat", "cartoon"): Smile("grinning-cat", 0.3, 0.24, 0.56),
    ("monkey", "3d"): Smile("monkey-face", 0.36, 0.24, 0.52),
    ("pig", "cartoon"): Smile("pig-face", 0.24, 0.4, 0.56),
}
FACES_THAT_SMILE = ("boy", "girl", "man", "woman", "grinning-cat", "monkey-face", "dog-face")
"""Sprites that smile as they are."""

PARTS_OF_SMILES = frozenset(FACES_THAT_SMILE) | {
    part for (concept, _), smile in SMILES.items() for part in (concept, smile.face)
}


def with_smile(body: Sprite, face: Sprite, smile: Smile) -> Sprite:
    """The face over the body's head; the sprite grows where the face is larger."""
    scale = smile.size * max(body.shape[:2]) / max(face.shape[:2])
    face = np.asarray(cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = face.shape[:2]
    x0, y0 = round(smile.x * body.shape[1] - width / 2), round(smile.y * body.shape[0] - height / 2)
    left, top = max(0, -x0), max(0, -y0)
    right = max(0, x0 + width - body.shape[1])
    bottom = max(0, y0 + height - body.shape[0])
    canvas = cv2.copyMakeBorder(body, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    area = canvas[y0 + top : y0 + top + height, x0 + left : x0 + left + width].astype(np.float32)
    over = face.astype(np.float32)
    share = over[..., 3:] / 255
    alpha = share + area[..., 3:] / 255 * (1 - share)
    colours = over[..., :3] * share + area[..., :3] * (area[..., 3:] / 255) * (1 - share)
    mixed = np.concatenate([colours / np.maximum(alpha, 1e-3), alpha * 255], axis=2)
    canvas[y0 + top : y0 + top + height, x0 + left : x0 + left + width] = np.rint(mixed.clip(0, 255))
    scale = SPRITE_PX / max(canvas.shape[:2])
    return np.asarray(cv2.resize(canvas, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def smiling(sprites: dict[tuple[str, str], Sprite]) -> Iterator[tuple[str, str, Sprite]]:
    """(concept, style, sprite) for every smile that can be made of these sprites."""
    for (concept, style), smile in SMILES.items():
        body, face = sprites.get((concept, style)), sprites.get((smile.face, style))
        if body is not None and face is not None:
            yield concept, style, with_smile(body, face, smile)
    for (concept, style), sprite in sprites.items():
        if concept in FACES_THAT_SMILE and (concept, style) not in SMILES:
            yield concept, style, sprite
