"""`lienzo/state.json`: what OpenRaster has no words for, as plain data. Its shape is a promise to old files.

A new field gets a default, and old files go on; another shape raises `VERSION` and is a migration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.form import Json

FORMAT = "lienzo-document"
VERSION = 2


@dataclass(frozen=True)
class KeptPixels:
    """A PNG of the archive and where its corner lies: in the layer's own coordinates, or on the canvas."""

    member: str
    left: int
    top: int


@dataclass(frozen=True)
class KeptVariant:
    id: str
    pixels: KeptPixels | None = None
    """None where nothing is there, here and below."""
    brushed: KeptPixels | None = None
    has_brushed: bool = False
    recipe: Mapping[str, Json] | None = None


@dataclass(frozen=True)
class KeptLayer:
    """`kind` is `paint`, `image`, `mask`, `result` or `group`; each uses its own fields."""

    kind: str
    id: str
    name: str
    opacity: float = 1.0
    blend: str = "svg:src-over"
    visible: bool = True
    locked: bool = False
    alpha_locked: bool = False
    offset: tuple[int, ...] = (0, 0)
    foreign: Mapping[str, str] = field(default_factory=dict)
    pixels: KeptPixels | None = None
    source: str = ""
    """Of an image: its file's name."""
    variants: tuple[KeptVariant, ...] = ()
    chosen: int = 0
    mask: KeptPixels | None = None
    has_mask: bool = False
    before: KeptPixels | None = None
    """Of a result: what its request saw."""
    has_before: bool = False
    source_hash: str = ""
    verdict: str = "proposed"
    shows_before: bool = False
    isolated: bool = False
    is_folded: bool = False
    children: tuple[KeptLayer, ...] = ()
    """The lowest first."""


@dataclass(frozen=True)
class KeptMask:
    """A mask of the shelf."""

    id: str
    name: str
    width: int
    height: int
    pixels: KeptPixels | None = None


@dataclass(frozen=True)
class KeptDocument:
    width: int
    height: int
    root: KeptLayer
    active: str = ""
    """Id of the layer that is painted on."""
    selection: KeptPixels | None = None
    has_selection: bool = False
    mask: KeptPixels | None = None
    mask_mode: str = "change"
    shelf: tuple[KeptMask, ...] = ()
    origin: tuple[int, ...] = (0, 0)
    """Where the canvas' corner lies, counted from where it lay at first."""
    maps: tuple[Mapping[str, Json], ...] = ()
    """What pictures follow besides words; layers by their ids."""
    regions: tuple[Mapping[str, Json], ...] = ()
    """Places with words of their own; layers by their ids."""
    settings: str = ""
    view: str = ""
    """How one looked at it; JSON of the canvas, which alone understands it."""
    stack_sha256: str = ""
    """Of the `stack.xml` that was written with this; where another program saved since, that is believed."""
    format: str = FORMAT
    version: int = VERSION
    program: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)
