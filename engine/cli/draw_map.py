"""`lienzo map KIND IMAGE`: the map of a picture, drawn offline: by a network that is here, or without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.api.errors import BadRequest
from engine.api.maps import MapKind
from engine.api.vision import SEES
from engine.cli.options import Temp, Trace, preferences
from engine.cli.request import read_size
from engine.cli.saving import check_free
from engine.library.pictures import encode_plain, open_picture
from engine.library.save import save_bytes
from engine.models.catalog import Catalog

if TYPE_CHECKING:
    from engine.api.images import Pixels
    from engine.models.named.looking import Drawn

Kind = Annotated[MapKind, typer.Argument(help="What the map tells.")]
Picture = Annotated[Path, typer.Argument(help="The picture that it is drawn from.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The PNG file to save.")]
Detail = Annotated[float, typer.Option(help="0: only what is plainest; 1: everything.")]
Size = Annotated[
    str | None, typer.Option(metavar="WxH", help="Size of the map; else the picture's. It is covered.")
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NETWORK",
        help="Which network looks: a name or a path; none for none. Else one in the model folders that can.",
    ),
]


def say_classes(wanted: bool) -> None:
    if wanted:
        from engine.conditioning.maps.ade20k import CLASSES

        for number, entry in enumerate(CLASSES):
            typer.echo(f"{number:>3}  #{bytes(entry.rgb).hex()}  {entry.en}  ({entry.es})")
        raise typer.Exit


Classes = Annotated[
    bool,
    typer.Option(
        "--classes",
        callback=say_classes,
        is_eager=True,
        help="Say the colours that segmentation maps are painted with (ADE20K), and end.",
    ),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite a file that exists.")]


def draw_map(
    kind: Kind,
    image: Picture,
    output: Output,
    detail: Detail = 0.5,
    size: Size = None,
    by: By = None,
    classes: Classes = False,
    force: Force = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Draw the map of a picture, for --control: lines, depth, colours...

    Depth, normals and segmentation are guessed from colours and places where no network for them is in the
    model folders (Depth Anything, DPT, ZoeDepth; SegFormer, Mask2Former, OneFormer, UPerNet). A pose
    needs ViTPose.
    """
    from engine.api.images import Extent
    from engine.diffusion.start_picture import cover

    if output.suffix.lower() != ".png":
        raise BadRequest("output", f"a map is exact, so it is saved as PNG; name it {output.stem}.png")
    check_free(output, force)
    pixels = open_picture(image).pixels
    if size is not None:
        pixels = cover(pixels, Extent(*read_size(size)))
    made = drawn(kind, pixels, detail, by or "")
    save_bytes(output.absolute(), encode_plain(made.pixels))
    typer.echo(f"{output}{told_by(kind, made.by)}")


def drawn(kind: MapKind, pixels: Pixels, detail: float, by: str) -> Drawn:
    """The map of `kind` by the network `by`, by one that is in the model folders, or without one."""
    from engine.models.named.looking import chosen, draw

    wanted = preferences()
    catalog = Catalog(wanted.model_folders)
    info = chosen(kind, by, catalog)
    if info is None:
        return draw(kind, pixels, detail, None, catalog, None)
    from engine.diffusion.devices import choose_device, prepare_torch  # torch weighs seconds

    prepare_torch()
    return draw(kind, pixels, detail, info, catalog, choose_device(wanted.device))


def told_by(kind: MapKind, by: str) -> str:
    """Who drew it, in brackets."""
    if by:
        return f"  (by {by})"
    return "  (a guess, without a network)" if kind in SEES else ""
