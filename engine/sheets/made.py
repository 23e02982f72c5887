"""What a sheet's cells became: found again after a kill, put together, told in the sheet's own recipe."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.errors import EngineError
from engine.api.form import Json, to_json
from engine.api.images import Pixels, pixels_hash
from engine.api.recipe import Recipe
from engine.library.pictures import open_picture, read_metadata
from engine.sheets.axis import AxisKind
from engine.sheets.compose import WORDS, compose
from engine.sheets.sheet import KEY, Place, Sheet, place_of


@dataclass(frozen=True)
class MadeCell:
    """A cell's picture on disk."""

    path: Path
    recipe: Recipe


def find_made(folder: Path, sheet: Sheet) -> dict[Place, MadeCell]:
    """Those pictures in `folder` that are cells of `sheet`: its id and place stand in their recipes."""
    found: dict[Place, MadeCell] = {}
    for path, recipe in recipes_in(folder):
        told = place_of(recipe.request)
        if told is not None and told[0] == sheet.id:
            found[told[1]] = MadeCell(path, recipe)
    return found


def recipes_in(folder: Path) -> Iterator[tuple[Path, Recipe]]:
    """The pictures of ours in `folder`, by name; what cannot be read is passed over."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            recipe = read_metadata(path).recipe
        except EngineError:
            continue
        if recipe is not None:
            yield path, recipe


def put_together(
    sheet: Sheet, made: Mapping[Place, MadeCell], words: Mapping[AxisKind, str] = WORDS
) -> tuple[Pixels, Recipe]:
    """The sheet's picture and its own recipe. A cell that cannot be read any more stays empty."""
    pixels = compose(sheet, lambda place: _pixels(made.get(place)), words=words)
    return pixels, sheet_recipe(sheet, made, pixels)


def _pixels(cell: MadeCell | None) -> Pixels | None:
    try:
        return open_picture(cell.path).pixels if cell is not None else None
    except EngineError:
        return None


def sheet_recipe(sheet: Sheet, made: Mapping[Place, MadeCell], pixels: Pixels) -> Recipe:
    """The recipe of the picture that all cells vary, with the axes and every cell beside it."""
    first = next(iter(made.values())).recipe if made else Recipe(sheet.base)
    told: dict[str, Json] = {
        "id": sheet.id,
        "axes": to_json(sheet.axes),
        "cells": [_told(place, made[place]) for place in sheet.places() if place in made],
    }
    return replace(
        first,
        request=replace(sheet.base, images=1),
        pixels_sha256=pixels_hash(pixels),
        stopped_at=None,
        edit=None,
        seconds=sum(cell.recipe.seconds for cell in made.values()),
        created=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        extra={**first.extra, KEY: told},
    )


def _told(place: Place, cell: MadeCell) -> Json:
    return {
        "place": list(place),
        "file": cell.path.name,
        "seed": cell.recipe.request.sampling.seed,
        "pixels_sha256": cell.recipe.pixels_sha256,
    }


def missing(sheet: Sheet, made: Iterable[Place]) -> list[Place]:
    """Places without a picture yet."""
    there = set(made)
    return [place for place in sheet.places() if place not in there]
