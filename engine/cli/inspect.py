"""`lienzo inspect FILE`: how a picture was made, or what a model or a LoRA is."""

from __future__ import annotations

import json as json_text
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.api.errors import UnreadableFile
from engine.api.form import to_json
from engine.api.learnt import LearntKind, LearntUse
from engine.api.lora_blocks import blocks_text
from engine.api.other_words import said_of
from engine.api.recipe import Recipe
from engine.api.request import Sampling
from engine.cli.edited import edit_facts, with_masks
from engine.cli.inspect_model import look_at, show, table
from engine.cli.maps import map_facts, with_maps
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.references import reference_facts
from engine.cli.regions import word_facts
from engine.cli.request import with_model, with_start_picture
from engine.library.gate import sniff
from engine.library.parameters import Parameters
from engine.library.pictures import PictureMetadata, read_metadata
from engine.models.catalog import Catalog
from engine.verification import Verdict, verify

File = Annotated[
    str, typer.Argument(help="A picture, a model folder, a .safetensors file or a model's name.")
]
Verify = Annotated[bool, typer.Option(help="Make the picture again and say whether the pixels are the same.")]
Image = Annotated[
    Path | None, typer.Option("--image", "-i", help="With --verify: the picture it started from.")
]
Mask = Annotated[
    Path | None, typer.Option("--mask", help="With --verify: the mask, where it is too large for the recipe.")
]
Maps = Annotated[
    list[Path] | None,
    typer.Option("--map", help="With --verify: a map that is too large for the recipe."),
]
Model = Annotated[
    str | None, typer.Option("--model", "-m", help="With --verify: the model, where it lies elsewhere now.")
]
Device = Annotated[str | None, typer.Option(help="With --verify: auto, cpu, cuda:0 or mps.")]

UNLIKE = 10
"""Exit code of `--verify` where the pixels are not the same."""


def inspect(
    file: File,
    verify: Verify = False,
    image: Image = None,
    mask: Mask = None,
    map: Maps = None,
    model: Model = None,
    device: Device = None,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Say how a picture was made, or what a model is. With --verify exit code 10 means: other pixels."""
    path = Path(file)
    catalog = Catalog(preferences().model_folders)
    if not is_picture(path):
        show(look_at(file, catalog), json)
        return
    metadata = read_metadata(path)
    verdict = verdict_on(path, metadata, image, mask, map or [], model, device, catalog) if verify else None
    if json:
        typer.echo(json_text.dumps(picture_form(path, metadata, verdict)))
    else:
        typer.echo(picture_text(path, metadata))
        if verdict is not None:
            typer.echo("\n" + verdict.text())
    if verdict is not None and not verdict.is_verified:
        raise typer.Exit(UNLIKE)


def is_picture(path: Path) -> bool:
    """By its first bytes."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return sniff(file.read(64)) is not None
    except (OSError, ValueError):
        return False


def verdict_on(
    path: Path,
    metadata: PictureMetadata,
    image: Path | None,
    mask: Path | None,
    maps: list[Path],
    model: str | None,
    device: str | None,
    catalog: Catalog,
) -> Verdict:
    from engine.models.cache import Models

    if metadata.recipe is None:
        raise UnreadableFile(
            f"{path} holds no recipe of Lienzo, so it cannot be verified. "
            "Choose a picture that Lienzo saved.",
            path=str(path),
        )
    request = with_masks(metadata.recipe.request, metadata.recipe.masks, mask)
    request = with_maps(request, metadata.recipe.maps, maps)
    request = with_start_picture(with_model(request, model or request.model), image, may_be_another=False)
    return verify(path, metadata.recipe, request, Models(catalog, device=device or preferences().device))


def picture_form(path: Path, metadata: PictureMetadata, verdict: Verdict | None) -> dict[str, Any]:
    form: dict[str, Any] = {
        "path": str(path),
        "program": metadata.program,
        "recipe": to_json(metadata.recipe),
        "parameters": to_json(metadata.parameters),
        "texts": metadata.texts,
        "source_type": metadata.source_type,
    }
    return form if verdict is None else {**form, "verified": to_json(verdict)}


def picture_text(path: Path, metadata: PictureMetadata) -> str:
    """What the file says of itself, a fact a line. A stranger's text: control characters are gone already."""
    if metadata.recipe is not None:
        return table([("Picture", path), *recipe_facts(metadata.recipe)])
    if metadata.parameters is not None:
        made_by = metadata.program or "another program"
        return table([("Picture", path), ("Made by", made_by), *parameter_facts(metadata.parameters)])
    texts = [(name, text[:2000]) for name, text in metadata.texts.items()]
    return table([("Picture", path), ("Recipe", "none"), *texts])


def guided_text(sampling: Sampling) -> str:
    return f"{sampling.guider}, from {sampling.guidance_start:g} to {sampling.guidance_stop:g} of the steps"


def recipe_facts(recipe: Recipe) -> list[tuple[str, object]]:
    request, sampling, place = recipe.request, recipe.request.sampling, recipe.environment
    facts: list[tuple[str, object]] = [
        ("Prompt", request.prompt),
        ("Read as", said_of(request.read_as)),
        ("Described as", recipe.described),
        ("Negative", request.negative_prompt),
        ("Model", f"{recipe.model_title or request.model} ({recipe.model_sha256[:12] or 'no weights'})"),
        ("Licence", recipe.model_licence),
        ("Learnt", "\n".join(map(learnt_text, recipe.learnt))),
        ("Size", request.extent),
        ("Sampling", f"{sampling.scheduler}, {sampling.steps} steps, guidance {sampling.guidance:g}"),
        ("Rescale", sampling.guidance_rescale or ""),
        ("Guider", "" if sampling.is_guided_plainly else guided_text(sampling)),
        ("Seed", sampling.seed),
        ("Speed", request.speed.value),
    ]
    if request.image is not None:
        name = request.image.name or request.image.sha256[:12]
        facts.append(("Started from", f"{name}, strength {sampling.strength:g}"))
    facts += [*word_facts(recipe), *map_facts(recipe), *reference_facts(recipe), *edit_facts(recipe)]
    if request.branch is not None:
        facts.append(("Branched", f"after step {request.branch.step} of another picture"))
    if recipe.stopped_at is not None:
        facts.append(("Stopped", f"after step {recipe.stopped_at}"))
    facts += [
        ("Made", f"{recipe.created}, in {recipe.seconds:.1f} s"),
        ("With", f"Lienzo {place.lienzo}, torch {place.torch}, diffusers {place.diffusers}"),
        ("On", f"{place.device}, {place.dtype}, {place.threads} threads"),
        ("Pixels", recipe.pixels_sha256),
        ("Depth", f"16 bits, in the file ({recipe.depth_sha256[:12]})" if recipe.depth_sha256 else ""),
    ]
    return facts


def learnt_text(use: LearntUse) -> str:
    weight = f", weight {use.weight:g}" if use.kind is LearntKind.LORA else ""
    blocks = f", {blocks_text(use.blocks)}" if use.blocks else ""
    return f"{use.kind} {use.name}{weight}{blocks} ({use.sha256[:12]})"


def parameter_facts(parameters: Parameters) -> list[tuple[str, object]]:
    told = [
        (field.name.replace("_", " ").capitalize(), getattr(parameters, field.name))
        for field in fields(parameters)
        if field.name != "other"
    ]
    return [*told, *parameters.other.items()]
