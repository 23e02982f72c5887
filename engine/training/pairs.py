"""An artist's own pairs: `pictures/NAME.png`, its words in `NAME.txt`, and `maps/NAME.png` of its size.

To learn to fill holes pictures are enough: the holes are made by chance. What cannot be read, or has no map,
is named and left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.api.errors import BadRequest, EngineError
from engine.api.images import Pixels
from engine.api.maps import MapKind
from engine.library.gate import open_picture
from engine.training.blocks import Block
from engine.training.folder import PICTURES, Folder, Lesson, Skipped, open_lessons, read_folder
from engine.training.holes import cut_out, random_hole

LARGEST_DIFFERENCE = 0.02
"""Between the proportions of a picture and of its map."""


@dataclass(frozen=True)
class Pair:
    picture: Path
    map: Path | None
    """None where it is made of the picture."""
    caption: str


@dataclass(frozen=True)
class Pairs:
    """Blocks of pairs under the name `kind`, drawn by chance, as squares of `side` pixels."""

    pairs: tuple[Pair, ...]
    kind: str
    side: int
    size: int = 8
    seed: int = 0

    def open(self) -> Pairs:
        return self

    def block(self, index: int) -> Block:
        chance = np.random.default_rng([self.seed, index])
        chosen = [self.pairs[number] for number in chance.integers(len(self.pairs), size=self.size)]
        pictures = [square(open_picture(pair.picture).pixels, self.side, cv2.INTER_AREA) for pair in chosen]
        maps = [
            self._map_in(pair.map) if pair.map else cut_out(picture, random_hole(chance, self.side))
            for pair, picture in zip(chosen, pictures, strict=True)
        ]
        arrays = {"picture": np.stack(pictures), self.kind: np.stack(maps)}
        return Block(arrays, tuple((pair.caption,) for pair in chosen))

    def _map_in(self, path: Path) -> Pixels:
        # a picture is averaged down, while colours that are names must not be mixed
        how = cv2.INTER_AREA if self.kind == MapKind.INSTRUCTION else cv2.INTER_NEAREST
        return square(open_picture(path).pixels, self.side, how)


def read_pairs(folder: Path, kind: str, side: int, seed: int = 0) -> tuple[Pairs, tuple[Skipped, ...]]:
    """The pairs in `folder`, and what of it cannot be learnt from.

    Raises `BadRequest` where no pair is left.
    """
    pictures = read_folder(folder / "pictures")
    checked = list(_checked(pictures, None if kind == MapKind.INPAINT else folder / "maps"))
    pairs = tuple(each for each in checked if isinstance(each, Pair))
    if not pairs:
        first = next(each for each in checked if isinstance(each, Skipped))
        raise BadRequest(
            "pairs", f"{folder.name} holds no pair that can be used; {first.name} {first.reason}"
        )
    skipped = tuple(each for each in checked if isinstance(each, Skipped))
    return Pairs(pairs, kind, side, seed=seed), (*pictures.skipped, *skipped)


def _checked(pictures: Folder, maps: Path | None) -> Iterator[Pair | Skipped]:
    """`maps`: None where they are made of the pictures."""
    for lesson, pixels in open_lessons(pictures):
        if isinstance(pixels, Skipped):
            yield pixels
        else:
            yield _with_map(lesson, pixels, maps) if maps else Pair(lesson.path, None, lesson.caption)


def _with_map(lesson: Lesson, pixels: Pixels, maps: Path) -> Pair | Skipped:
    path = next(
        (path for suffix in PICTURES if (path := maps / f"{lesson.path.stem}{suffix}").exists()), None
    )
    if path is None:
        return Skipped(lesson.name, f"has no map {lesson.path.stem}.png in {maps.name}")
    try:
        drawn = open_picture(path)
    except EngineError as error:
        return Skipped(
            f"{maps.name}/{path.name}", f"cannot be opened: {error.data.get('cause') or error.message}"
        )
    height, width = pixels.shape[:2]
    if abs(drawn.width / drawn.height * height / width - 1) > LARGEST_DIFFERENCE:
        size = f"{drawn.width}x{drawn.height}"
        return Skipped(f"{maps.name}/{path.name}", f"has other proportions ({size}) than its picture")
    return Pair(lesson.path, path, lesson.caption)


def square(pixels: Pixels, side: int, interpolation: int) -> Pixels:
    """The middle of a picture as a square of `side` pixels, h x w x 3."""
    height, width = pixels.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    middle = np.ascontiguousarray(pixels[top : top + edge, left : left + edge])
    if edge == side:
        return middle
    enlarged = cv2.INTER_CUBIC if edge < side and interpolation == cv2.INTER_AREA else interpolation
    return np.asarray(cv2.resize(middle, (side, side), interpolation=enlarged), np.uint8)
