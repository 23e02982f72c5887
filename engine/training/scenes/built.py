"""Places that people built: rooms, streets, and the entrance of a building."""

from __future__ import annotations

from engine.training.scenes.canvas import Canvas
from engine.training.scenes.outdoors import SNOW_FAR, SNOW_NEAR, tree
from engine.training.scenes.scene import Scene
from engine.training.scenes.sky import paint_sky

WALLS = ((240, 218, 190), (206, 224, 230), (230, 210, 226), (218, 230, 204), (244, 236, 220), (198, 210, 236))
FACADES = (
    (196, 116, 92),
    (226, 196, 150),
    (170, 176, 188),
    (214, 160, 120),
    (150, 170, 150),
    (236, 222, 198),
    (178, 140, 160),
)
DOORS = ((120, 74, 46), (168, 52, 48), (44, 84, 140), (48, 110, 78), (70, 70, 84))
LAMP = (255, 234, 160)


def pick(canvas: Canvas, colours: tuple[tuple[int, int, int], ...]) -> tuple[int, int, int]:
    return colours[int(canvas.rng.integers(len(colours)))]


def room(canvas: Canvas, scene: Scene) -> None:
    """A wall, a floor, and some of window, picture, lamp, rug and shelf."""
    wall, floor = (
        pick(canvas, WALLS),
        pick(canvas, ((182, 126, 78), (206, 160, 110), (150, 104, 70), (196, 190, 184))),
    )
    canvas.fill(canvas.near(wall, 6), canvas.near(wall, 6), "wall")
    canvas.ground(
        [scene.horizon, scene.horizon],
        canvas.near(floor, 5),
        canvas.near([part * 0.86 for part in floor], 5),
        "floor",
    )
    canvas.box(0, scene.horizon - 0.022, 1, scene.horizon, canvas.near((250, 248, 244), 2), "wall")
    boards(canvas, scene.horizon, [part * 0.84 for part in floor])
    slots = list(canvas.rng.permutation([0.2, 0.5, 0.8])[: int(canvas.rng.integers(1, 4))])
    for index, x in enumerate(slots):
        (window if index == 0 else picture_frame if index == 1 else shelf)(canvas, scene, float(x))
    if canvas.rng.random() < 0.5:
        rug = canvas.near(pick(canvas, ((196, 84, 84), (84, 120, 180), (226, 190, 110), (140, 170, 130))), 8)
        canvas.disc(0.5, scene.horizon + 0.2, 0.36, rug, squash=0.28)
        canvas.disc(0.5, scene.horizon + 0.2, 0.3, [min(255, part * 1.12) for part in rug], squash=0.26)


def boards(canvas: Canvas, horizon: float, colour: list[float]) -> None:
    tone = canvas.near(colour, 2)
    for step in range(-6, 17):
        x = step / 10
        canvas.line([(0.5 + (x - 0.5) * 0.75, horizon), (0.5 + (x - 0.5) * 1.5, 1)], tone, 0.004)


def window(
    canvas: Canvas, scene: Scene, x: float, y: float = 0.14, half: float = 0.12, height: float = 0.28
) -> None:
    """A window with the weather of outside in it."""
    frame = canvas.near((250, 250, 250), 2)
    sky = {"night": (30, 40, 84), "sunset": (250, 168, 110)}.get(scene.time, (168, 214, 246))
    if scene.weather in ("rain", "snow", "storm", "fog") and scene.time == "day":
        sky = (176, 188, 204)
    canvas.box(x - half - 0.015, y - 0.015, x + half + 0.015, y + height + 0.015, frame, "window", 12)
    canvas.box(x - half, y, x + half, y + height, canvas.near(sky, 4, lit=False), "window")
    canvas.box(x - 0.007, y, x + 0.007, y + height, frame)
    canvas.box(x - half, y + height / 2 - 0.007, x + half, y + height / 2 + 0.007, frame)
    canvas.box(x - half - 0.03, y + height + 0.012, x + half + 0.03, y + height + 0.03, frame)


def picture_frame(canvas: Canvas, scene: Scene, x: float) -> None:
    y, half = canvas.rng.uniform(0.16, 0.24), canvas.rng.uniform(0.06, 0.09)
    canvas.box(x - half, y, x + half, y + half * 2.1, canvas.near((150, 108, 66), 8), "furniture", 12)
    canvas.box(
        x - half + 0.014,
        y + 0.014,
        x + half - 0.014,
        y + half * 2.1 - 0.014,
        canvas.near(pick(canvas, WALLS), 14),
    )
    canvas.disc(x, y + half * 1.1, half * 0.4, canvas.near(pick(canvas, FACADES), 10))


def shelf(canvas: Canvas, scene: Scene, x: float) -> None:
    y = canvas.rng.uniform(0.24, 0.34)
    canvas.box(x - 0.12, y, x + 0.12, y + 0.02, canvas.near((140, 96, 60), 6), "furniture", 14)
    at = x - 0.11
    while at < x + 0.08:
        width, height = canvas.rng.uniform(0.018, 0.034), canvas.rng.uniform(0.07, 0.11)
        canvas.box(
            at, y - height, at + width, y, canvas.near(pick(canvas, (*FACADES, *DOORS)), 10), "furniture", 14
        )
        at += width + 0.004


def kitchen(canvas: Canvas, scene: Scene) -> None:
    """Tiles, cupboards and a worktop along the wall; the floor before it."""
    wall = canvas.near((236, 240, 240), 4)
    canvas.fill(wall, wall, "wall")
    tile = canvas.near((212, 220, 224), 3)
    for step in range(1, 12):
        canvas.line([(step / 12, 0.12), (step / 12, scene.horizon)], tile, 0.004)
        canvas.line([(0, 0.12 + step / 14), (1, 0.12 + step / 14)], tile, 0.004)
    colour = canvas.near(
        pick(canvas, ((168, 196, 190), (222, 182, 134), (236, 208, 160), (140, 164, 196))), 6
    )
    dark = [part * 0.82 for part in colour]
    canvas.box(0, 0, 1, 0.12, colour, "furniture", 16)
    top = scene.horizon - 0.2
    canvas.box(0, top, 1, scene.horizon, colour, "furniture", 24)
    canvas.box(0, top - 0.03, 1, top, canvas.near((120, 92, 74), 6), "furniture", 26)
    for step in range(1, 5):
        for y0, y1 in ((0, 0.12), (top, scene.horizon)):
            canvas.line([(step / 5, y0), (step / 5, y1)], dark, 0.006)
    window(canvas, scene, float(canvas.rng.choice([0.25, 0.75])), 0.18, 0.11, 0.18)
    floor = canvas.near((206, 196, 184), 6)
    canvas.ground([scene.horizon, scene.horizon], floor, [part * 0.9 for part in floor], "floor")
    boards(canvas, scene.horizon, [186, 174, 160])


def bedroom(canvas: Canvas, scene: Scene) -> None:
    """A bed against the wall of a room."""
    room(canvas, scene)
    side = canvas.rng.choice([0.0, 0.62])
    cover = canvas.near(pick(canvas, ((96, 132, 196), (206, 110, 120), (140, 176, 130), (176, 140, 196))), 8)
    foot, wood = scene.horizon + 0.1, canvas.near((140, 98, 62), 6)
    canvas.box(side, foot - 0.3, side + 0.38, foot, wood, "furniture", 60)
    canvas.box(side + 0.02, foot - 0.2, side + 0.36, foot - 0.1, (250, 250, 252), "furniture", 70)
    canvas.box(side, foot - 0.14, side + 0.38, foot + 0.02, cover, "furniture", 80)


def street(canvas: Canvas, scene: Scene) -> None:
    """Houses in a row, a pavement, a road with its white line."""
    paint_sky(canvas, scene, 0.25)
    x, foot = -0.05, scene.horizon
    while x < 1:
        width, height = canvas.rng.uniform(0.14, 0.24), canvas.rng.uniform(0.22, 0.44)
        house_front(canvas, scene, x, foot, width, height)
        x += width + canvas.rng.choice([0.0, 0.0, 0.01])
    stone = canvas.near((196, 194, 190), 5)
    canvas.ground(
        [foot, foot],
        canvas.lit(SNOW_FAR) if scene.covered else stone,
        canvas.lit(SNOW_NEAR) if scene.covered else stone,
        "snow" if scene.covered else "pavement",
    )
    curb = foot + 0.1
    asphalt = canvas.near((216, 224, 234) if scene.covered else (98, 100, 108), 4)
    canvas.ground(
        [curb, curb],
        asphalt,
        [part * 0.93 for part in asphalt],
        "snow" if scene.covered else "road",
        (canvas.ground_depth(curb, foot), 250),
    )
    canvas.box(0, curb - 0.008, 1, curb, [part * 0.8 for part in stone])
    if not scene.covered:
        for step in range(6):
            canvas.box(
                step / 5 - 0.06, curb + 0.14, step / 5 + 0.06, curb + 0.155, canvas.lit((244, 240, 226))
            )
    if canvas.rng.random() < 0.6:
        lamp_post(canvas, scene, float(canvas.rng.choice([0.1, 0.9])), foot + 0.08, 0.42)


def house_front(canvas: Canvas, scene: Scene, x: float, foot: float, width: float, height: float) -> None:
    wall = canvas.near(pick(canvas, FACADES), 10)
    top = foot - height
    canvas.box(x, top, x + width, foot, wall, "building", 30)
    roof = canvas.near((150, 82, 66), 10)
    if canvas.rng.random() < 0.5:
        canvas.polygon(
            [(x - 0.01, top), (x + width / 2, top - width * 0.45), (x + width + 0.01, top)],
            canvas.lit(SNOW_NEAR) if scene.covered else roof,
            "building",
            30,
        )
    else:
        canvas.box(
            x - 0.006,
            top - 0.02,
            x + width + 0.006,
            top,
            canvas.lit(SNOW_NEAR) if scene.covered else roof,
            "building",
            30,
        )
    glass = LAMP if scene.time == "night" else canvas.lit((176, 214, 238))
    columns = 2 if width < 0.19 else 3
    for row in range(int(height / 0.105)):
        for column in range(columns):
            cx, cy = x + width * (column + 0.5) / columns, top + 0.045 + row * 0.1
            if cy + 0.06 < foot - 0.02 and not (row == int(height / 0.105) - 1 and column == 0):
                someone = canvas.rng.random() < 0.6
                lit = glass if scene.time != "night" or someone else (52, 58, 84)
                canvas.box(cx - 0.02, cy, cx + 0.02, cy + 0.052, lit, "window", 30)
    door = x + width * 0.5 / columns
    canvas.box(
        door - 0.022, foot - 0.085, door + 0.022, foot, canvas.near(pick(canvas, DOORS), 6), "door", 31
    )


def lamp_post(canvas: Canvas, scene: Scene, x: float, foot: float, height: float) -> None:
    iron = canvas.near((60, 62, 70), 4)
    canvas.box(
        x - 0.008, foot - height, x + 0.008, foot, iron, "fence", canvas.ground_depth(foot, scene.horizon)
    )
    canvas.disc(x, foot - height, 0.032, LAMP if scene.time != "day" else (250, 246, 230), "fence", 60)


def entrance(canvas: Canvas, scene: Scene) -> None:
    """A building seen from the front: its door, the steps up to it, windows and lamps beside it."""
    rng = canvas.rng
    facade = pick(canvas, FACADES)
    wall = canvas.near(facade, 8)
    canvas.fill(wall, wall, "building")
    canvas.depth[:] = 20
    if rng.random() < 0.6:
        bricks(canvas, [part * 0.88 for part in wall])
    foot = scene.horizon
    stone = canvas.near((190, 188, 184), 5)
    canvas.ground(
        [foot, foot],
        canvas.lit(SNOW_FAR) if scene.covered else stone,
        canvas.lit(SNOW_NEAR) if scene.covered else [part * 0.9 for part in stone],
        "snow" if scene.covered else "pavement",
    )
    if not scene.covered:
        slabs(canvas, foot, [part * 0.86 for part in stone])
    steps, half = int(rng.integers(2, 5)), rng.uniform(0.17, 0.22)
    sill = foot - steps * 0.028
    height = rng.uniform(0.4, 0.46)
    doorway(canvas, scene, sill, half * 0.8, height)
    for step in range(steps):
        y, wide = sill + step * 0.028, half + step * 0.035
        depth = 30 + step * 8
        canvas.box(0.5 - wide, y, 0.5 + wide, y + 0.03, canvas.near((176, 174, 170), 3), "steps", depth)
        canvas.box(
            0.5 - wide,
            y,
            0.5 + wide,
            y + (0.018 if scene.covered else 0.009),
            canvas.lit(SNOW_NEAR) if scene.covered else canvas.lit((214, 212, 208)),
        )
    for x in (0.13, 0.87):
        window(canvas, scene, x, sill - height + 0.06, 0.085, 0.22)
        if scene.covered:
            canvas.box(x - 0.12, sill - height + 0.275, x + 0.12, sill - height + 0.3, canvas.lit(SNOW_NEAR))
    if rng.random() < 0.55:
        for x in (0.5 - half - 0.1, 0.5 + half + 0.1):
            plant_pot(canvas, scene, x, foot + 0.02)


def bricks(canvas: Canvas, colour: list[float]) -> None:
    for row in range(22):
        y = row / 22
        canvas.line([(0, y), (1, y)], colour, 0.004)
        for column in range(9):
            x = (column + 0.5 * (row % 2)) / 8
            canvas.line([(x, y), (x, y + 1 / 22)], colour, 0.004)


def slabs(canvas: Canvas, foot: float, colour: list[float]) -> None:
    for step in range(-4, 15):
        x = step / 10
        canvas.line([(0.5 + (x - 0.5) * 0.8, foot), (0.5 + (x - 0.5) * 1.7, 1)], colour, 0.004)
    for share in (0.25, 0.6):
        y = foot + (1 - foot) * share
        canvas.line([(0, y), (1, y)], colour, 0.004)


def doorway(canvas: Canvas, scene: Scene, sill: float, half: float, height: float) -> None:
    """Frame, double door with panes, and a canopy or a gable on columns above."""
    rng = canvas.rng
    frame, leaf = canvas.near((236, 230, 220), 4), canvas.near(pick(canvas, DOORS), 8)
    top = sill - height
    canvas.box(0.5 - half - 0.025, top - 0.025, 0.5 + half + 0.025, sill, frame, "door", 26)
    canvas.box(0.5 - half, top, 0.5 + half, sill, leaf, "door", 24)
    canvas.line([(0.5, top), (0.5, sill)], [part * 0.6 for part in leaf], 0.008)
    glass = LAMP if scene.time == "night" else canvas.lit((178, 208, 226))
    for x in (0.5 - half / 2, 0.5 + half / 2):
        canvas.box(x - half * 0.3, top + 0.035, x + half * 0.3, top + height * 0.5, glass, "window", 24)
        canvas.box(
            x - half * 0.3, top + height * 0.58, x + half * 0.3, sill - 0.03, [part * 0.86 for part in leaf]
        )
    for x in (0.5 - 0.022, 0.5 + 0.022):
        canvas.disc(x, top + height * 0.56, 0.009, (232, 196, 90))
    snow = canvas.lit(SNOW_NEAR)
    roof_y = top - 0.025
    if rng.random() < 0.5:
        gable = canvas.near((222, 214, 202), 4)
        canvas.polygon(
            [(0.5 - half - 0.1, roof_y), (0.5, roof_y - 0.14), (0.5 + half + 0.1, roof_y)],
            snow if scene.covered else gable,
            "building",
            34,
        )
        canvas.polygon(
            [(0.5 - half - 0.02, roof_y - 0.016), (0.5, roof_y - 0.1), (0.5 + half + 0.02, roof_y - 0.016)],
            canvas.near((200, 190, 178), 4),
        )
        for x in (0.5 - half - 0.06, 0.5 + half + 0.06):
            canvas.box(x - 0.02, roof_y, x + 0.02, sill, gable, "building", 34)
    else:
        awning = canvas.near(pick(canvas, ((176, 60, 56), (52, 96, 150), (60, 120, 84))), 6)
        canvas.polygon(
            [
                (0.5 - half - 0.04, roof_y - 0.07),
                (0.5 + half + 0.04, roof_y - 0.07),
                (0.5 + half + 0.09, roof_y),
                (0.5 - half - 0.09, roof_y),
            ],
            awning,
            "building",
            36,
        )
        if scene.covered:
            canvas.box(0.5 - half - 0.05, roof_y - 0.09, 0.5 + half + 0.05, roof_y - 0.045, snow)
    for x in (0.5 - half - 0.105, 0.5 + half + 0.105):
        canvas.disc(x, top + 0.1, 0.02, LAMP if scene.time != "day" else (252, 246, 226), "fence", 30)


def plant_pot(canvas: Canvas, scene: Scene, x: float, foot: float) -> None:
    pot = canvas.near((178, 100, 68), 6)
    canvas.polygon(
        [(x - 0.035, foot - 0.07), (x + 0.035, foot - 0.07), (x + 0.026, foot), (x - 0.026, foot)],
        pot,
        "furniture",
        60,
    )
    canvas.disc(x, foot - 0.1, 0.05, canvas.near((74, 146, 78), 8), "tree", 60)
    if scene.covered:
        canvas.disc(x, foot - 0.13, 0.036, canvas.lit(SNOW_NEAR), squash=0.55)


def park(canvas: Canvas, scene: Scene) -> None:
    """Grass, trees behind, a path."""
    from engine.training.scenes.outdoors import field

    field(canvas, scene)
    for x in (canvas.rng.uniform(0.02, 0.2), canvas.rng.uniform(0.8, 0.98), canvas.rng.uniform(0.3, 0.7)):
        tree(canvas, scene, x, scene.horizon + 0.03, canvas.rng.uniform(0.3, 0.42), "round", 40)
    path = canvas.near((232, 240, 248) if scene.covered else (222, 202, 164), 5)
    canvas.polygon(
        [(0.46, scene.horizon + 0.02), (0.54, scene.horizon + 0.02), (0.86, 1), (0.14, 1)],
        path,
        "snow" if scene.covered else "path",
    )


def city(canvas: Canvas, scene: Scene) -> None:
    """Towers against the sky, a square before them."""
    paint_sky(canvas, scene, 0.2)
    for layer, shade in enumerate(((150, 166, 192), (112, 126, 154))):
        x = -0.05
        while x < 1:
            width, height = canvas.rng.uniform(0.09, 0.17), canvas.rng.uniform(0.2, 0.5) - layer * 0.12
            tower(canvas, scene, x, width, height, canvas.near(shade, 10), layer)
            x += width + canvas.rng.uniform(0.0, 0.03)
    stone = canvas.near((186, 186, 188), 5)
    canvas.ground(
        [scene.horizon, scene.horizon],
        canvas.lit(SNOW_FAR) if scene.covered else stone,
        canvas.lit(SNOW_NEAR) if scene.covered else [part * 0.9 for part in stone],
        "snow" if scene.covered else "pavement",
    )


def tower(
    canvas: Canvas, scene: Scene, x: float, width: float, height: float, colour: tuple[float, ...], layer: int
) -> None:
    foot = scene.horizon
    canvas.box(x, foot - height, x + width, foot, colour, "building", 18 + layer * 6)
    if scene.covered:
        canvas.box(x, foot - height - 0.012, x + width, foot - height + 0.008, (246, 249, 253), "building")
    if not layer:
        return
    glass = LAMP if scene.time == "night" else [min(255, part * 1.28) for part in colour]
    for y in range(int(height / 0.055)):
        for column in range(int(width / 0.04)):
            if canvas.rng.random() < 0.75:
                left, low = x + 0.012 + column * 0.038, foot - height + 0.02 + y * 0.052
                if low + 0.03 < foot:
                    canvas.box(left, low, left + 0.02, low + 0.028, glass, "window")
