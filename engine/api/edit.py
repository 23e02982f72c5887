"""An edit: what of a picture may change, and how what changes is joined to what stays."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.images import Extent
from engine.api.limits import check_within
from engine.api.mask import MaskInput
from engine.api.rect import Rect
from engine.api.text import clean_text

EDIT_LIMITS: dict[str, tuple[int, int]] = {
    "grow_px": (0, 512),
    "feather_px": (0, 1024),
    "paste_feather_px": (0, 1024),
    "padding_px": (0, 8192),
    "working_side_px": (64, 4096),
    "extend": (0, 8192),
}
"""Lowest and highest accepted value of each number; the window's sliders read them too."""

LONGEST_CANVAS_SIDE = 16_384
MOST_CANVAS_PIXELS = 178_000_000
MOST_PLACE_PROMPTS = 64


class EditMode(enum.StrEnum):
    """What the painted mask means."""

    CHANGE = "change"
    """What is painted changes."""
    KEEP = "keep"
    """What is painted stays; everything else may change."""


class EditKind(enum.StrEnum):
    """What the artist is up to; `PRESETS` has the settings that go with it."""

    CHANGE = "change"
    REMOVE = "remove"
    """Something goes, and what is around it goes on in its place; the prompt says what that is."""
    REFINE = "refine"
    """The same again with better detail."""


class FillMode(enum.StrEnum):
    """What the network finds in the changing place when it begins."""

    ORIGINAL = "original"
    NEUTRAL = "neutral"
    """Middle grey."""
    BLURRED = "blurred"
    """The surroundings, blurred into it."""
    EDGE = "edge"
    """The edges of what stays, continued into it."""
    NOISE = "noise"
    """Coloured noise."""


class SeamMode(enum.StrEnum):
    """How colours are brought together across the border, from the lightest."""

    AUTO = "auto"
    """The lightest that brings the border near the source's own contrast. None around what a mask keeps:
    the edge of a thing is no seam, and its old surroundings must not shine into the new ones."""
    OFF = "off"
    MEAN = "mean"
    """Brightness and contrast of the whole place."""
    LOW_FREQUENCY = "low-frequency"
    """Only what varies slowly, fading away from the border."""
    POISSON = "poisson"
    """The place's detail on the surroundings' colours, https://doi.org/10.1145/882262.882269."""


class Preset(NamedTuple):
    strength: float
    fill: FillMode


PRESETS: Mapping[EditKind, Preset] = {
    EditKind.CHANGE: Preset(1.0, FillMode.ORIGINAL),
    EditKind.REMOVE: Preset(1.0, FillMode.EDGE),
    EditKind.REFINE: Preset(0.3, FillMode.ORIGINAL),
}
"""Good settings for each kind; the engine follows the request's own."""


@dataclass(frozen=True)
class Margins:
    """By how many pixels the canvas is extended at each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def __bool__(self) -> bool:
        return bool(self.left or self.top or self.right or self.bottom)


@dataclass(frozen=True)
class PlacePrompt:
    """Words for one of several separate places, instead of the request's."""

    prompt: str
    x: int | None = None
    y: int | None = None
    """A pixel in or near the place, in the source picture; None: the places are counted as one reads."""
    negative_prompt: str | None = None
    """None: the request's."""

    def cleaned(self) -> PlacePrompt:
        negative = self.negative_prompt
        return replace(
            self,
            prompt=clean_text(self.prompt),
            negative_prompt=clean_text(negative) if negative is not None else None,
        )

    @property
    def has_point(self) -> bool:
        return self.x is not None and self.y is not None


@dataclass(frozen=True)
class Edit:
    """What of `GenerationRequest.image` may change. `Sampling.strength` says how much.

    All pixels are those of the source picture, (0, 0) its top left. A pixel that may not change is in the
    result exactly as it was. Without mask, margins and frame everything may change.
    """

    mask: MaskInput | None = None
    """As large as the source. A soft value is how much its pixel may change."""
    mode: EditMode = EditMode.CHANGE
    kind: EditKind = EditKind.CHANGE
    """Told to people; `fill` and `strength` are what is done."""
    grow_px: int = 0
    """The changing place becomes larger by so much; what it then covers is no longer kept."""
    feather_px: int | None = None
    """How far outside the changing place the network eases into what stays, so that both fit. Nothing of
    that is pasted. None: a tenth of the place; a latent cell into what a mask keeps."""
    padding_px: int | None = None
    """How much around the changing place the network sees. None: chosen from place and picture."""
    fill: FillMode = FillMode.ORIGINAL
    paste_feather_px: int | None = None
    """How far inside the changing place the result is blended with the source. None: a few pixels; one around
    what a mask keeps."""
    extend: Margins = Margins()
    """New canvas around the source; it is always changing."""
    frame: Rect | None = None
    """Only what lies inside changes, and it is what the network sees. Beyond the source it is new canvas."""
    places: tuple[PlacePrompt, ...] = ()
    seam: SeamMode = SeamMode.AUTO
    working_side_px: int | None = None
    """Side of a square as large as what the network works on. None: the model's own size."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def has_mask(self) -> bool:
        """True where something says what may change; else all may."""
        return self.mask is not None or self.frame is not None or bool(self.extend)

    def canvas(self, source: Extent) -> Rect:
        """The result's rectangle for a picture of size `source`, in the source's pixels."""
        margins = self.extend
        whole = Rect.between(
            -margins.left, -margins.top, source.width + margins.right, source.height + margins.bottom
        )
        return whole | self.frame if self.frame is not None else whole

    def check(self, source: Extent) -> None:
        """Raises `BadRequest` naming the first field that is wrong for a picture of size `source`."""
        for name in ("grow_px", "feather_px", "paste_feather_px", "padding_px", "working_side_px"):
            value = getattr(self, name)
            if value is not None:
                check_within(name, value, EDIT_LIMITS[name], whole=True)
        for side in ("left", "top", "right", "bottom"):
            check_within("extend", getattr(self.extend, side), EDIT_LIMITS["extend"], whole=True)
        if self.frame is not None and not self.frame:
            raise BadRequest("frame", "must hold at least one pixel")
        if len(self.places) > MOST_PLACE_PROMPTS:
            raise BadRequest("places", f"at most {MOST_PLACE_PROMPTS} places can have words of their own")
        canvas = self.canvas(source)
        if max(canvas.extent) > LONGEST_CANVAS_SIDE or canvas.area > MOST_CANVAS_PIXELS:
            name = "frame" if self.frame is not None else "extend"
            raise BadRequest(
                name,
                f"makes a picture of {canvas.extent}; {LONGEST_CANVAS_SIDE:,} a side and "
                f"{MOST_CANVAS_PIXELS // 10**6} million pixels are the limit",
            )
        if self.mask is not None:
            self._check_mask(self.mask, source)

    def cleaned(self, longest: int) -> Edit:
        """This edit with harmless text. Raises `BadRequest` for words longer than `longest` characters."""
        for number, place in enumerate(self.places):
            for name in ("prompt", "negative_prompt"):
                if len(getattr(place, name) or "") > longest:
                    raise BadRequest(f"places[{number}].{name}", f"is longer than {longest:,} characters")
        return replace(self, places=tuple(place.cleaned() for place in self.places))

    def _check_mask(self, mask: MaskInput, source: Extent) -> None:
        if mask.extent != source:
            turned = " It seems to be turned." if mask.extent == source[::-1] else ""
            raise BadRequest(
                "mask",
                f"{mask.name or 'the mask'} is {mask.extent} and the picture {source}; both must be of one "
                f"size.{turned} Scale or crop the mask to the picture's",
                problem="mask_size",
            )
        if mask.pixels is not None and not Rect.of(source).holds(mask.bounds):
            raise BadRequest("mask", "its pixels reach beyond the picture", problem="mask_size")


@dataclass(frozen=True)
class SeamReport:
    """Colour difference across the border of what was pasted, CIEDE2000: 0 is none and 1 just seen."""

    before: float
    after: float
    own: float
    """The source's own contrast there: what one cannot see as a seam."""
    method: SeamMode
    """What was done; `OFF` where nothing was needed or wanted."""


@dataclass(frozen=True)
class PlaceReport:
    """What was made of one place."""

    crop: Rect
    """What the network saw; may reach beyond the canvas, where the edge is continued."""
    working: Extent
    """How large it was for the network."""
    prompt: str
    seam: SeamReport | None = None
    """None where nothing that stays borders on it."""


@dataclass(frozen=True)
class EditReport:
    """What an edit did to the picture, counted in the finished pixels."""

    kept_pixels: int
    """Pixels of the source that had to stay."""
    kept_changed: int
    """How many of them differ: 0."""
    changed_pixels: int
    """Pixels that may differ and do, new canvas included."""
    places: tuple[PlaceReport, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)
