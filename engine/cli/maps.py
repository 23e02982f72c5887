"""Maps on the command line, `--control KIND[@NETWORK]:FILE[:WEIGHT[:START-END]]`, and in a recipe.

What is made of the mask goes without a file: `--control inpaint[@NETWORK][:WEIGHT[:START-END]]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.images import Extent, ImageInput
from engine.api.maps import NOTHING, MapInput, MapKind
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.api.wire import maps_of, with_pictures
from engine.library.depth import as_map, read_depth
from engine.library.maps import unpacked_maps
from engine.library.pictures import open_picture


def path_up_to(ends: str) -> str:
    """A file's name, which ends before any of these letters; the colon of a drive is no end of it."""
    return rf"(?:[A-Za-z]:(?=[\\/]))?[^{ends}]+"


PATH = path_up_to(":")
HOW = r"(?::(?P<weight>-?[0-9.]+)(?::(?P<start>[0-9.]+)-(?P<end>[0-9.]+))?)?"
DRAWN = "control-from"
"""The option whose pictures a map is drawn from."""
CONTROL = re.compile(rf"(?P<kind>[a-z-]+)(?:@(?P<network>{PATH}))?:(?P<file>{PATH}){HOW}")
OF_MASK = re.compile(rf"(?P<kind>{MapKind.INPAINT})(?:@(?P<network>{PATH}))?{HOW}")
"""It has no file: it is made of the mask."""


def with_controls(
    request: GenerationRequest, controls: Sequence[str], controls_from: Sequence[str]
) -> GenerationRequest:
    """`request` with the maps that were said in place of its own; as it is where none were.

    `controls` name maps, `controls_from` pictures that a map is drawn from; one of depth is taken of one
    that holds its own. Raises `BadRequest` naming the option, `UnreadableFile` for what is no picture.
    """
    given = [read_control(text, "control") for text in controls]
    given += [_to_be_drawn(read_control(text, DRAWN), request.extent) for text in controls_from]
    if not given:
        return request
    return replace(request, maps=tuple(_smaller(one, request.extent) for one in given))


def read_control(text: str, option: str) -> MapInput:
    """`lines:outline.png`, `depth:near.png:0.8`, `canny@my-canny:edges.png:1:0-0.5`, `inpaint:0.9`."""
    match = OF_MASK.fullmatch(text.strip()) or CONTROL.fullmatch(text.strip())
    if match is None:
        raise BadRequest(
            option, f"must be KIND:FILE:WEIGHT, such as lines:outline.png:0.8, not {text[:60]!r}"
        )
    try:
        kind = MapKind(match["kind"])
    except ValueError:
        kinds = ", ".join(MapKind)
        raise BadRequest(option, f"{match['kind'][:40]!r} is not one of: {kinds}") from None
    image, is_picture = _image_of(kind, match.groupdict().get("file"), option), option == DRAWN
    if is_picture and kind is MapKind.DEPTH and (near := read_depth(_path(match["file"]))) is not None:
        image, is_picture = ImageInput.of(as_map(near), image.name), False
    try:
        weight, start, end = float(match["weight"] or 1), float(match["start"] or 0), float(match["end"] or 1)
    except ValueError:
        raise BadRequest(option, f"a number in {text[:60]!r} cannot be read") from None
    return MapInput(kind, image, weight, start, end, network=match["network"] or "", is_picture=is_picture)


def _image_of(kind: MapKind, file: str | None, option: str) -> ImageInput:
    if kind is MapKind.INPAINT:
        if file is not None or option != "control":
            raise BadRequest(option, "inpaint is made of --mask by itself: --control inpaint, without a file")
        return NOTHING
    assert file is not None, "only what is made of the mask goes without"
    path = _path(file)
    return ImageInput.of(open_picture(path).pixels, path.name)


def _path(file: str) -> Path:
    return Path(file).expanduser()


def _to_be_drawn(given: MapInput, extent: Extent) -> MapInput:
    """The picture in `given`, brought to the canvas: what the engine draws of it fits its pixels.

    A map stays as it is.
    """
    if not given.is_picture:
        return given
    from engine.diffusion.start_picture import cover

    assert given.image.pixels is not None
    image = ImageInput.of(cover(given.image.pixels, extent), given.image.name)
    return replace(given, image=image)


def _smaller(given: MapInput, extent: Extent) -> MapInput:
    """No larger than the canvas: the rest is not looked at, and the recipe shall hold it."""
    from engine.conditioning.fitting import fitted  # OpenCV, as above

    image = given.image
    if image.pixels is None or image.width * image.height <= extent.width * extent.height:
        return given
    return replace(given, image=ImageInput.of(fitted(image.pixels, extent, given.kind), image.name))


def with_maps(
    request: GenerationRequest, packed: Mapping[str, Json], paths: Sequence[Path]
) -> GenerationRequest:
    """`request` with the maps that its recipe holds, or that the files `paths` are.

    Raises `BadRequest` where one is still missing.
    """
    request = with_pictures(request, unpacked_maps(packed))
    for path in paths:
        image = ImageInput.of(open_picture(path).pixels, path.name)
        assert image.pixels is not None
        request = with_pictures(request, {image.sha256: image.pixels})
    for needed in maps_of(request):
        if needed.pixels is None:
            raise BadRequest(
                "map",
                f"the recipe's map {needed.name} ({needed.width}x{needed.height}, pixels "
                f"{needed.sha256[:12]}) is not in it, being so large; add --map FILE",
            )
    return request


def map_facts(recipe: Recipe) -> list[tuple[str, object]]:
    """A line for each map that took part."""
    names = {
        (use.kind, use.network): f" ({use.sha256[:12]})" if use.sha256 else "" for use in recipe.controls
    }
    facts: list[tuple[str, object]] = []
    for given in recipe.request.maps:
        span = (
            "" if (given.start, given.end) == (0.0, 1.0) else f", steps {given.start:.0%} to {given.end:.0%}"
        )
        by = next(
            (f" by {network}{hashed}" for (kind, network), hashed in names.items() if kind is given.kind),
            "",
        )
        drawn = f", drawn by {given.drawn_by}" if given.drawn_by else ""
        shown = "of the mask" if given.is_of_mask else given.image.name
        what = f"{given.kind} {shown}, weight {given.weight:g}{span}{by}{drawn}"
        facts.append(("Map", what))
    return facts
