"""`lienzo sheet`: one picture over two or three settings, as a labelled grid (X/Y/Z)."""

from __future__ import annotations

import json as json_text
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import ImageReady
from engine.api.request import GenerationRequest
from engine.cli import generate as options
from engine.cli.chosen_reporter import reporter_for
from engine.cli.generate import interrupts_wait
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.reporter import Reporter
from engine.cli.request import Wishes, build_request
from engine.cli.saving import FORMATS, Saved, check_free, check_writable, make_folder, picture_format
from engine.library.names import safe_name
from engine.library.pictures import Format, encode_picture
from engine.library.save import save_bytes, save_new
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.sheets.axis import AxisKind, read_axis
from engine.sheets.compose import label
from engine.sheets.made import MadeCell, find_made, put_together, recipes_in
from engine.sheets.sheet import Cell, Place, Sheet, place_of
from engine.tasks import run

Axis = Annotated[
    str,
    typer.Option(
        metavar="KIND=VALUES",
        help="Columns, e.g. seeds=1..4, guidance=3,5,7, steps=10..30:10, samplers=euler,euler_a, "
        "prompts=dog,cat (the first is replaced), strength=0.4,0.6, lora:ink=0,0.5,1, models=starter,toy.",
    ),
]
Y = Annotated[str | None, typer.Option(metavar="KIND=VALUES", help="Rows, as --x.")]
Z = Annotated[str | None, typer.Option(metavar="KIND=VALUES", help="Pages below each other, as --x.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="The sheet's file; its pictures go into a folder of the same name. Without it, the library.",
    ),
]


@dataclass(frozen=True)
class Target:
    """Where sheet and cells go."""

    file: Path
    folder: Path
    format: Format
    quality: int
    force: bool

    def save_cell(self, sheet: Sheet, cell: Cell, event: ImageReady) -> MadeCell:
        """Under a name that says its place and values."""
        values = " ".join(label(axis, value) for axis, value in sheet.values_at(cell.place))
        numbers = "-".join(str(index + 1) for index in cell.place)
        name = safe_name(f"{numbers} {values}", 120) + FORMATS[self.format]
        data = encode_picture(event.pixels, event.recipe, format=self.format, quality=self.quality)
        return MadeCell(save_new(self.folder, name, data), event.recipe)


def sheet(
    prompt: options.Prompt = None,
    x: Axis = "",
    y: Y = None,
    z: Z = None,
    output: Output = None,
    negative: options.Negative = None,
    size: options.Size = None,
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    rescale: options.Rescale = None,
    scheduler: options.Scheduler = None,
    seed: options.Seed = None,
    model: options.Model = None,
    device: options.Device = None,
    speed: options.SpeedOption = None,
    image: options.Image = None,
    strength: options.Strength = None,
    lora: options.Loras = None,
    embedding: options.Embeddings = None,
    as_typed: options.AsTyped = False,
    recipe: options.RecipeFile = None,
    format: options.Format = None,
    force: options.Force = False,
    json: Json = False,
    quiet: options.Quiet = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Make a sheet: one picture over two or three settings, labelled. What a kill left is taken up again."""
    wanted = preferences()
    catalog = Catalog(wanted.model_folders)
    wishes = Wishes(
        prompt=sys.stdin.read().removesuffix("\n") if prompt == "-" else prompt,
        negative=negative, size=size, steps=steps, guidance=guidance, rescale=rescale, scheduler=scheduler,
        seed=seed, model=model, speed=speed, image=image, strength=strength, recipe=recipe, loras=lora,
        embeddings=embedding, as_typed=as_typed,
    )  # fmt: skip
    asked = sheet_of(build_request(wishes, catalog, wanted.default_model), x, y, z)
    target = target_of(asked, output, format, force)
    if seed is None and recipe is None:
        asked = with_seed_of_before(asked, target.folder)
    cells = asked.cells(catalog.find)
    made = find_made(target.folder, asked)
    began = time.monotonic()
    with reporter_for(json=json, json_lines=False, quiet=quiet or json, images=len(cells)) as reporter:
        models = Models(catalog, device=device or wanted.device)
        make_cells(asked, cells, made, target, models, reporter)
    pixels, own = put_together(asked, made)
    data = encode_picture(pixels, own, format=target.format, quality=target.quality)
    if force:
        save_bytes(target.file, data)
        path = target.file
    else:
        path = save_new(target.file.parent, target.file.name, data)
    say(path, asked, made, time.monotonic() - began, json, quiet)


def sheet_of(base: GenerationRequest, x: str, y: str | None, z: str | None) -> Sheet:
    """Raises `BadRequest` where an axis is not understood."""
    if not x:
        raise BadRequest(
            "x", 'is missing; say what varies: lienzo sheet "a beagle" --x seeds=1..4 -o sheet.png'
        )
    if z and not y:
        raise BadRequest("y", "is missing; pages (--z) come after rows (--y)")
    axes = [read_axis(text) if text else None for text in (x, y, z)]
    first = axes[0]
    assert first is not None
    return Sheet(replace(base, images=1), first, axes[1], axes[2])


def target_of(asked: Sheet, output: Path | None, format: str | None, force: bool) -> Target:
    """Raises before any work is wasted where nothing can be saved there."""
    wanted = preferences()
    chosen = picture_format(output, format, wanted.picture_format)
    name = safe_name(f"{asked.base.prompt} sheet", 80)
    file = output.absolute() if output else wanted.library / "sheets" / (name + FORMATS[chosen])
    if output is not None:
        check_free(file, force)
    else:
        check_writable(file.parent)
    folder = file.with_suffix("")
    make_folder(folder)
    return Target(file, folder, chosen, wanted.picture_quality, force)


def with_seed_of_before(asked: Sheet, folder: Path) -> Sheet:
    """Nobody said a seed: where this sheet was begun already, it goes on with the seed of then."""
    if any(axis.kind is AxisKind.SEEDS for axis in asked.axes):
        return replace(asked, base=with_seed(asked.base, 0))
    for _, recipe in recipes_in(folder):
        told = place_of(recipe.request)
        before = replace(asked, base=with_seed(asked.base, recipe.request.sampling.seed))
        if told is not None and told[0] == before.id:
            return before
    return asked


def with_seed(request: GenerationRequest, seed: int) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, seed=seed))


def make_cells(
    asked: Sheet,
    cells: list[Cell],
    made: dict[Place, MadeCell],
    target: Target,
    models: Models,
    reporter: Reporter,
) -> None:
    """Fill `made` with what is missing; each is saved before the next begins."""
    for number, cell in enumerate(cells):
        if cell.place in made:
            continue
        control = Control(wants_previews=False)
        with closing(run(cell.request, models, control)) as events:
            try:
                for event in events:
                    event = numbered(event, number)
                    saved = None
                    if isinstance(event, ImageReady):
                        with interrupts_wait():
                            made[cell.place] = target.save_cell(asked, cell, event)
                        saved = Saved(made[cell.place].path, event.recipe, number)
                    reporter.event(event, saved)
            except KeyboardInterrupt:
                control.cancel()
                raise


def numbered(event, number: int):
    """An event that counts its cell instead of the pictures of a request."""
    return replace(event, image_index=number) if hasattr(event, "image_index") else event


def say(
    path: Path, asked: Sheet, made: dict[Place, MadeCell], seconds: float, json: bool, quiet: bool
) -> None:
    if json:
        cells = [
            {
                "place": list(place),
                "path": str(made[place].path),
                "seed": made[place].recipe.request.sampling.seed,
                "values": {axis.field: value for axis, value in asked.values_at(place)},
            }
            for place in asked.places()
        ]
        typer.echo(json_text.dumps({"path": str(path), "cells": cells, "seconds": round(seconds, 3)}))
    elif not quiet:
        columns, rows, pages = asked.shape
        size = f"{columns} x {rows}" + (f" x {pages}" if pages > 1 else "")
        typer.echo(f"{path}  {size} pictures", err=True)
