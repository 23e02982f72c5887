"""`lienzo generate`: from the words of the command line to saved pictures."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from engine import trace as tracing
from engine.api.control import Control
from engine.api.events import Event, ImageReady, Step
from engine.api.guiders import Guider
from engine.api.request import Speed
from engine.api.task import Request
from engine.cli import edit
from engine.cli.chosen_reporter import reporter_for
from engine.cli.options import Json, Temp, Trace, preferences, several
from engine.cli.reporter import Reporter
from engine.cli.request import Wishes, build_request
from engine.cli.saving import Destination, Saved
from engine.library.pictures import read_metadata
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

Prompt = Annotated[
    str | None, typer.Argument(help='What to paint, e.g. "a cute beagle smiling"; - reads it from stdin.')
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="The file to save; without it, the library folder. Several: dog-1.png, ..."
    ),
]
Negative = Annotated[str | None, typer.Option("--negative", "-n", help="What should not be there.")]
Size = Annotated[str | None, typer.Option(metavar="WxH", help="Size in pixels, e.g. 768x512.")]
Steps = Annotated[int | None, typer.Option(help="Denoising steps, 1 to 1000.")]
Guidance = Annotated[float | None, typer.Option(help="How closely to follow the prompt, 0 to 100.")]
Rescale = Annotated[float | None, typer.Option(help="Guidance rescale, 0 to 1: less burnt colours.")]
GuiderOption = Annotated[
    Guider | None,
    typer.Option(
        "--guider",
        help="How what the words add is added: cfg as it is; apg with a limit to it; "
        "pag, slg also away from a worse picture, for more time.",
    ),
]
Guided = Annotated[
    str | None,
    typer.Option(
        "--guided", metavar="FROM-TO", help="In which share of the steps, e.g. 0.1-0.8; else in every step."
    ),
]
ImageGuidance = Annotated[
    float | None,
    typer.Option(help="How closely a model that follows instructions keeps to its picture, 1 to 10."),
]
BoxShare = Annotated[
    float | None,
    typer.Option(help="Share of the steps in which a model of boxes (GLIGEN) is held to places, 0 to 1."),
]
Layers = Annotated[
    int | None,
    typer.Option(
        help="Into how many layers a model that takes pictures apart does so; each is a file, too: "
        "dog-layer-1.png."
    ),
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="NAME", help='E.g. "DPM++ 2M Karras", "Euler a" or euler_a.')
]
Seed = Annotated[int | None, typer.Option(help="0 to 2^64 - 1; without it, by chance.")]
Images = Annotated[int | None, typer.Option("--images", help="How many pictures, with seeds counting up.")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="A name, a folder or a .safetensors file.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda:0 or mps.")]
SpeedOption = Annotated[
    Speed | None,
    typer.Option(help="exact: the stock pipeline's numbers; fast, fastest: close, and sooner."),
]
Image = Annotated[Path | None, typer.Option("--image", "-i", help="A picture to start from.")]
Loras = Annotated[
    list[str] | None,
    several(
        "--lora",
        "NAME:WEIGHT",
        "A LoRA by name or file, e.g. ink:0.8, or by blocks ink:0.8:up_blocks.1=0.5,mid_block=0.",
    ),
]
Embeddings = Annotated[
    list[str] | None,
    several(
        "--embedding",
        "NAME",
        "A learnt word by name or file; those that the prompt names are found by themselves.",
    ),
]
Vae = Annotated[
    str | None,
    typer.Option(
        "--vae",
        metavar="NAME",
        help="A VAE by name or file in place of the model's own; a tiny one (TAESD) is fast.",
    ),
]
Styles = Annotated[
    list[str] | None,
    several("--style", "NAME", "Words that are put around the prompts; see: lienzo words."),
]
Regions = Annotated[
    list[str] | None,
    several(
        "--region",
        "MASK:WEIGHT=WORDS",
        "Words for a place: where the picture MASK is white, e.g. left.png=a red house.",
    ),
]
Controls = Annotated[
    list[str] | None,
    several(
        "--control",
        "KIND:MAP:WEIGHT",
        "A map to follow, e.g. lines:outline.png:0.8, from a share of the steps to another: "
        "depth:near.png:1:0-0.5. KIND@NAME says which ControlNet. With --mask also inpaint:WEIGHT, without "
        "a file.",
    ),
]
ControlsFrom = Annotated[
    list[str] | None,
    several(
        "--control-from",
        "KIND:PICTURE:WEIGHT",
        "The same with a map that is drawn from a picture first; see: lienzo map.",
    ),
]
AsTyped = Annotated[
    bool,
    typer.Option(
        "--as-typed",
        help="Read every word as it stands; else words that the model never learnt are drawn as the nearest "
        "that it knows (a hound: a dog), where it has a table of them.",
    ),
]
References = Annotated[
    list[str] | None,
    several(
        "--reference",
        "PICTURE:WEIGHT",
        "A picture to take after, e.g. dog.png:0.6, or its style or composition alone: "
        "dog.png:0.6:style. PICTURE@NAME says which IP-Adapter; dog.png:0.6:in=left.png where it counts, "
        "dog.png:of=dog what of it does (BLIP-Diffusion), and front.png:joined is looked at as one with the "
        "one before it.",
    ),
]
ClassName = Annotated[
    str | None,
    typer.Option("--class", help="What to draw, by name or number, for models that know classes, not words."),
]
Strength = Annotated[float | None, typer.Option(help="How far to leave the start picture, 0 to 1.")]
StepsTo = Annotated[Path | None, typer.Option(metavar="DIR", help="Save every step's preview here.")]
FittedSteps = Annotated[
    bool,
    typer.Option("--fitted-steps", help="With --steps-to: draw previews without a tiny VAE of your folders."),
]
JsonLines = Annotated[
    bool, typer.Option("--json-lines", help="Print every event as it comes, a JSON line each.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
RecipeFile = Annotated[
    Path | None,
    typer.Option(
        "--recipe", help="Make this picture again; the other options override what its recipe says."
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", help="png, jpeg or webp; else as the file's name says.")
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite files that exist.")]


def generate(
    prompt: Prompt = None,
    output: Output = None,
    negative: Negative = None,
    size: Size = None,
    steps: Steps = None,
    guidance: Guidance = None,
    rescale: Rescale = None,
    guider: GuiderOption = None,
    guided: Guided = None,
    image_guidance: ImageGuidance = None,
    box_share: BoxShare = None,
    layers: Layers = None,
    scheduler: Scheduler = None,
    seed: Seed = None,
    images: Images = None,
    model: Model = None,
    device: Device = None,
    speed: SpeedOption = None,
    image: Image = None,
    strength: Strength = None,
    mask: edit.Mask = None,
    keep: edit.Keep = False,
    grow: edit.Grow = None,
    feather: edit.Feather = None,
    paste_feather: edit.PasteFeather = None,
    padding: edit.Padding = None,
    fill: edit.Fill = None,
    extend: edit.Extend = None,
    frame: edit.Frame = None,
    place_prompt: edit.PlacePrompts = None,
    remove: edit.Remove = False,
    refine: edit.Refine = False,
    seam: edit.Seam = None,
    working_size: edit.WorkingSize = None,
    controls: Controls = None,
    controls_from: ControlsFrom = None,
    references: References = None,
    class_name: ClassName = None,
    lora: Loras = None,
    embedding: Embeddings = None,
    vae: Vae = None,
    style: Styles = None,
    as_typed: AsTyped = False,
    region: Regions = None,
    steps_to: StepsTo = None,
    fitted_steps: FittedSteps = False,
    recipe: RecipeFile = None,
    format: Format = None,
    force: Force = False,
    json: Json = False,
    json_lines: JsonLines = False,
    quiet: Quiet = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Make pictures from words, or change a picture. What is not said comes from the model's own defaults."""
    wanted = preferences()
    changes = edit.EditWishes(
        mask=mask, keep=keep, grow=grow, feather=feather, paste_feather=paste_feather, padding=padding,
        fill=fill, extend=extend, frame=frame, place_prompts=tuple(place_prompt or ()), remove=remove,
        refine=refine, seam=seam, working_size=working_size,
    )  # fmt: skip
    catalog = Catalog(wanted.model_folders)
    wishes = Wishes(
        prompt=sys.stdin.read().removesuffix("\n") if prompt == "-" else prompt,
        negative=negative, size=size, steps=steps, guidance=guidance, rescale=rescale, scheduler=scheduler,
        guider=guider, guided=guided,
        image_guidance=image_guidance, box_share=box_share, layers=layers, seed=seed, images=images,
        model=model, speed=speed, image=image, strength=strength, recipe=recipe, loras=lora,
        embeddings=embedding, vae=vae, styles=style, regions=region or (), controls=controls or (),
        controls_from=controls_from or (), as_typed=as_typed, references=references or (),
        class_name=class_name, edit=changes,
    )  # fmt: skip
    request = build_request(wishes, catalog, wanted.default_model)
    control = Control(wants_previews=steps_to is not None, tiny_vaes=not fitted_steps)
    stop_where_the_recipe_stopped(control, wishes)
    destination = Destination.of(output, request, wanted, format, force, steps_to)
    reporter = reporter_for(json=json, json_lines=json_lines, quiet=quiet, images=request.images)
    make(events_of(request, catalog, device or wanted.device, control), destination, reporter)


def make(events: Iterator[Event], destination: Destination, reporter: Reporter) -> None:
    """To the end: every picture is saved as it comes, and what happens is said."""
    began = time.monotonic()
    with reporter:
        saved = [picture for event in events if (picture := take(event, destination, reporter)) is not None]
    reporter.finish(saved, time.monotonic() - began)


def take(event: Event, destination: Destination, reporter: Reporter) -> Saved | None:
    """Save what the event brings, then say it."""
    saved = None
    match event:
        case ImageReady():
            with interrupts_wait():
                saved = destination.put(event)
            tracing.trace("saved", path=str(saved.path))
        case Step():
            tracing.trace("step", index=event.index, image=event.image_index)
            with interrupts_wait():
                destination.put_step(event)
    reporter.event(event, saved)
    return saved


def stop_where_the_recipe_stopped(control: Control, wishes: Wishes) -> None:
    """A picture that was stopped and kept is made again up to that step, unless other steps are asked for."""
    if wishes.recipe is None or wishes.steps is not None:
        return
    recipe = read_metadata(wishes.recipe).recipe
    if recipe is not None and recipe.stopped_at is not None:
        control.stop_after(recipe.stopped_at)


def events_of(
    request: Request, catalog: Catalog, device: str, control: Control
) -> Generator[Event, None, None]:
    """The events of `request`. Ctrl+C stops the engine at its next network block, then raises here."""
    with closing(run(request, Models(catalog, device=device), control)) as events:
        try:
            yield from events
        except KeyboardInterrupt:
            control.cancel()
            raise


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """A Ctrl+C inside is raised at the end: what is being saved is saved whole."""
    came: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
