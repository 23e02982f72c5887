"""`lienzo select IMAGE`: the mask of a thing in a picture, by a network that selects things."""

from __future__ import annotations

import json as json_text
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Event, Loading, MaskReady
from engine.api.images import ImageInput
from engine.api.rect import Rect
from engine.api.segment import PromptPoint, SegmentRequest
from engine.cli.generate import Device, Force, events_of
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.saving import check_free
from engine.library.masks import encode_mask
from engine.library.pictures import open_picture
from engine.library.save import save_bytes
from engine.models.catalog import Catalog

Picture = Annotated[Path, typer.Argument(help="The picture that the thing is in.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The PNG file to save: white is the thing.")]
Box = Annotated[
    str | None, typer.Option(metavar="LEFT,TOP,RIGHT,BOTTOM", help="Around the thing, in pixels.")
]
Point = Annotated[list[str] | None, typer.Option(metavar="X,Y", help="A pixel of the thing; several times.")]
Not = Annotated[list[str] | None, typer.Option("--not", metavar="X,Y", help="A pixel of something else.")]
Model = Annotated[
    str, typer.Option("--model", "-m", help="Name or path of a SAM, SAM-HQ or SAM 2. Else the first here.")
]
Invert = Annotated[bool, typer.Option("--invert", help="White is everything but the thing.")]


def select(
    image: Picture,
    output: Output,
    box: Box = None,
    point: Point = None,
    not_: Not = None,
    model: Model = "",
    invert: Invert = False,
    device: Device = None,
    force: Force = False,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Select a thing in a picture and save its mask, for --mask. Needs a network of the SAM family."""
    if output.suffix.lower() != ".png":
        raise BadRequest("output", f"a mask is exact, so it is saved as PNG; name it {output.stem}.png")
    check_free(output, force)
    points = [read_point("point", text, True) for text in point or []]
    points += [read_point("not", text, False) for text in not_ or []]
    edges = [round(edge) for edge in read_numbers("box", box, 4)] if box is not None else None
    request = SegmentRequest(
        ImageInput.of(open_picture(image).pixels, image.name),
        Rect.between(*edges) if edges is not None else None,
        tuple(points),
        model,
    )
    found = answer(request.validated(), device)
    coverage = 255 - found.coverage if invert else found.coverage
    save_bytes(output.absolute(), encode_mask(coverage))
    share = float((coverage >= 128).mean())
    if json:
        height, width = coverage.shape
        facts = {"output": str(output), "width": width, "height": height, "score": found.score}
        typer.echo(json_text.dumps({**facts, "covered": share}))
    else:
        typer.echo(f"{output}  ({share:.1%} of the picture, score {found.score:.2f})")


def answer(request: SegmentRequest, device: str | None) -> MaskReady:
    """What the network finds, with a line for each thing that takes a while on stderr."""
    wanted = preferences()
    with closing(
        events_of(request, Catalog(wanted.model_folders), device or wanted.device, Control())
    ) as events:
        return next(found for event in events if (found := told(event)) is not None)


def told(event: Event) -> MaskReady | None:
    match event:
        case Loading(stage="model"):
            typer.echo("Loading the network", err=True)
        case Loading(stage="image", share=0.0):
            typer.echo("Looking at the picture", err=True)
        case MaskReady():
            return event
    return None


def read_point(option: str, text: str, is_inside: bool) -> PromptPoint:
    x, y = read_numbers(option, text, 2)
    return PromptPoint(x, y, is_inside)


def read_numbers(option: str, text: str, count: int) -> list[float]:
    """`120,80` as two numbers. Raises `BadRequest` naming the option."""
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(number) < 1e6 for number in numbers):
        example = "120,80" if count == 2 else "100,60,300,240"
        raise BadRequest(option, f"must be {count} numbers such as {example}, not {text[:60]!r}")
    return numbers
