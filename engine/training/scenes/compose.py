"""From a scene to its picture and its maps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.training.data.pack import Sprites
from engine.training.scenes.canvas import Canvas
from engine.training.scenes.classes import GROUP_NUMBER
from engine.training.scenes.colours import BACKDROPS
from engine.training.scenes.paste import KeyPoints, paste_item
from engine.training.scenes.places import GRADIENT, PLACES, PLAIN
from engine.training.scenes.scene import Scene
from engine.training.scenes.sky import light_of
from engine.training.scenes.weather import paint_weather

INDOOR_LIGHTS = {"night": (0.72, 0.68, 0.62)}


@dataclass(frozen=True, eq=False)
class Composed:
    """A picture and what is known of it exactly."""

    rgb: NDArray[np.uint8]
    """H x W x 3."""
    segmentation: NDArray[np.uint8]
    """H x W: class numbers of `classes.CLASSES`."""
    depth: NDArray[np.uint8]
    """H x W: 255 is near, 0 the sky or a plain backdrop."""
    key_points: tuple[KeyPoints, ...]
    """One for each item, in the scene's order."""
    clear: NDArray[np.uint8] = field(repr=False)
    """The picture before rain, snowflakes and fog."""

    @cached_property
    def lines(self) -> NDArray[np.uint8]:
        """H x W, white on black: where a draughtsman would put a line, found before the weather came."""
        return lines_of(self.clear, self.segmentation)


def compose(scene: Scene, sprites: Sprites, side: int = 256) -> Composed:
    """The picture of a scene, `side` pixels square; the same for the same scene, always."""
    place = PLACES[scene.place]
    light = INDOOR_LIGHTS.get(scene.time, (1, 1, 1)) if place.indoors else light_of(scene)
    canvas = Canvas(side, scene.seed, light)
    if place.paint is None:
        paint_backdrop(canvas, scene)
    else:
        place.paint(canvas, scene)
    points: dict[int, KeyPoints] = {}
    for index, item in sorted(enumerate(scene.items), key=lambda pair: pair[1].layer):
        number = GROUP_NUMBER[sprites.by_id[item.concept].group]
        points[index] = paste_item(canvas, scene, item, sprites, number)
    clear = canvas.rgb
    if scene.weather and not place.indoors:
        clear = canvas.rgb.copy()
        paint_weather(canvas, scene)
    return Composed(
        canvas.rgb, canvas.classes, canvas.depth, tuple(points[index] for index in range(len(points))), clear
    )


def paint_backdrop(canvas: Canvas, scene: Scene) -> None:
    """One colour, or a soft change of it."""
    colour = BACKDROPS[scene.backdrop or "white"]
    if scene.place == PLAIN:
        tone = colour if scene.backdrop in ("white", "") else canvas.near(colour, 4)
        canvas.fill(tone, tone, "backdrop")
    elif scene.place == GRADIENT:
        light = [part + (255 - part) * 0.5 for part in colour]
        canvas.fill(light, canvas.near(colour, 4), "backdrop")


def lines_of(rgb: NDArray[np.uint8], segmentation: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Canny's edges of the colours, and every border between classes."""
    smooth = cv2.GaussianBlur(rgb, (3, 3), 0)
    edges = cv2.Canny(smooth, 70, 160, L2gradient=True)
    border = cv2.morphologyEx(segmentation, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    edges[border] = 255
    return np.asarray(edges, np.uint8)
