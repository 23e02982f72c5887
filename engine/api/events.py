"""What a running request says, in order: Loading*, Step*, ImageReady (each picture), Finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.form import Json
from engine.api.images import Depth, Pixels, Stack
from engine.api.mask import Coverage
from engine.api.pose import Figure
from engine.api.recipe import Environment, Recipe
from engine.api.rect import Rect


@dataclass(frozen=True)
class Ready:
    """The engine process is up; said once, before anything is asked of it."""

    environment: Environment
    device: str = "cpu"
    """torch's name: `cpu`, `cuda:0`, `mps`."""
    device_title: str = ""
    """The hardware's name, for people."""
    free_bytes: int = 0
    """Memory that is free on the device."""
    extra: Mapping[str, Json] = field(default_factory=dict)
    has_short_numbers: bool = True
    """It computes in 16 bits without losing time by it."""


@dataclass(frozen=True)
class Loading:
    """Something is prepared before the first step."""

    stage: str
    """`model`, `text_encoder`, `prompt`, `image`, `upscale`, `decode`, ...; the reader has words."""
    share: float | None = None
    """0 to 1 where it is known."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Step:
    """One denoising step is done."""

    index: int
    """1 to `total`."""
    total: int
    sigma: float
    """Noise level after which this estimate was made: noise / signal, infinity allowed at zero SNR as 1e9."""
    preview: Pixels | None = None
    """The estimate of the clean picture (x0), h x w x 3; smaller than the picture, same proportions."""
    image_index: int = 0
    seconds: float = 0.0
    """Since the step before (or since the loop began)."""
    rect: Rect | None = None
    """Of an edit: where the preview lies, in the source picture's pixels; may reach beyond the canvas."""
    place_index: int = 0
    """Of an edit: the place in its plan that this step works on; the steps of all places are counted on."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """Something the artist should know while the job goes on, e.g. a rung of the memory ladder."""

    code: str
    """`tiled_decode`, `offload`, `prompt_cut`, `approximate_branch`, ...: the reader says it in words."""
    detail: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ImageReady:
    """One finished picture. Never dropped on its way."""

    pixels: Pixels
    recipe: Recipe
    image_index: int = 0
    alpha: Coverage | None = None
    """H x W where the picture that was enlarged has one; None: it is opaque."""
    layers: Stack | None = None
    """What the picture was taken apart into; None where it was not. Over one another and over white
    they are `pixels`."""
    depth: Depth | None = None
    """Of a model that draws it beside the colours."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class MaskReady:
    """What a `SegmentRequest` asked for. Never dropped on its way."""

    coverage: Coverage
    """H x W of the request's picture: 255 where the thing is."""
    score: float = 0.0
    """How sure the network is that this is all of one thing: about 0 to 1."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class MapReady:
    """What a `LookRequest` asked for. Never dropped on its way."""

    pixels: Pixels
    """H x W x 3, as large as the request's picture."""
    by: str = ""
    """The network that drew it; empty: none."""
    figures: tuple[Figure, ...] = ()
    """Of a pose: the people that were found, in shares of the picture."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """The request is done; nothing follows."""

    images: int
    seconds: float
    extra: Mapping[str, Json] = field(default_factory=dict)


Event = Ready | Loading | Step | Notice | ImageReady | MaskReady | MapReady | Finished

EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (Ready, Loading, Step, Notice, ImageReady, MaskReady, MapReady, Finished)
}
