"""`lienzo train`: models from nothing, and what is taught to models. One file a command where it grows."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from engine.api.events import Event, Finished, Loading, Notice, Step
from engine.cli.options import Json as JsonOption
from engine.cli.reporter import event_form
from engine.library.save import save_bytes

LOADING = {
    "sources": "Fetching",
    "sprites": "Drawing the sprites",
    "clip art": "Drawing the clip art",
    "scenes": "Loading what is learnt from",
    "tokenizer": "Learning the tokens",
    "bank": "Drawing the first scenes",
    "latents": "Encoding the scenes",
    "state": "Going on from the saved state",
    "compile": "Compiling",
    "export": "Writing the model",
}
FIGURES = (
    "loss", "reconstruction", "psnr", "psnr_median", "v_loss", "held_out_v_loss", "twin_loss", "gradient",
    "latent_spread",
)  # fmt: skip
"""Of a step, in the order they are said."""


def build_app(epilog: str) -> typer.Typer:
    """The sub-commands; each further one is a line here."""
    app = typer.Typer(
        name="train", add_completion=False, rich_markup_mode=None, no_args_is_help=True,
        help="Train a model, or teach one something.",
    )  # fmt: skip
    app.callback()(lambda: None)  # else a single command would lose its name
    app.command("starter", epilog=epilog)(starter)
    return app


def starter(
    data: Annotated[Path, typer.Option("--data", help="The pack of sprites that scenes are made of.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the model.")],
    resume: Annotated[
        Path | None,
        typer.Option("--resume", help="The working folder: go on from what it holds. Else beside the model."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.01, help="Of training, in all calls together.")
    ] = 80.0,
    budget: Annotated[
        float | None,
        typer.Option("--budget", min=0.1, help="Minutes that this call may take, everything included."),
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="End the run within this call's budget, however much is left.")
    ] = False,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    preset: Annotated[str, typer.Option("--preset", help="auto, gpu, cpu or tiny.")] = "auto",
    ranks: Annotated[
        int, typer.Option("--ranks", help="Training processes on a processor; 0: all cores.")
    ] = 0,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes that draw scenes; -1: as the device needs.")
    ] = -1,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    compile: Annotated[bool, typer.Option(help="Use torch.compile on a GPU.")] = True,
    samples: Annotated[
        Path | None, typer.Option("--samples", help="Save previews in this folder. Else in the working one.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Train the starter model from nothing; call again to go on."""
    from functools import partial

    from engine.training.drawn import load_drawn  # torch
    from engine.training.starter import StarterPlan, train_starter

    work = resume or output.with_name(f"{output.name}-work")
    plan = StarterPlan(
        work, output, minutes, budget, finish, preset, device, ranks, workers, seed, compiles=compile
    )
    report(train_starter(plan, partial(load_drawn, data)), samples or work / "samples", json)


def report(events: Iterator[Event], samples: Path | None, as_json: bool) -> None:
    """Say what happens, a line an event; keep the newest preview of each phase in `samples`."""
    began, said = time.monotonic(), ""
    if samples is not None:
        samples.mkdir(parents=True, exist_ok=True)
    with closing(_all_of(events)) as stream:
        for event in stream:
            if isinstance(event, Step) and event.preview is not None and samples is not None:
                save_preview(event, samples)
            line = json.dumps(event_form(event)) if as_json else line_of(event)
            if line and line != said:
                said = line
                stamp = "" if as_json else f"[{time.monotonic() - began:6.1f} s] "
                typer.echo(f"{stamp}{line}")


def _all_of(events: Iterator[Event]) -> Generator[Event]:
    """`events`, with a `close` that reaches whatever makes them."""
    yield from events


def line_of(event: Event) -> str:
    """What a person wants to hear of `event`."""
    match event:
        case Loading():
            phase = f": {event.extra['phase']}" if "phase" in event.extra else ""
            return f"{LOADING.get(event.stage, event.stage)}{phase}"
        case Step():
            extra = event.extra
            figures = "  ".join(f"{name} {extra[name]}" for name in FIGURES if name in extra)
            speed = f"{extra.get('samples_per_second')}/s  {extra.get('teraflops')} TFLOP/s"
            peak = f"{100 * float(str(extra.get('of_peak', 0))):.1f} % of peak"
            place = f"{100 * float(str(extra.get('share', 0))):.0f} %"
            head = f"{extra.get('phase', '')} {place}  step {event.index}  samples {extra.get('samples')}"
            return f"{head}  {speed}  {peak}  {figures}"
        case Notice():
            facts = ", ".join(f"{name} {value}" for name, value in event.extra.items())
            return " ".join(part for part in (event.code.replace("_", " "), event.detail, facts) if part)
        case Finished():
            ending = "The run is complete" if event.extra.get("done") else "There is more to train"
            return f"{ending}, after {event.seconds:.0f} s in this call."
    return ""


def save_preview(step: Step, folder: Path) -> None:
    """As `PHASE.png`, and once more with the number of samples, so that one can look back."""
    from PIL import Image

    assert step.preview is not None
    buffer = io.BytesIO()
    Image.fromarray(step.preview).save(buffer, "PNG")
    phase, samples = step.extra.get("phase", "preview"), int(str(step.extra.get("samples", 0)))
    for name in (f"{phase}.png", f"{phase}-{samples:09}.png"):
        save_bytes(folder / name, buffer.getvalue())
