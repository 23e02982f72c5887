"""The sky of every place outdoors: time of day, weather, sun, moon, stars and clouds."""

from __future__ import annotations

from engine.training.scenes.canvas import Canvas
from engine.training.scenes.scene import Scene

GREY_WEATHER = ("rain", "snow", "fog")
Gradient = tuple[tuple[int, int, int], ...]

DAY: dict[str, Gradient] = {
    "": ((96, 176, 242), (214, 238, 252)),
    "sunny": ((62, 158, 244), (196, 232, 255)),
    "cloudy": ((120, 168, 212), (214, 226, 236)),
    "rain": ((112, 126, 148), (178, 190, 202)),
    "snow": ((134, 152, 182), (196, 208, 222)),
    "fog": ((188, 196, 204), (216, 221, 226)),
    "storm": ((50, 54, 74), (112, 118, 138)),
}
SUNSET: Gradient = ((86, 70, 150), (255, 172, 92), (226, 112, 112))
NIGHT: Gradient = ((12, 16, 46), (48, 60, 112))
GREY_NIGHT: Gradient = ((32, 38, 62), (74, 82, 112))
LIGHTS = {"day": (1.0, 1.0, 1.0), "sunset": (1.0, 0.8, 0.7), "night": (0.34, 0.4, 0.6)}
WEATHER_LIGHTS = {"rain": 0.82, "storm": 0.62, "fog": 0.94, "snow": 0.93, "cloudy": 0.94}


def light_of(scene: Scene) -> tuple[float, float, float]:
    """What the hour and the weather do to all colours outdoors."""
    share = WEATHER_LIGHTS.get(scene.weather, 1.0)
    red, green, blue = LIGHTS[scene.time]
    return red * share, green * share, blue * (share * 0.97 + 0.03)


def paint_sky(canvas: Canvas, scene: Scene, lowest: float = 0.4) -> None:
    """The whole picture as sky; what hangs in it stays above `lowest`."""
    with canvas.dice("sky"):
        _paint_sky(canvas, scene, lowest)


def _paint_sky(canvas: Canvas, scene: Scene, lowest: float) -> None:
    grey = scene.weather in (*GREY_WEATHER, "storm")
    match scene.time:
        case "night":
            colours = GREY_NIGHT if grey else NIGHT
        case "sunset" if scene.weather != "storm":
            colours = SUNSET
        case _:
            colours = DAY[scene.weather]
    top, bottom = (canvas.near(colour, 7, lit=False) for colour in colours[:2])
    canvas.fill(top, bottom, "sky", colours[2] if len(colours) > 2 else None)
    if scene.time == "night" and not grey:
        paint_stars(canvas, lowest + 0.1)
        paint_moon(canvas, lowest)
    elif scene.time == "sunset" and not grey:
        paint_low_sun(canvas, lowest)
    elif scene.weather == "sunny":
        paint_sun(canvas)
    if scene.weather in ("cloudy", "storm", "rain"):
        paint_clouds(canvas, scene, int(canvas.rng.integers(4, 8)), lowest)
    elif scene.weather == "" and scene.time == "day":
        paint_clouds(canvas, scene, int(canvas.rng.integers(0, 4)), lowest)
    if scene.weather == "storm":
        paint_lightning(canvas, lowest)


def paint_sun(canvas: Canvas) -> None:
    """High up in a corner, with rays."""
    import math

    rng = canvas.rng
    x, y, radius = (
        rng.choice([0.14, 0.86]) + rng.uniform(-0.04, 0.04),
        rng.uniform(0.11, 0.16),
        rng.uniform(0.06, 0.08),
    )
    colour = canvas.near((255, 216, 60), 5, lit=False)
    turn = rng.uniform(0, 0.5)
    for index in range(12):
        angle = turn + index * math.tau / 12
        ends = [
            (x + math.cos(angle) * radius * reach, y + math.sin(angle) * radius * reach)
            for reach in (1.25, 1.7)
        ]
        canvas.line(ends, colour, 0.012)
    canvas.disc(x, y, radius, colour, "sun, moon or star")


def paint_low_sun(canvas: Canvas, lowest: float) -> None:
    x, radius = canvas.rng.uniform(0.15, 0.85), canvas.rng.uniform(0.09, 0.12)
    y = lowest + canvas.rng.uniform(0.06, 0.14)
    canvas.disc(x, y, radius * 1.25, (255, 190, 110))
    canvas.disc(x, y, radius, (255, 226, 130), "sun, moon or star")


def paint_moon(canvas: Canvas, lowest: float) -> None:
    rng = canvas.rng
    x, y, radius = rng.uniform(0.1, 0.9), rng.uniform(0.1, max(0.13, lowest * 0.5)), rng.uniform(0.05, 0.075)
    canvas.disc(x, y, radius, (250, 243, 206), "sun, moon or star")
    for dx, dy, size in ((-0.3, -0.2, 0.2), (0.25, 0.25, 0.26), (0.3, -0.35, 0.14)):
        canvas.disc(x + dx * radius, y + dy * radius, size * radius, (226, 217, 178))


def paint_stars(canvas: Canvas, lowest: float, count: int = 0) -> None:
    rng = canvas.rng
    for _ in range(count or int(rng.integers(24, 48))):
        radius = rng.choice([0.0035, 0.0035, 0.005, 0.0075])
        canvas.disc(rng.uniform(0, 1), rng.uniform(0, lowest), radius, (255, 250, 222))


def paint_clouds(canvas: Canvas, scene: Scene, count: int, lowest: float) -> None:
    """Heaps of discs with a flat foot."""
    rng = canvas.rng
    dark = {"storm": (78, 84, 104), "rain": (150, 158, 172)}.get(scene.weather, (250, 252, 255))
    colour = canvas.near(dark, 4, lit=scene.time != "day")
    for _ in range(count):
        x, y, size = rng.uniform(0, 1), rng.uniform(0.05, max(0.08, lowest * 0.62)), rng.uniform(0.05, 0.085)
        for dx, dy, share in ((-1.15, 0.16, 0.6), (-0.5, -0.22, 0.85), (0.35, -0.32, 0.95), (1.1, 0.1, 0.66)):
            canvas.disc(x + dx * size, y + dy * size, size * share, colour, "cloud")
        canvas.box(x - 1.2 * size, y + 0.1 * size, x + 1.2 * size, y + 0.72 * size, colour, "cloud")


def paint_lightning(canvas: Canvas, lowest: float) -> None:
    rng = canvas.rng
    for _ in range(int(rng.integers(1, 3))):
        x, points = rng.uniform(0.1, 0.9), []
        for step in range(6):
            points.append((x, 0.06 + step * (lowest + 0.06) / 6))
            x += rng.uniform(-0.06, 0.06)
        canvas.line(points, (255, 248, 180), 0.014)
        canvas.line(points, (255, 255, 240), 0.006)
