"""Edits with the model that has no network: the same plan, masks and seams, at once."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from engine.api.control import Control
from engine.api.events import Event, Finished, ImageReady, Loading, Step
from engine.api.images import Pixels
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest
from engine.diffusion.toy import coarse_estimate, to_pixels, toy_landscape, toy_preview, toy_recipe, toy_sigma
from engine.editing.plan import EditPlan
from engine.editing.requests import place_request, steps_of_place
from engine.editing.stitch import Canvas, Workpiece
from engine.library.masks import packed_masks


def generate_edited_toy(
    request: GenerationRequest, info: ModelInfo, plan: EditPlan, control: Control
) -> Generator[Event, None, None]:
    """The events of an edit, as `engine.diffusion.toy.generate_toy` says them."""
    began, images = time.monotonic(), 0
    yield Loading("prompt")
    for image_index in range(request.images):
        stopped_at = yield from _one_picture(request.worded(image_index), info, plan, control, image_index)
        if control.is_cancelled:
            return
        images += 1
        if stopped_at is not None or control.is_stopping:
            break
    yield Finished(images, time.monotonic() - began)


def _one_picture(
    request: GenerationRequest, info: ModelInfo, plan: EditPlan, control: Control, image_index: int
) -> Generator[Event, None, int | None]:
    """Returns the step after which it was stopped and kept, if it was."""
    began, origin = time.monotonic(), request.edited
    assert origin is not None and origin.image is not None and origin.image.pixels is not None
    canvas, stopped_at, per_place = Canvas(plan, origin.image.pixels), None, steps_of_place(request)
    total = per_place * len(plan.places)
    for place in plan.places:
        piece = canvas.workpiece(place, request.seed_of(image_index))
        own = place_request(request, image_index, place, piece.start)
        clean = _changed(own, piece, origin.sampling.strength)
        estimate = clean
        for step in range(1, per_place + 1):
            if control.is_cancelled:
                return None
            index, estimate = per_place * place.index + step, coarse_estimate(clean, step, per_place)
            if request.branch is not None and index <= request.branch.step:
                continue
            shown = _held(piece, estimate)
            preview = toy_preview(shown) if control.wants_previews else None
            sigma = toy_sigma(step, per_place)
            yield Step(index, total, sigma, preview, image_index, 0.0, place.crop, place.index)
            if index < total and control.ends_after(index):
                stopped_at = index
                break
        canvas.put(piece, to_pixels(_held(piece, estimate)), own.prompt)
        if stopped_at is not None:
            break
    if control.is_cancelled:
        return None
    pixels: Pixels = canvas.finished()
    recipe = toy_recipe(request.one_image(image_index), info, pixels, stopped_at, time.monotonic() - began)
    recipe = replace(recipe, edit=canvas.report(), masks=packed_masks(request))
    yield ImageReady(pixels, recipe, image_index)
    return stopped_at


def _changed(own: GenerationRequest, piece: Workpiece, strength: float) -> np.ndarray:
    """The finished place, H x W x 3, 0 to 1, where everything may change."""
    start = piece.start.astype(np.float32) / 255
    return start + (toy_landscape(own, 0) - start) * np.float32(strength)


def _held(piece: Workpiece, estimate: np.ndarray) -> np.ndarray:
    """`estimate` where it may change, by as much as it may."""
    start = piece.start.astype(np.float32) / 255
    return start + (estimate - start) * (piece.denoising[..., None].astype(np.float32) / 255)
