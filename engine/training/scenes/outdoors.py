"""Places under the sky."""

from __future__ import annotations

from engine.training.scenes.canvas import Canvas
from engine.training.scenes.scene import Scene
from engine.training.scenes.sky import paint_clouds, paint_sky, paint_stars

SNOW_FAR, SNOW_NEAR = (222, 232, 244), (248, 250, 254)
GRASS_FAR, GRASS_NEAR = (150, 206, 106), (96, 172, 76)


def ground_of(
    canvas: Canvas,
    scene: Scene,
    edge: list[float],
    far: tuple[int, int, int],
    near: tuple[int, int, int],
    name: str,
) -> None:
    """Ground in its colour, or in snow."""
    if scene.covered:
        far, near, name = SNOW_FAR, SNOW_NEAR, "snow"
    spread = 4 if scene.covered else 8
    canvas.ground(edge, canvas.near(far, spread), canvas.near(near, spread), name)


def field(canvas: Canvas, scene: Scene) -> None:
    paint_sky(canvas, scene, scene.horizon - 0.12)
    if canvas.rng.random() < 0.6:
        hill = canvas.wave(scene.horizon - 0.05, 0.035, 2)
        ground_of(canvas, scene, hill, (168, 214, 140), (150, 204, 120), "grass")
    ground_of(canvas, scene, canvas.wave(scene.horizon, 0.012), GRASS_FAR, GRASS_NEAR, "grass")
    with canvas.dice("growth"):
        if not scene.covered:
            tufts(canvas, scene.horizon, int(canvas.rng.integers(8, 20)))
            if canvas.rng.random() < 0.4:
                flowers(canvas, scene.horizon, int(canvas.rng.integers(6, 16)))


def tufts(canvas: Canvas, horizon: float, count: int) -> None:
    colour = canvas.near((74, 146, 62), 6)
    for x, y in zip(
        canvas.rng.uniform(0, 1, count), canvas.rng.uniform(horizon + 0.05, 0.99, count), strict=True
    ):
        size = 0.012 + 0.02 * (y - horizon)
        for lean in (-0.6, 0.0, 0.6):
            canvas.line([(x, y), (x + lean * size, y - size)], colour, 0.005)


def flowers(canvas: Canvas, horizon: float, count: int) -> None:
    for x, y in zip(
        canvas.rng.uniform(0, 1, count), canvas.rng.uniform(horizon + 0.04, 0.98, count), strict=True
    ):
        colour = ((250, 250, 250), (252, 214, 70), (246, 130, 160), (190, 140, 230))[
            int(canvas.rng.integers(4))
        ]
        canvas.disc(x, y, 0.008 + 0.006 * (y - horizon), canvas.near(colour, 4))


def tree(canvas: Canvas, scene: Scene, x: float, foot: float, height: float, kind: str, depth: int) -> None:
    """A round tree or a pine, with snow on it where all is covered."""
    trunk = canvas.near((122, 84, 56), 6)
    canvas.box(x - height * 0.045, foot - height * 0.35, x + height * 0.045, foot, trunk, "tree", depth)
    leaf = canvas.near((70, 140, 74) if kind == "pine" else (92, 168, 84), 10)
    white = canvas.near((244, 248, 253), 3)
    if kind == "pine":
        for step in range(3):
            top, low, half = 1 - step * 0.24, 0.62 - step * 0.22, 0.17 + step * 0.07
            points = [
                (x, foot - height * top),
                (x + height * half, foot - height * low),
                (x - height * half, foot - height * low),
            ]
            canvas.polygon(points, leaf, "tree", depth)
            if scene.covered:
                cap = [
                    (x, foot - height * top),
                    (x + half * height * 0.5, foot - height * (top + low) / 2),
                    (x, foot - height * (top * 0.42 + low * 0.58)),
                    (x - half * height * 0.5, foot - height * (top + low) / 2),
                ]
                canvas.polygon(cap, white)
        return
    for dx, dy, size in ((-0.17, -0.5, 0.2), (0.17, -0.5, 0.2), (0, -0.72, 0.24)):
        canvas.disc(x + dx * height, foot + dy * height, size * height, leaf, "tree", depth)
    if scene.covered:
        for dx, dy, size in ((-0.17, -0.6, 0.13), (0.17, -0.6, 0.13), (0, -0.84, 0.15)):
            canvas.disc(x + dx * height, foot + dy * height, size * height, white, squash=0.62)


def snowfield(canvas: Canvas, scene: Scene) -> None:
    paint_sky(canvas, scene, scene.horizon - 0.14)
    hill = canvas.wave(scene.horizon - 0.05, 0.035, 2)
    canvas.ground(hill, canvas.near((206, 220, 238), 4), canvas.near((222, 232, 244), 4), "snow")
    depth = canvas.ground_depth(scene.horizon + 0.02, scene.horizon)
    for _ in range(int(canvas.rng.integers(0, 5))):
        x, height = canvas.rng.uniform(0.02, 0.98), canvas.rng.uniform(0.16, 0.3)
        tree(canvas, scene, x, scene.horizon + canvas.rng.uniform(0.0, 0.04), height, "pine", depth)
    canvas.ground(
        canvas.wave(scene.horizon + 0.02, 0.012),
        canvas.near((230, 238, 248), 3),
        canvas.near((250, 252, 255), 2),
        "snow",
    )


def beach(canvas: Canvas, scene: Scene) -> None:
    paint_sky(canvas, scene, scene.horizon - 0.26)
    water = scene.horizon - 0.16
    canvas.ground(
        [water, water], canvas.near((36, 130, 200), 8), canvas.near((110, 206, 224), 8), "water", (20, 60)
    )
    for _ in range(int(canvas.rng.integers(4, 9))):
        x, y, length = (
            canvas.rng.uniform(0, 0.9),
            canvas.rng.uniform(water + 0.02, scene.horizon - 0.03),
            canvas.rng.uniform(0.05, 0.14),
        )
        canvas.line([(x, y), (x + length, y)], canvas.near((220, 240, 250), 3), 0.005)
    shore = canvas.wave(scene.horizon, 0.02, 1)
    canvas.ground(
        [y - 0.012 for y in shore],
        canvas.near((246, 250, 252), 2),
        canvas.near((246, 250, 252), 2),
        "water",
        (60, 60),
    )
    ground_of(canvas, scene, shore, (248, 226, 168), (232, 200, 136), "sand")


def sea(canvas: Canvas, scene: Scene) -> None:
    """Open water to the horizon, seen from above it."""
    paint_sky(canvas, scene, scene.horizon - 0.08)
    canvas.ground(
        [scene.horizon, scene.horizon], canvas.near((44, 124, 192), 7), canvas.near((24, 92, 160), 7), "water"
    )
    waves(canvas, scene.horizon + 0.02, int(canvas.rng.integers(14, 26)))


def waves(canvas: Canvas, top: float, count: int, colour: tuple[int, int, int] = (120, 190, 230)) -> None:
    tone = canvas.near(colour, 5)
    for _ in range(count):
        x, y = canvas.rng.uniform(-0.05, 1), canvas.rng.uniform(top, 0.99)
        size = 0.015 + 0.045 * (y - top)
        canvas.line(
            [
                (x, y),
                (x + size * 0.5, y - size * 0.3),
                (x + size, y),
                (x + size * 1.5, y - size * 0.3),
                (x + size * 2, y),
            ],
            tone,
            0.006,
        )


def underwater(canvas: Canvas, scene: Scene) -> None:
    canvas.fill(canvas.near((96, 196, 232), 7, lit=False), canvas.near((14, 66, 140), 7, lit=False), "water")
    for _ in range(int(canvas.rng.integers(2, 5))):
        x, width = canvas.rng.uniform(0, 0.9), canvas.rng.uniform(0.03, 0.08)
        before = canvas.rgb.copy()
        canvas.polygon(
            [(x, 0), (x + width, 0), (x - 0.12 + width * 1.6, 0.7), (x - 0.12, 0.7)], (190, 232, 246)
        )
        canvas.rgb[:] = before // 8 * 7 + canvas.rgb // 8
    canvas.ground(
        canvas.wave(0.9, 0.02), canvas.near((196, 178, 132), 6), canvas.near((160, 140, 100), 6), "sand"
    )
    for _ in range(int(canvas.rng.integers(2, 6))):
        weed(canvas, canvas.rng.uniform(0, 1), canvas.rng.uniform(0.92, 1.0), canvas.rng.uniform(0.1, 0.24))
    for _ in range(int(canvas.rng.integers(5, 14))):
        x, y, radius = (
            canvas.rng.uniform(0, 1),
            canvas.rng.uniform(0.04, 0.85),
            canvas.rng.uniform(0.006, 0.02),
        )
        canvas.disc(x, y, radius, (196, 232, 250))
        canvas.disc(x, y, radius * 0.65, (110, 186, 226))


def weed(canvas: Canvas, x: float, foot: float, height: float) -> None:
    import math

    points = [(x + 0.014 * math.sin(step * 1.1), foot - height * step / 8) for step in range(9)]
    canvas.line(points, canvas.near((42, 130, 92), 8), 0.018)


def desert(canvas: Canvas, scene: Scene) -> None:
    paint_sky(canvas, scene, scene.horizon - 0.14)
    ground_of(
        canvas, scene, canvas.wave(scene.horizon - 0.04, 0.045, 2), (226, 176, 106), (214, 162, 92), "sand"
    )
    ground_of(
        canvas, scene, canvas.wave(scene.horizon + 0.03, 0.025, 1.4), (244, 206, 136), (226, 180, 106), "sand"
    )
    if canvas.rng.random() < 0.5:
        cactus(
            canvas,
            canvas.rng.choice([0.08, 0.92]) + canvas.rng.uniform(-0.04, 0.04),
            scene.horizon + 0.07,
            canvas.rng.uniform(0.14, 0.2),
        )


def cactus(canvas: Canvas, x: float, foot: float, height: float) -> None:
    colour, depth = canvas.near((78, 146, 88), 6), 60
    canvas.box(x - height * 0.1, foot - height, x + height * 0.1, foot, colour, "tree", depth)
    canvas.disc(x, foot - height, height * 0.1, colour, "tree", depth)
    for side, level in ((-1, 0.45), (1, 0.6)):
        canvas.line(
            [
                (x, foot - height * level),
                (x + side * height * 0.28, foot - height * level),
                (x + side * height * 0.28, foot - height * (level + 0.3)),
            ],
            colour,
            height * 0.14,
        )


def mountains(canvas: Canvas, scene: Scene) -> None:
    paint_sky(canvas, scene, scene.horizon - 0.3)
    for layer, shade in enumerate(((132, 142, 172), (112, 124, 150))):
        for _ in range(int(canvas.rng.integers(2, 4))):
            peak(
                canvas,
                scene,
                canvas.rng.uniform(0, 1),
                canvas.rng.uniform(0.24, 0.42) - layer * 0.1,
                canvas.near(shade, 8),
            )
    ground_of(canvas, scene, canvas.wave(scene.horizon, 0.015), (140, 194, 108), (98, 166, 80), "grass")


def peak(canvas: Canvas, scene: Scene, x: float, height: float, colour: tuple[float, ...]) -> None:
    """A mountain with a shaded side and a white top."""
    foot, width = scene.horizon + 0.05, height * canvas.rng.uniform(0.7, 1.0)
    top = foot - height
    canvas.polygon([(x, top), (x + width, foot), (x - width, foot)], colour, "mountain", 14)
    dark = tuple(part * 0.86 for part in colour)
    canvas.polygon([(x, top), (x + width, foot), (x + width * 0.2, foot)], dark)
    snow = 0.75 if scene.covered else 0.34
    zigzag = [
        (x, top),
        (x + width * snow, top + height * snow),
        (x + width * snow * 0.45, top + height * snow * 0.82),
        (x + width * snow * 0.1, top + height * snow * 1.08),
        (x - width * snow * 0.4, top + height * snow * 0.84),
        (x - width * snow, top + height * snow),
    ]
    canvas.polygon(zigzag, canvas.near((246, 249, 253), 3))


def forest(canvas: Canvas, scene: Scene) -> None:
    paint_sky(canvas, scene, scene.horizon - 0.3)
    kind = "pine" if canvas.rng.random() < 0.5 else "round"
    ground_of(canvas, scene, canvas.wave(scene.horizon - 0.02, 0.01), (112, 170, 92), (90, 150, 74), "grass")
    for row, foot in enumerate((scene.horizon, scene.horizon + 0.06)):
        for index in range(6 + row):
            x = (index + canvas.rng.uniform(-0.25, 0.25)) / (5 + row)
            if row and 0.25 < x < 0.75:
                continue
            depth = canvas.ground_depth(foot, scene.horizon)
            tree(
                canvas,
                scene,
                x,
                foot + canvas.rng.uniform(-0.01, 0.02),
                canvas.rng.uniform(0.34, 0.5) + row * 0.16,
                kind,
                depth,
            )
    ground_of(canvas, scene, canvas.wave(scene.horizon + 0.06, 0.012), (122, 176, 92), (92, 150, 70), "grass")
    if not scene.covered:
        tufts(canvas, scene.horizon + 0.08, 10)


def lake(canvas: Canvas, scene: Scene) -> None:
    """A lake with its far shore."""
    paint_sky(canvas, scene, scene.horizon - 0.16)
    far = scene.horizon - 0.02
    ground_of(canvas, scene, canvas.wave(far - 0.06, 0.03, 2), (126, 180, 110), (110, 164, 92), "grass")
    for _ in range(int(canvas.rng.integers(3, 8))):
        tree(canvas, scene, canvas.rng.uniform(0, 1), far, canvas.rng.uniform(0.1, 0.18), "pine", 30)
    canvas.ground([far, far], canvas.near((110, 178, 214), 6), canvas.near((52, 128, 184), 6), "water")
    waves(canvas, far + 0.05, int(canvas.rng.integers(8, 16)), (170, 214, 236))


def sky(canvas: Canvas, scene: Scene) -> None:
    """High up, nothing but sky and clouds."""
    paint_sky(canvas, scene, 0.9)
    if scene.time != "night":
        paint_clouds(canvas, scene, int(canvas.rng.integers(3, 7)), 1.45)


def space(canvas: Canvas, scene: Scene) -> None:
    canvas.fill(canvas.near((8, 8, 24), 4, lit=False), canvas.near((34, 20, 66), 8, lit=False), "space")
    paint_stars(canvas, 1.0, int(canvas.rng.integers(45, 80)))
    if canvas.rng.random() < 0.6:
        x, y, radius = (
            canvas.rng.choice([0.12, 0.88]),
            canvas.rng.uniform(0.08, 0.3),
            canvas.rng.uniform(0.06, 0.12),
        )
        colour = canvas.near(
            ((206, 128, 88), (120, 150, 216), (216, 190, 140))[int(canvas.rng.integers(3))], 12, lit=False
        )
        canvas.disc(x, y, radius, colour, "sun, moon or star")
        canvas.disc(
            x - radius * 0.25, y - radius * 0.2, radius * 0.6, tuple(min(255, part * 1.08) for part in colour)
        )


def moon_ground(canvas: Canvas, scene: Scene) -> None:
    """Grey dust with craters, under black sky."""
    canvas.fill((6, 6, 16), (22, 20, 40), "space")
    paint_stars(canvas, scene.horizon, 40)
    canvas.disc(canvas.rng.uniform(0.1, 0.9), 0.14, 0.08, (74, 140, 214), "sun, moon or star")
    canvas.ground(
        canvas.wave(scene.horizon, 0.015),
        canvas.near((170, 170, 178), 6, lit=False),
        canvas.near((206, 206, 212), 6, lit=False),
        "rock",
    )
    for _ in range(int(canvas.rng.integers(4, 9))):
        x, y = canvas.rng.uniform(0, 1), canvas.rng.uniform(scene.horizon + 0.05, 0.98)
        canvas.disc(x, y, 0.02 + 0.08 * (y - scene.horizon), (148, 148, 158), squash=0.35)


def garden(canvas: Canvas, scene: Scene) -> None:
    """Grass, a hedge or fence behind, flowers."""
    paint_sky(canvas, scene, scene.horizon - 0.26)
    top, depth = scene.horizon - 0.16, 40
    white = canvas.near((250, 248, 244), 4)
    if canvas.rng.random() < 0.5:
        canvas.ground(
            canvas.wave(top + 0.02, 0.012, 6),
            canvas.near((70, 138, 72), 6),
            canvas.near((84, 150, 78), 6),
            "tree",
            (30, 40),
        )
    for index in range(17):
        x = index / 16
        canvas.polygon(
            [
                (x - 0.02, top + 0.03),
                (x, top),
                (x + 0.02, top + 0.03),
                (x + 0.02, scene.horizon + 0.01),
                (x - 0.02, scene.horizon + 0.01),
            ],
            white,
            "fence",
            depth,
        )
    canvas.box(0, top + 0.06, 1, top + 0.08, canvas.near((226, 222, 214), 3))
    ground_of(canvas, scene, canvas.wave(scene.horizon, 0.005), GRASS_FAR, GRASS_NEAR, "grass")
    if not scene.covered:
        flowers(canvas, scene.horizon, int(canvas.rng.integers(14, 26)))


def road(canvas: Canvas, scene: Scene) -> None:
    """A country road that runs to the horizon."""
    field(canvas, scene)
    near, middle, top = (
        canvas.near((104, 106, 114), 5),
        canvas.near((246, 240, 214), 3),
        scene.horizon + 0.015,
    )
    x = canvas.rng.uniform(0.4, 0.6)
    canvas.polygon([(x - 0.03, top), (x + 0.03, top), (0.9, 1.0), (0.1, 1.0)], near, "road")
    for step in range(5):
        low, high = (step / 5) ** 1.6, ((step + 0.5) / 5) ** 1.6
        for_y = [top + (1 - top) * share for share in (low, high)]
        for_x = [x + (0.5 - x) * share for share in (low, high)]
        half = [0.004 + 0.012 * share for share in (low, high)]
        canvas.polygon(
            [
                (for_x[0] - half[0], for_y[0]),
                (for_x[0] + half[0], for_y[0]),
                (for_x[1] + half[1], for_y[1]),
                (for_x[1] - half[1], for_y[1]),
            ],
            middle,
        )
