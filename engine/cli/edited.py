"""What an edited picture tells, and its mask put back in so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.api.edit import EditMode, PlaceReport
from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.api.wire import masks_of, with_pictures
from engine.library.masks import open_mask, unpacked_masks


def with_masks(
    request: GenerationRequest, packed: Mapping[str, Json], path: Path | None
) -> GenerationRequest:
    """`request` with the masks that its recipe holds, or that the file `path` is.

    Raises `BadRequest` where one is still missing.
    """
    request = with_pictures(request, unpacked_masks(packed))
    given = open_mask(path) if path is not None else None
    if given is not None and given.pixels is not None:
        request = with_pictures(request, {given.sha256: given.pixels})
    for needed in masks_of(request):
        if needed.pixels is None:
            what = "is not the one given" if given is not None else "it does not hold, being so large"
            raise BadRequest(
                "mask",
                f"the recipe's mask ({needed.extent}, pixels {needed.sha256[:12]}) {what}; add --mask FILE",
            )
    return request


def edit_facts(recipe: Recipe) -> list[tuple[str, object]]:
    edit, report = recipe.request.edit, recipe.edit
    facts: list[tuple[str, object]] = []
    if edit is not None:
        what = {EditMode.CHANGE: "changed where painted", EditMode.KEEP: "kept where painted"}[edit.mode]
        facts.append(("Edited", what if edit.mask is not None else "new canvas"))
    if report is not None:
        facts.append(("Kept", f"{report.kept_changed} of {report.kept_pixels:,} kept pixels changed"))
        facts += [("Place", place_text(place)) for place in report.places]
    return facts


def place_text(place: PlaceReport) -> str:
    crop, seam = place.crop, place.seam
    text = f"{crop.extent} at {crop.left},{crop.top}, worked on at {place.working}"
    if seam is None:
        return text
    return f"{text}; seam {seam.before:.1f}, now {seam.after:.1f} ({seam.method.value}), own {seam.own:.1f}"
