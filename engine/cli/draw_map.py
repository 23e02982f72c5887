"""`lienzo map KIND IMAGE`: the map of a picture, drawn offline and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.api.errors import BadRequest
from engine.api.maps import MapKind
from engine.cli.options import Temp, Trace
from engine.cli.request import read_size
from engine.cli.saving import check_free
from engine.library.pictures import encode_plain, open_picture
from engine.library.save import save_bytes

Kind = Annotated[MapKind, typer.Argument(help="What the map tells.")]
Picture = Annotated[Path, typer.Argument(help="The picture that it is drawn from.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The PNG file to save.")]
Detail = Annotated[float, typer.Option(help="0: only what is plainest; 1: everything.")]
Size = Annotated[
    str | None, typer.Option(metavar="WxH", help="Size of the map; else the picture's. It is covered.")
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite a file that exists.")]


def draw_map(
    kind: Kind,
    image: Picture,
    output: Output,
    detail: Detail = 0.5,
    size: Size = None,
    force: Force = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Draw the map of a picture, for --control: lines, depth, colours...

    Depth, normals and segmentation are guessed from colours and places: a network made for them knows better.
    """
    from engine.api.images import Extent
    from engine.conditioning.maps.drawn import DRAWERS, drawn  # OpenCV and scikit-image weigh half a second
    from engine.diffusion.start_picture import cover

    if output.suffix.lower() != ".png":
        raise BadRequest("output", f"a map is exact, so it is saved as PNG; name it {output.stem}.png")
    check_free(output, force)
    pixels = open_picture(image).pixels
    if size is not None:
        pixels = cover(pixels, Extent(*read_size(size)))
    save_bytes(output.absolute(), encode_plain(drawn(kind, pixels, detail)))
    guessed = "  (a guess, without a network)" if DRAWERS[kind].is_guess else ""
    typer.echo(f"{output}{guessed}")
