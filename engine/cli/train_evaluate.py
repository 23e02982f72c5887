"""`lienzo train evaluate` and `card`: how good a model is, in figures, in pictures and in words."""

from __future__ import annotations

import json as json_module
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import resources
from engine.api.errors import BadRequest, UnreadableFile
from engine.api.events import Event, Finished, Loading, Step
from engine.api.form import from_json
from engine.cli.options import Json

if TYPE_CHECKING:
    from engine.training.evaluation.report import Training

LOADING = {
    "model": "Loading the model and the judge",
    "scenes": "Composing what is asked for",
    "autoencoder": "Through the autoencoder and back",
    "judge": "Looking at what was composed",
    "training pictures": "Looking for the nearest training pictures",
    "speed": "Measuring seconds and memory",
}
SAID_EVERY = 20

Model = Annotated[Path, typer.Argument(help="The model's folder, in Stable Diffusion's layout.")]
Data = Annotated[Path, typer.Option("--data", help="The pack of sprites that the exam is made of.")]
Trainings = Annotated[
    list[Path] | None,
    typer.Option("--training", help="A training.json: how long it trained on what; once for each."),
]


def evaluate(
    model: Model,
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the results and the card.")],
    judge: Annotated[
        Path | None,
        typer.Option("--judge", help="What `lienzo train judge` made; else the one beside the sources."),
    ] = None,
    prompts: Annotated[int, typer.Option(min=1, help="Of each set, at most.")] = 64,
    scenes: Annotated[int, typer.Option(min=8, help="Held-out scenes.")] = 128,
    trained: Annotated[int, typer.Option(min=1, help="Training pictures to find the nearest among.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the first picture.")] = 20_000,
    steps: Annotated[int, typer.Option(min=0, help="Of each picture; 0: the model's own.")] = 0,
    speed: Annotated[bool, typer.Option(help="Measure seconds and memory on two threads.")] = True,
    fast: Annotated[bool, typer.Option(help="Paint in 16 bits where the device computes in them.")] = False,
    training: Trainings = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    json: Json = False,
) -> None:
    """Measure a model on prompts that it never learnt from, and write its card."""
    from engine.training.beside import place
    from engine.training.data.pack import Sprites
    from engine.training.evaluation.evaluate import Extent
    from engine.training.evaluation.evaluate import evaluate as events_of

    extent = Extent(prompts, scenes, trained, seed, steps, speed, fast)
    known, here = trainings(training or []), place(device).device
    for event in events_of(model, judge or kept_judge(), Sprites.load(data), output, extent, here, known):
        tell(event, output, json)


def card(
    model: Model,
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder that `evaluate` wrote.")],
    speed: Annotated[bool, typer.Option(help="Measure seconds and memory on two threads, here.")] = True,
    training: Trainings = None,
) -> None:
    """Write the card again: with seconds and memory of this machine, and how long it trained on what."""
    from dataclasses import replace

    from engine.library.save import save_bytes
    from engine.training.data.pack import Sprites
    from engine.training.evaluation.card import card as text_of
    from engine.training.evaluation.report import Report
    from engine.training.evaluation.speed import SPEED_STEPS, cost_of

    path = output / "evaluation.json"
    try:
        report = Report.from_bytes(path.read_bytes())
    except (OSError, ValueError, BadRequest) as error:
        raise UnreadableFile(f"{path} cannot be read ({error}). Evaluate anew.", path=str(path)) from None
    if training:
        report = replace(report, training=trainings(training))
    if speed:
        report = replace(report, costs=tuple(cost_of(model, steps) for steps in SPEED_STEPS))
    save_bytes(path, report.to_bytes())
    save_bytes(output / "README.md", text_of(report, Sprites.load(data)).encode())


def kept_judge(sources: Path = Path(resources.__file__).parents[1]) -> Path:
    """The judge that lies in `evaluation/` beside the sources.

    Raises `BadRequest` where it does not: an installed package is without it.
    """
    path = sources / "evaluation" / "judge.safetensors"
    if not path.is_file():
        raise BadRequest("judge", f"{path} is not here; name one that `lienzo train judge` made")
    return path


def trainings(paths: Sequence[Path]) -> tuple[Training, ...]:
    """What each file says of a stretch of training; raises `UnreadableFile` naming one that says nothing."""
    from engine.training.evaluation.report import Training

    known: list[Training] = []
    for path in paths:
        try:
            form = json_module.loads(path.read_bytes())
            known += [from_json(Training, entry) for entry in (form if isinstance(form, list) else [form])]
        except (OSError, ValueError, BadRequest) as error:
            raise UnreadableFile(
                f"{path} cannot be read ({error}). Give the training.json that a training wrote.",
                path=str(path),
            ) from None
    return tuple(known)


def tell(event: Event, output: Path, json: bool) -> None:
    match event:
        case Loading() if not json:
            typer.echo(LOADING.get(event.stage, event.stage), err=True)
        case Step() if not json and event.index % SAID_EVERY == 0:
            typer.echo(f"{event.index} of {event.total} pictures", err=True)
        case Finished():
            words = f"Written to {output} after {event.seconds:.0f} s."
            typer.echo((output / "evaluation.json").read_text("utf-8") if json else words)
        case _:
            pass


COMMANDS = {"evaluate": evaluate, "card": card}
