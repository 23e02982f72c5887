"""`lienzo speed`: what exact, fast and fastest do to a model, and what they cost and change here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from engine.api.form import to_json
from engine.api.images import Extent
from engine.api.job_plan import JobPlan, plan_job
from engine.api.job_plan import Measure as MemoryMeasure
from engine.api.measuring import MeasureRequest
from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.api.speed import LEAST_DEEP_STEPS, Lever, Measured, levers_of
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.reporter import say_json
from engine.models.catalog import Catalog

if TYPE_CHECKING:
    import torch

Model = Annotated[str | None, typer.Argument(help="A name, a folder or a file; without it the usual model.")]
Measure = Annotated[bool, typer.Option("--measure", help="Draw pictures at each speed and compare them.")]
Pictures = Annotated[int, typer.Option(help="How many pictures of each speed are compared, 1 to 50.")]
Prompts = Annotated[
    list[str] | None, typer.Option("--prompt", "-p", help="What they show. Can be given several times.")
]
Steps = Annotated[int | None, typer.Option(help="Denoising steps, else the model's own.")]
Plan = Annotated[
    bool, typer.Option("--plan", help="Say what a picture needs of the memory, and how long it takes.")
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda:0 or mps.")]

WORDS = {
    Lever.SHORT_NUMBERS: "16-bit numbers where the device computes in them",
    Lever.SPARSE_GUIDANCE: "the negative prompt now and then, steps between carried on",
    Lever.DEEP_CACHE: f"from {LEAST_DEEP_STEPS} steps on every second pass computes only the outermost level",
    Lever.CHANNELS_LAST: "the channels of a pixel side by side in memory",
    Lever.FAST_ATTENTION: "attention by the kernel or package that is the fastest on the card",
    Lever.EIGHT_BIT_ATTENTION: "attention in 8 bits by SageAttention where that is faster",
    Lever.COMPILED_BLOCKS: "blocks compiled for the card, where Triton is there",
    Lever.EASY_CACHE: "steps that would change little are carried on",
}


def speed(
    model: Model = None,
    measure: Measure = False,
    plan: Plan = False,
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
    from engine.diffusion.devices import choose_device  # torch, which alone knows the cards, weighs seconds

    wanted = preferences()
    catalog = Catalog(wanted.model_folders)
    info = catalog.find(model or wanted.default_model)
    request = MeasureRequest(info.name, pictures, tuple(prompt or ()), steps).validated()
    here = choose_device(device or wanted.device)
    found: tuple[Measured, ...] = ()
    if measure:
        found = _trial(request, info, catalog, str(here), json)
    levers = {speed: levers_of(info, speed, str(here)) for speed in Speed}
    plans = _plans(info, here, steps) if plan else {}
    if json:
        say_json(
            {
                "model": info.name,
                "levers": {speed.value: [lever.value for lever in levers[speed]] for speed in Speed},
                "measured": [to_json(one) for one in found],
                **({"plan": {speed.value: to_json(one) for speed, one in plans.items()}} if plan else {}),
            }
        )
        return
    typer.echo(info.title)
    for one in Speed:
        does = "; ".join(WORDS[lever] for lever in levers[one]) or "the stock pipeline's numbers, bit for bit"
        typer.echo(f"  {one.value:8} {does}")
    for one in found:
        typer.echo(f"  {one.speed.value:8} {in_words(one)}")
    for each, planned in plans.items():
        typer.echo(f"  {each.value:8} {plan_in_words(planned)}")


MEASURES = {
    MemoryMeasure.SHORT_NUMBERS: "16-bit numbers",
    MemoryMeasure.TILED_DECODE: "developed in tiles",
    MemoryMeasure.OFFLOAD: "parts wait outside the card",
    MemoryMeasure.EIGHT_BITS: "weights in 8 bits",
    MemoryMeasure.GROUP_OFFLOAD: "layer by layer on the card",
}


@dataclass(frozen=True)
class Planned:
    """What a picture of the model's own size needs at one speed."""

    device: str
    memory: JobPlan
    fits: bool
    seconds: float | None
    """As long as the last ones took here; None where none was drawn yet."""


def plan_in_words(planned: Planned) -> str:
    plan = planned.memory
    parts = [f"needs about {plan.needed_bytes / 1e9:.1f} GB of memory"]
    parts += [f"{plan.free_bytes / 1e9:.1f} GB are free on {planned.device}"] if plan.free_bytes else []
    parts += [MEASURES[measure] for measure in plan.measures]
    parts += [] if planned.fits else ["it may not fit"]
    parts += [f"about {planned.seconds:.1f} s a picture"] if planned.seconds is not None else []
    return "; ".join(parts)


def _plans(info: ModelInfo, device: torch.device, steps: int | None) -> dict[Speed, Planned]:
    from engine.diffusion.devices import dtype_for, free_bytes
    from engine.memory import SHARED
    from engine.models.kept.pace import paces

    free, known = free_bytes(str(device)), paces(info, str(device))
    size = Extent(info.defaults.width, info.defaults.height)
    cost = size.width * size.height * (steps or info.defaults.sampling.steps)
    found = {}
    for speed in Speed:
        dtype, has_own_memory = dtype_for(speed, device), device.type not in SHARED
        may_pack, is_half = speed is not Speed.EXACT, str(dtype) == "torch.float16"
        plan = plan_job(info, size, dtype.itemsize, free, has_own_memory, may_pack, is_half)
        seconds = known[speed] * cost if speed in known else None
        found[speed] = Planned(str(device), plan, plan.fits, seconds)
    return found


def in_words(one: Measured) -> str:
    long = f" ({one.seconds:.1f} s instead of {one.exact_seconds:.1f} s)" if one.seconds else ""
    return (
        f"{one.time_ratio:.2f} of exact's time{long}; pixels differ by {one.mean_error:g} of 255 on average, "
        f"{one.worst_error:g} in the worst of {one.pictures} pictures (PSNR {one.psnr_db:g} dB)"
    )


def _trial(
    request: MeasureRequest, info: ModelInfo, catalog: Catalog, device: str, is_silent: bool
) -> tuple[Measured, ...]:
    from engine.models.cache import Models
    from engine.speed_trial import Progress, trial, trial_requests  # numpy weighs a tenth of a second
    from engine.tasks import run

    found = []
    for event in trial(info, Models(catalog, device), trial_requests(request, info), run):
        if not isinstance(event, Progress):
            found.append(event)
        elif not is_silent:
            typer.echo(f"picture {event.done} of {event.total}", err=True)
    return tuple(found)
