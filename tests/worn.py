"""What holds for every family that fills masks, follows places or wears LoRAs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.learnt import Lora
from engine.api.mask import MaskInput
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest
from engine.models.cache import Models
from engine.tasks import run


def drawn(request: GenerationRequest, models: Models) -> Pixels:
    events = run(request, models, Control(wants_previews=False))
    (made,) = [event for event in events if isinstance(event, ImageReady)]
    return made.pixels


def assert_a_mask_is_filled(request: GenerationRequest, start: ImageInput, models: Models) -> None:
    """Of `start`, 64 x 64, what is masked becomes other; what lies far from it is the same to the bit."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    mask[:32, 32:40] = 120
    held = request.with_edit(start, Edit(mask=MaskInput.of(mask)))
    steps = run(held, models, Control(wants_previews=False))
    next(event for event in steps if isinstance(event, Step))
    steps.close()  # cancelled: nothing of it is in the way of the next
    edited = drawn(held, models)
    assert start.pixels is not None
    assert np.array_equal(edited[56:, 56:], start.pixels[56:, 56:])
    assert not np.array_equal(edited[:32, :32], start.pixels[:32, :32])


def assert_places_are_followed(request: GenerationRequest, models: Models, made: Pixels) -> None:
    """A place that is everything is drawn by its sentence, where `request` alone draws `made`."""
    everywhere = MaskInput.of(np.full((request.height, request.width), 255, np.uint8))
    placed = drawn(replace(request, regions=(RegionInput("a red house", everywhere),)), models)
    alone = drawn(replace(request, prompt="a red house"), models).astype(int)
    assert not np.array_equal(alone, made)
    assert np.abs(placed - alone).mean() < 0.2 * np.abs(alone - made).mean()


def assert_it_is_worn(lora: Path, request: GenerationRequest, models: Models, made: Pixels) -> None:
    """It changes the picture, and the base is as it was when it is taken off."""
    worn = replace(request, loras=(Lora(str(lora), 1.0),))
    assert not np.array_equal(drawn(worn, models), made)
    assert np.array_equal(drawn(request, models), made)
