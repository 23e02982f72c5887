"""What falls or hangs in the air, over everything."""

from __future__ import annotations

import cv2
import numpy as np

from engine.training.scenes.canvas import Canvas
from engine.training.scenes.scene import Scene

FOG = (214, 219, 224)


def paint_weather(canvas: Canvas, scene: Scene) -> None:
    with canvas.dice("weather"):
        match scene.weather:
            case "snow":
                snow(canvas, int(canvas.rng.integers(80, 150)))
            case "rain":
                rain(canvas, int(canvas.rng.integers(70, 120)))
            case "storm":
                rain(canvas, int(canvas.rng.integers(110, 160)))
            case "fog":
                fog(canvas)


def snow(canvas: Canvas, count: int) -> None:
    """Flakes of three distances."""
    rng = canvas.rng
    xs, ys, sizes = (
        rng.uniform(0, 1, count),
        rng.uniform(0, 1, count),
        rng.choice([0.0045, 0.006, 0.008, 0.012], count, p=(0.3, 0.3, 0.25, 0.15)),
    )
    for x, y, size in zip(xs, ys, sizes, strict=True):
        canvas.disc(float(x), float(y), float(size), (252, 254, 255))


def rain(canvas: Canvas, count: int) -> None:
    """Slanting streaks, one way."""
    rng = canvas.rng
    lean = rng.uniform(-0.35, 0.35)
    light, dark = (206, 224, 244), (130, 164, 206)
    for index, (x, y, length) in enumerate(
        zip(
            rng.uniform(-0.1, 1.1, count),
            rng.uniform(-0.05, 1, count),
            rng.uniform(0.035, 0.075, count),
            strict=True,
        )
    ):
        canvas.line([(x, y), (x + lean * length, y + length)], light if index % 2 else dark, 0.005)


def fog(canvas: Canvas) -> None:
    """The farther, the more of it."""
    thick = canvas.rng.uniform(0.66, 0.8)
    share = thick * (1 - canvas.depth.astype(np.float32) / 255 * 0.9)
    share = cv2.GaussianBlur(share, (0, 0), canvas.side * 0.008)[..., None]
    canvas.rgb[:] = (canvas.rgb * (1 - share) + np.array(FOG, np.float32) * share).astype(np.uint8)
