"""An edit of a tenth of a large picture against making the whole, and how quick its plan is in painting."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from measure import Figure

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.events import ImageReady
from engine.api.images import Extent, ImageInput
from engine.api.mask import MaskInput
from engine.api.request import GenerationRequest, Sampling
from engine.diffusion import devices
from engine.editing.plan import plan_edit
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

SIDE_PX, STEPS = 2048, 2
"""Few steps: the whole picture takes a minute on a plain processor, and the ratio is the same."""
SHARE = 0.1
CANVAS_PX, STROKE_PX = 8192, 1200
PLANS = 20


def measure() -> list[Figure]:
    devices.prepare_torch()
    models = Models(Catalog(), device="cpu")
    return [*edit_against_whole(models), *planning(models)]


def edit_against_whole(models: Models) -> list[Figure]:
    """With the model that ships. Everything counts: reading, masks, seam, pasting, hashing."""
    info = models.catalog.find("starter")
    sampling = Sampling("euler", STEPS, 1.0, seed=1)
    whole = info.request("a house in snow", width=SIDE_PX, height=SIDE_PX, sampling=sampling)
    edited = whole.with_edit(drawing(), Edit(mask=tenth()))
    picture_of(info.request("a house in snow", sampling=sampling), models)  # loads and warms up
    editing = min(seconds_of(lambda: picture_of(edited, models)) for _ in range(3))
    making = seconds_of(lambda: picture_of(whole, models))
    report = picture_of(edited, models).recipe.edit
    assert report is not None and report.kept_changed == 0
    return [
        Figure(f"a tenth of {SIDE_PX} x {SIDE_PX} / the whole", editing / making, "", "<= 0.2"),
        Figure("the edit", editing, "s", note=f"{STEPS} steps, with seam and pasting"),
        Figure("the whole", making, "s", note=f"{STEPS} steps"),
        Figure("kept pixels changed", report.kept_changed, "", "0", f"of {report.kept_pixels:,}"),
    ]


def planning(models: Models) -> list[Figure]:
    """What the window does with every stroke on a canvas of 8192 x 8192."""
    info = models.catalog.find("starter")
    mask = MaskInput.placed(round_stroke(), 3000, 3000, Extent(CANVAS_PX, CANVAS_PX))
    image = ImageInput("", CANVAS_PX, CANVAS_PX)
    request = info.request("x").with_edit(image, Edit(mask=mask))
    seconds = statistics.median(seconds_of(lambda: plan_edit(request, info)) for _ in range(PLANS))
    return [Figure(f"plan of a stroke on {CANVAS_PX} x {CANVAS_PX}", 1000 * seconds, "ms", "< 10 ms")]


def drawing() -> ImageInput:
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    colours = np.stack([x // 9, y // 9, 255 - x // 10], axis=2).astype(np.uint8)
    return ImageInput.of(colours, "drawing.png")


def tenth() -> MaskInput:
    """A square of a tenth of the picture."""
    side = round(SIDE_PX * SHARE**0.5)
    square = np.full((side, side), 255, np.uint8)
    return MaskInput.placed(square, 700, 500, Extent(SIDE_PX, SIDE_PX))


def round_stroke() -> np.ndarray:
    y, x = np.mgrid[0:STROKE_PX, 0:STROKE_PX]
    ring = np.abs(np.hypot(x - STROKE_PX / 2, y - STROKE_PX / 2) - STROKE_PX / 3)
    return (np.clip(60 - ring, 0, 1) * 255).astype(np.uint8)


def picture_of(request: GenerationRequest, models: Models) -> ImageReady:
    events = run(replace(request), models, Control(wants_previews=False))
    return next(event for event in events if isinstance(event, ImageReady))


def seconds_of(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
