"""`lienzo speed`: what exact, fast and fastest do to a model, and what they cost and change here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from engine.api.errors import BadRequest
from engine.api.form import to_json
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, Speed
from engine.api.speed import Lever, Measured, levers_of
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.reporter import say_json
from engine.models.catalog import Catalog

Model = Annotated[str | None, typer.Argument(help="A name, a folder or a file; without it the usual model.")]
Measure = Annotated[bool, typer.Option("--measure", help="Draw pictures at each speed and compare them.")]
Pictures = Annotated[int, typer.Option(help="How many pictures of each speed are compared, 1 to 50.")]
Prompts = Annotated[
    list[str] | None, typer.Option("--prompt", "-p", help="What they show. Can be given several times.")
]
Steps = Annotated[int | None, typer.Option(help="Denoising steps, else the model's own.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda:0 or mps.")]

WORDS = {
    Lever.SHORT_NUMBERS: "16-bit numbers where the device computes in them",
    Lever.SPARSE_GUIDANCE: "the negative prompt now and then, steps between carried on",
    Lever.DEEP_CACHE: "every second pass computes only the network's outermost level",
    Lever.EASY_CACHE: "steps that would change little are carried on",
}
PROMPTS = ("a house at night with stars", "a red apple", "a sailing boat on the sea", "a tree in autumn")


def speed(
    model: Model = None,
    measure: Measure = False,
    pictures: Pictures = 4,
    prompt: Prompts = None,
    steps: Steps = None,
    device: Device = None,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """What each speed does to a model; with --measure also what it costs and changes on this machine.

    Pictures of one seed are compared pixel by pixel with exact, which is the stock pipeline's numbers. The
    window shows what was measured.
    """
    if not 1 <= pictures <= 50:
        raise BadRequest("pictures", f"must be 1 to 50, not {pictures}")
    wanted = preferences()
    catalog = Catalog(wanted.model_folders)
    info = catalog.find(model or wanted.default_model)
    found: tuple[Measured, ...] = ()
    if measure:
        requests = _requests(info, prompt, pictures, steps)
        found = _trial(info, catalog, device or wanted.device, requests, json)
    levers = {speed: levers_of(info, speed) for speed in Speed}
    if json:
        say_json(
            {
                "model": info.name,
                "levers": {speed.value: [lever.value for lever in levers[speed]] for speed in Speed},
                "measured": [to_json(one) for one in found],
            }
        )
        return
    typer.echo(info.title)
    for one in Speed:
        does = "; ".join(WORDS[lever] for lever in levers[one]) or "the stock pipeline's numbers, bit for bit"
        typer.echo(f"  {one.value:8} {does}")
    for one in found:
        typer.echo(f"  {one.speed.value:8} {in_words(one)}")


def in_words(one: Measured) -> str:
    return (
        f"{one.time_ratio:.2f} of exact's time; pixels differ by {one.mean_error:g} of 255 on average, "
        f"{one.worst_error:g} in the worst of {one.pictures} pictures (PSNR {one.psnr_db:g} dB)"
    )


def _requests(
    info: ModelInfo, prompts: Sequence[str] | None, pictures: int, steps: int | None
) -> list[GenerationRequest]:
    names = tuple(prompts or ()) or info.examples.get("en", ()) or PROMPTS
    if info.capabilities.classes:
        names = info.capabilities.classes
    made = []
    for seed in range(pictures):
        request = info.request(names[seed % len(names)])
        sampling = replace(request.sampling, seed=seed, steps=steps or request.sampling.steps)
        made.append(replace(request, sampling=sampling).validated())
    return made


def _trial(
    info: ModelInfo, catalog: Catalog, device: str, requests: Sequence[GenerationRequest], is_silent: bool
) -> tuple[Measured, ...]:
    from engine.models.cache import Models
    from engine.speed_trial import Progress, trial  # numpy weighs a tenth of a second

    found = []
    for event in trial(info, Models(catalog, device), requests):
        if not isinstance(event, Progress):
            found.append(event)
        elif not is_silent:
            typer.echo(f"picture {event.done} of {event.total}", err=True)
    return tuple(found)
