"""`--region`: places with sentences of their own, from masks in files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.recipe import Recipe
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest
from engine.cli.maps import path_up_to
from engine.library.masks import open_mask

REGION = re.compile(rf"(?P<file>{path_up_to(':=')})(?::(?P<weight>\d*\.?\d+))?=(?P<words>.+)", re.DOTALL)


def with_regions(request: GenerationRequest, texts: Sequence[str]) -> GenerationRequest:
    """`request` with the regions that were said in place of its own; as it is where none were.

    Raises `BadRequest` naming the option, `UnreadableFile` for what is no picture.
    """
    return replace(request, regions=tuple(map(read_region, texts))) if texts else request


def read_region(text: str) -> RegionInput:
    """`left.png=a red house`, or `left.png:0.8=a red house` for a sentence that counts less."""
    match = REGION.fullmatch(text.strip())
    if match is None:
        wanted = "must be MASK:WEIGHT=WORDS, such as left.png:0.8=a red house"
        raise BadRequest("region", f"{wanted}, not {text[:60]!r}")
    mask = open_mask(Path(match["file"]).expanduser())
    return RegionInput(match["words"].strip(), mask, float(match["weight"] or 1))


def word_facts(recipe: Recipe) -> list[tuple[str, object]]:
    """A line for each region and style, and the words as they were written where others were drawn."""
    request = recipe.request
    facts: list[tuple[str, object]] = [
        ("Region", f"{region.prompt} (weight {region.weight:g}, {region.mask.name or 'painted'})")
        for region in request.regions
    ]
    if request.styles:
        facts.append(("Styles", ", ".join(request.styles)))
    if request.written is not None:
        facts.append(("Prompt as written", request.written.prompt))
        if request.written.negative_prompt:
            facts.append(("Negative prompt as written", request.written.negative_prompt))
    return facts
