"""Enlarging: a network or a filter makes the picture larger, then a model may draw new detail in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.edit import LONGEST_CANVAS_SIDE, MOST_CANVAS_PIXELS
from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.images import Extent
from engine.api.limits import Limits, check_within
from engine.api.mask import MaskInput

UPSCALE_LIMITS: dict[str, Limits] = {
    "scale": (1.0, 16.0),
    "tile_px": (64, 4096),
    "overlap_px": (0, 1024),
    "steps": (1, 1000),
    "noise_level": (0, 350),
}
"""Lowest and highest accepted value of each number; the window's fields read them too."""

LANCZOS = "Lanczos"
"""What enlarges where there is no network, as recipes call it; a filter that invents nothing."""
REFINE_STRENGTH = 0.2
"""`Sampling.strength` that goes with a refinement: enough for new detail, too little for new things."""


@dataclass(frozen=True)
class Upscale:
    """How `GenerationRequest.image` is enlarged. The model and the prompt count only where it is refined."""

    scale: float = 2.0
    """The result is so many times as wide and as high, rounded to whole pixels."""
    network: str = ""
    """Name or path of an upscaling network; empty: Lanczos. Its own scale may be another: it is run as often
    as is needed, and the rest is averaged down."""
    refine: bool = False
    """The request's model draws detail into the enlarged picture, as far as `Sampling.strength` lets it."""
    tile_px: int | None = None
    """Side of what is worked on at once, in pixels of the result where it is refined and of the picture where
    a network enlarges it. None: the model's own size; 256 for a network."""
    overlap_px: int | None = None
    """By how much neighbouring tiles overlap, where they are blended. None: a quarter of a tile that is
    refined, an eighth of a network's."""
    steps: int | None = None
    """Of a network that draws in steps; None: as its makers recommend."""
    noise_level: int | None = None
    """How far a network that lays noise on the picture may draw it anew; None: as its makers recommend."""
    alpha: MaskInput | None = None
    """The picture's, as large as it; enlarged evenly. None: it is opaque."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def extent(self, source: Extent) -> Extent:
        """The result's size for a picture of size `source`."""
        return Extent(*(max(1, round(side * self.scale)) for side in source))

    def check(self, source: Extent) -> None:
        """Raises `BadRequest` naming the first field that is wrong for a picture of size `source`."""
        for name, limits in UPSCALE_LIMITS.items():
            if (value := getattr(self, name)) is not None:
                check_within(name, value, limits)
        for name in ("steps", "noise_level"):
            if getattr(self, name) is not None and not self.network:
                raise BadRequest(name, "is for a network that draws in steps; name one, or leave it out")
        tile, overlap = self.tile_px, self.overlap_px
        if tile is not None and overlap is not None and overlap * 2 > tile:
            raise BadRequest("overlap_px", f"must be at most half of the tile, {tile // 2}, not {overlap}")
        if self.alpha is not None and self.alpha.extent != source:
            raise BadRequest("alpha", f"is {self.alpha.extent}, and the picture {source}")
        extent = self.extent(source)
        if max(extent) > LONGEST_CANVAS_SIDE or extent.width * extent.height > MOST_CANVAS_PIXELS:
            by_area = math.sqrt(MOST_CANVAS_PIXELS / math.prod(source))
            largest = math.floor(min(LONGEST_CANVAS_SIDE / max(source), by_area) * 100) / 100
            raise BadRequest(
                "scale",
                f"makes a picture of {extent}; {LONGEST_CANVAS_SIDE:,} a side and "
                f"{MOST_CANVAS_PIXELS // 10**6} megapixels are the most; a scale of {largest:g} fits",
                largest=largest,
            )


@dataclass(frozen=True)
class UpscalerInfo:
    """An upscaling network, known from its header before a number is read."""

    name: str
    """Unique among them; what `Upscale.network` holds."""
    path: Path
    architecture: str
    """As the field calls it: RRDB (ESRGAN, Real-ESRGAN), SRVGG (Real-ESRGAN compact), SwinIR, ..."""
    scale: int = 0
    """How many times larger its pictures are; 0 where only the library that loads it can tell."""
    steps: int = 0
    """Of one that draws in steps: how many its makers recommend; 0 where it enlarges at once."""
    tile_px: int = 0
    """Side of what it is given at once, where its makers say it; 0 where any size does."""
    reads_words: bool = False
    """True where it is told in words what the picture shows."""
    noise_level: int | None = None
    """What its makers recommend, where it lays noise on the picture first."""
    is_built_in: bool = True
    """False where it takes the library spandrel, which has to be installed by hand."""
    parameters: int = 0
    bytes: int = 0
    licence: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class UpscaleReport:
    """What enlarged a picture, and how well its tiles meet; for the recipe."""

    network: str
    """Its name, or `Lanczos`."""
    sha256: str = ""
    """Of the network's file."""
    tile_px: int = 0
    """Side of the tiles that were refined; 0 where none was."""
    seam: float | None = None
    """How much steeper the change is where tiles meet than right beside it; about 1 where none is seen."""
    extra: Mapping[str, Json] = field(default_factory=dict)
