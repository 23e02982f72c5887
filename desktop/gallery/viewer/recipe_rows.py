"""A picture's recipe as rows of a name and a value, ours and other programs' alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.panels.durations import decimal, say_duration
from desktop.panels.guider_words import guider_name
from desktop.panels.speed_words import speed_names
from engine.api.learnt import LearntKind
from engine.api.other_words import said_of
from engine.api.request import Sampling

if TYPE_CHECKING:
    from engine.api.recipe import Recipe
    from engine.library.parameters import Parameters
    from engine.library.pictures import PictureMetadata

translate = QCoreApplication.translate

Row = tuple[str, str]
LONGEST = 20_000
"""Characters of a value that are shown; the whole is in the text as it was written."""


def rows_of(path: Path, size: tuple[int, int] | None, metadata: PictureMetadata | None) -> list[Row]:
    """What is known of `path`. All of it is plain text that a stranger may have written."""
    rows = [(translate("Recipe", "File"), path.name), (translate("Recipe", "Folder"), str(path.parent))]
    if size is not None:
        rows.append((translate("Recipe", "Size"), f"{size[0]} × {size[1]}"))
    if metadata is not None:
        rows += _made_by(metadata)
    return [(name, value[:LONGEST]) for name, value in rows if value]


def _made_by(metadata: PictureMetadata) -> list[Row]:
    if metadata.recipe is not None:
        return _recipe_rows(metadata.recipe)
    program = [(translate("Recipe", "Made by"), metadata.program)]
    if metadata.parameters is not None:
        return [*program, *_parameter_rows(metadata.parameters)]
    texts = list(metadata.texts.items())
    return [*program, *texts] if texts else [(translate("Recipe", "Recipe"), translate("Recipe", "none"))]


def _recipe_rows(recipe: Recipe) -> list[Row]:
    request, sampling, place = recipe.request, recipe.request.sampling, recipe.environment
    loras = [use for use in recipe.learnt if use.kind is LearntKind.LORA]
    words = [use.name for use in recipe.learnt if use.kind is LearntKind.EMBEDDING]
    rows = [
        (translate("Recipe", "Prompt"), request.prompt),
        (translate("Recipe", "Read as"), said_of(request.read_as)),
        (translate("Recipe", "Described by the model as"), recipe.described),
        (translate("Recipe", "Negative prompt"), request.negative_prompt),
        (translate("Recipe", "As it was written"), _written(recipe)),
        (translate("Recipe", "Styles"), ", ".join(request.styles)),
        (
            translate("Recipe", "Places with words"),
            "\n".join(f"{region.prompt}  {_number(region.weight)}" for region in request.regions),
        ),
        (translate("Recipe", "Model"), recipe.model_title or request.model),
        (translate("Recipe", "Model’s hash"), recipe.model_sha256[:12]),
        (translate("Recipe", "LoRAs"), "\n".join(f"{use.name}  {_number(use.weight)}" for use in loras)),
        (translate("Recipe", "Learnt words"), "\n".join(words)),
        (translate("Recipe", "Sampler"), sampler_name(sampling.scheduler)),
        (translate("Recipe", "Steps"), _steps(recipe)),
        (translate("Recipe", "Guidance"), _number(sampling.guidance)),
        (translate("Recipe", "Rescale"), _told(sampling.guidance_rescale or None)),
        (translate("Recipe", "Guider"), _guided(sampling)),
        (translate("Recipe", "Seed"), str(sampling.seed)),
    ]
    if request.image is not None:
        name = request.image.name or request.image.sha256[:12]
        rows.append((translate("Recipe", "Started from"), name))
        rows.append((translate("Recipe", "Strength"), _number(sampling.strength)))
    if request.references:
        names = (f"{one.image.name}  {_number(one.weight)}" for one in request.references)
        rows.append((translate("Recipe", "Takes after"), "\n".join(names)))
    if request.branch is not None:
        text = translate("Recipe", "after step {step} of another picture").format(step=request.branch.step)
        rows.append((translate("Recipe", "Branched"), text))
    if recipe.edit is not None:
        kept = translate("Recipe", "{changed} of {kept} kept pixels changed")
        numbers = {"changed": _whole(recipe.edit.kept_changed), "kept": _whole(recipe.edit.kept_pixels)}
        rows.append((translate("Recipe", "Edit"), kept.format(**numbers)))
    rows += [
        (translate("Recipe", "Speed"), speed_names()[request.speed]),
        (translate("Recipe", "Made"), _when(recipe)),
        (translate("Recipe", "Took"), say_duration(recipe.seconds) if recipe.seconds else ""),
        (translate("Recipe", "On"), _joined([place.device, place.dtype])),
        (translate("Recipe", "With"), _versions(recipe)),
        (translate("Recipe", "Pixels’ hash"), recipe.pixels_sha256[:12]),
        (
            translate("Recipe", "Depth"),
            translate("Recipe", "in 16 bits, inside the PNG") if recipe.depth_sha256 else "",
        ),
        (translate("Recipe", "Model’s licence"), recipe.model_licence),
    ]
    return rows


def _written(recipe: Recipe) -> str:
    """Both prompts before anything was drawn or put around them; empty where nothing was."""
    written = recipe.request.written
    return "\n".join(filter(None, (written.prompt, written.negative_prompt))) if written is not None else ""


def _steps(recipe: Recipe) -> str:
    steps = recipe.request.sampling.steps
    if recipe.stopped_at is None:
        return str(steps)
    return translate("Recipe", "{steps}, stopped after {stopped}").format(
        steps=steps, stopped=recipe.stopped_at
    )


def _versions(recipe: Recipe) -> str:
    place = recipe.environment
    named = {"Lienzo": place.lienzo, "torch": place.torch, "diffusers": place.diffusers}
    return _joined(f"{name} {version}" for name, version in named.items() if version)


def _parameter_rows(parameters: Parameters) -> list[Row]:
    size = f"{parameters.width} × {parameters.height}" if parameters.width and parameters.height else ""
    other: Mapping[str, str] = parameters.other
    return [
        (translate("Recipe", "Prompt"), parameters.prompt),
        (translate("Recipe", "Negative prompt"), parameters.negative_prompt),
        (translate("Recipe", "Model"), parameters.model),
        (translate("Recipe", "Model’s hash"), parameters.model_hash),
        (translate("Recipe", "Sampler"), sampler_name(parameters.scheduler or "")),
        (translate("Recipe", "Steps"), _told(parameters.steps)),
        (translate("Recipe", "Guidance"), _told(parameters.guidance)),
        (translate("Recipe", "Rescale"), _told(parameters.guidance_rescale)),
        (translate("Recipe", "Seed"), str(parameters.seed) if parameters.seed is not None else ""),
        (translate("Recipe", "Made at"), size),
        (translate("Recipe", "Strength"), _told(parameters.strength)),
        *other.items(),
    ]


def sampler_name(scheduler: str) -> str:
    """The name that artists know."""
    # the table is loaded with the first picture, not with the window
    from engine.library.sampler_names import NAMES

    name = NAMES.get(scheduler)
    if name is None:
        return scheduler
    return _joined([name.sampler, name.schedule if name.schedule != "Uniform" else ""], " ")


def _when(recipe: Recipe) -> str:
    return recipe.created.replace("T", " ")[:19]


def _guided(sampling: Sampling) -> str:
    if sampling.is_guided_plainly:
        return ""
    share = f"{_number(sampling.guidance_start)} – {_number(sampling.guidance_stop)}"
    return f"{guider_name(sampling.guider)}  {share}"


def _told(value: float | None) -> str:
    return "" if value is None else _number(value)


def _number(value: float) -> str:
    text = f"{value:g}"
    places = len(text.partition(".")[2]) if "e" not in text else 4
    return decimal(float(value), places)


def _whole(value: int) -> str:
    return QLocale().toString(value)


def _joined(parts: Iterable[str], between: str = ", ") -> str:
    return between.join(part for part in parts if part)


def as_written(metadata: PictureMetadata | None) -> str:
    """Every text in the file by its name, as it was written; JSON is set out in lines."""
    if metadata is None:
        return ""
    return "\n\n".join(f"{name}\n{_set_out(text)}" for name, text in metadata.texts.items())


def _set_out(text: str) -> str:
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def compared(first: list[Row], second: list[Row]) -> list[tuple[str, str, str]]:
    """Name, first's value and second's; what only one has is empty for the other. Differing ones first."""
    names = list(dict.fromkeys(name for name, _ in [*first, *second]))
    ours, theirs = dict(first), dict(second)
    rows = [(name, ours.get(name, ""), theirs.get(name, "")) for name in names]
    return sorted(rows, key=lambda row: row[1] == row[2])
