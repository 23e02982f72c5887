"""`lienzo upscale IMAGE`: a larger picture by a network or a filter, and new detail by a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.request import GenerationRequest, Speed, random_seed
from engine.api.upscale import LANCZOS, REFINE_STRENGTH, Upscale, UpscalerInfo
from engine.cli.chosen_reporter import reporter_for
from engine.cli.edit import surroundings_of
from engine.cli.generate import (
    Device,
    Force,
    Format,
    JsonLines,
    Quiet,
    SpeedOption,
    Strength,
    events_of,
    make,
)
from engine.cli.options import Json, Preferences, Temp, Trace, preferences
from engine.cli.saving import Destination
from engine.library.pictures import open_layer
from engine.models.catalog import Catalog
from engine.models.parts.upscaler_files import only_upscaler

Picture = Annotated[Path, typer.Argument(help="The picture to enlarge: PNG, JPEG or WebP.")]
Network = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="An upscaling network by name or file; without it the only one in your folders, else Lanczos.",
    ),
]
Scale = Annotated[float, typer.Option("--scale", "-s", help="How many times as wide and as high, 1 to 16.")]
Refine = Annotated[
    bool | None,
    typer.Option(
        "--refine/--no-refine",
        help="Let a model draw new detail, tile by tile. Without a network it does unless you say no.",
    ),
]
RefineModel = Annotated[
    str | None, typer.Option("--refine-model", metavar="NAME", help="The model that refines: name or path.")
]
Words = Annotated[
    str | None, typer.Option("--prompt", "-p", help="What the picture shows; else as its recipe says.")
]
Steps = Annotated[
    int | None,
    typer.Option(help="Denoising steps: of the refinement before its strength, else of the network."),
]
Seed = Annotated[
    int | None, typer.Option(help="Of what is drawn by chance: 0 to 2^64 - 1; without it, one by chance.")
]
NoiseLevel = Annotated[
    int | None,
    typer.Option(
        help="How far Stable Diffusion's x4 upscaler may draw the picture anew, 0 to 350; else 20.",
    ),
]
Tile = Annotated[int | None, typer.Option(metavar="PX", help="Side of what is worked on at once.")]
Overlap = Annotated[int | None, typer.Option(metavar="PX", help="By how much tiles overlap.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to save; without it, the library folder.")
]


def upscale(
    image: Picture,
    output: Output = None,
    model: Network = None,
    scale: Scale = 2.0,
    refine: Refine = None,
    refine_model: RefineModel = None,
    prompt: Words = None,
    strength: Strength = None,
    steps: Steps = None,
    seed: Seed = None,
    noise_level: NoiseLevel = None,
    tile: Tile = None,
    overlap: Overlap = None,
    device: Device = None,
    speed: SpeedOption = None,
    format: Format = None,
    force: Force = False,
    json: Json = False,
    json_lines: JsonLines = False,
    quiet: Quiet = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Enlarge a picture, its alpha kept.

    ESRGAN, Real-ESRGAN and compact networks are loaded from safetensors files; convert a .pth first, with
    lienzo models convert. Other architectures need the library spandrel, installed by hand. The x4 and x2
    upscalers of Stable Diffusion and LDM super resolution are read as diffusers folders; they draw in steps.
    """
    wanted = preferences()
    catalog = Catalog(wanted.model_folders)
    network = model if model is not None else _own_network(catalog)
    refine = (refine if refine is not None else not network) or refine_model is not None
    info = catalog.find_beside(UpscalerInfo, network) if network else None
    own_steps = steps if info is not None and info.steps and not refine else None
    asked = Upscale(scale, network, refine, tile, overlap, own_steps, noise_level)
    request = _request(image, asked, catalog, wanted, refine_model)
    request = _varied(request, info, image, prompt, strength, steps, seed, speed).validated()
    destination = Destination.of(output, request, wanted, format, force, None)
    reporter = reporter_for(json=json, json_lines=json_lines, quiet=quiet, images=1)
    if not (json or json_lines or quiet):
        typer.echo(_plan_in_words(request), err=True)
    control = Control(wants_previews=False)
    make(events_of(request, catalog, device or wanted.device, control), destination, reporter)


def _own_network(catalog: Catalog) -> str:
    known = only_upscaler(catalog.beside(UpscalerInfo))
    return known.name if known is not None else ""


def _request(
    path: Path, upscale: Upscale, catalog: Catalog, wanted: Preferences, model: str | None
) -> GenerationRequest:
    picture = open_layer(path)
    alpha = picture.alpha
    if alpha is not None and (alpha < 255).any():
        upscale = replace(upscale, alpha=MaskInput.of(alpha, path.name))
    name = model or wanted.default_model
    base = catalog.find(name).request() if upscale.refine else GenerationRequest(model=name)
    base = replace(base, model=name, sampling=replace(base.sampling, strength=REFINE_STRENGTH))
    source = ImageInput.of(picture.rgb, path.name)
    upscale.check(source.extent)
    return base.with_upscale(source, upscale)


def _varied(
    request: GenerationRequest,
    info: UpscalerInfo | None,
    image: Path,
    prompt: str | None,
    strength: float | None,
    steps: int | None,
    seed: int | None,
    speed: Speed | None,
) -> GenerationRequest:
    """`request` with what was said. Raises `BadRequest` for what neither network nor refinement takes."""
    is_refined = request.upscale is not None and request.upscale.refine
    has_steps = is_refined or (info is not None and info.steps > 0)
    reads = is_refined or (info is not None and info.reads_words)
    for name, value, is_taken in (
        ("prompt", prompt, reads),
        ("strength", strength, is_refined),
        ("steps", steps, has_steps),
        ("seed", seed, has_steps),
    ):
        if value is not None and not is_taken:
            raise BadRequest(name, "is for a model that refines; add --refine")
    sampling = request.sampling
    if has_steps:
        sampling = replace(sampling, seed=seed if seed is not None else random_seed())
    if is_refined:
        told = {"strength": strength, "steps": steps}
        sampling = replace(sampling, **{name: value for name, value in told.items() if value is not None})
    words = prompt if prompt is not None else surroundings_of(image) if reads else ""
    return replace(request, prompt=words, sampling=sampling, speed=speed or request.speed)


def _plan_in_words(request: GenerationRequest) -> str:
    """What will be done, before it takes its time."""
    upscale, source = request.upscale, request.image
    assert upscale is not None and source is not None
    how = f"by {upscale.network or LANCZOS}"
    if not upscale.network:
        how += ", a filter that invents nothing: there is no upscaling network"
    refined = f"; {request.model} then draws detail at strength {request.sampling.strength:g}"
    return f"{source.width}x{source.height} to {request.extent} {how}{refined if upscale.refine else ''}."
