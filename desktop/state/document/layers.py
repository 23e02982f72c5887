"""What a document is made of: layers as values. Their pixels are tiles that all versions of a layer share."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from desktop.raster.blend import Blend
from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from engine.api.recipe import Recipe


def new_id() -> str:
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """What every layer has. Two versions of one layer have the same `id`."""

    id: str = field(default_factory=new_id)
    name: str
    opacity: float = 1.0
    """0 to 1."""
    blend: Blend = Blend.NORMAL
    visible: bool = True
    locked: bool = False
    alpha_locked: bool = False
    """Painting changes colours, never the shape of what is there."""
    offset: tuple[int, int] = (0, 0)
    """Where the layer's own (0, 0) lies on the canvas: right, down."""
    foreign: tuple[tuple[str, str], ...] = ()
    """What another program wrote beside it into its file (attributes by their names), to be written again."""

    @property
    def pixels(self) -> Tiles | None:
        """What one sees and paints of it; None for a group."""
        return None

    @property
    def stores(self) -> tuple[Tiles, ...]:
        """All tiles it owns."""
        return ()

    @property
    def is_paintable(self) -> bool:
        return not self.locked and self.pixels is not None

    def bounds(self) -> Rect:
        """Where it may show, in canvas pixels."""
        return EMPTY if self.pixels is None else self.pixels.bounds().moved(*self.offset)


@dataclass(frozen=True, eq=False, kw_only=True)
class PaintLayer(Layer):
    """Painted by hand."""

    tiles: Tiles = field(default_factory=Tiles)

    @property
    def pixels(self) -> Tiles:
        return self.tiles

    @property
    def stores(self) -> tuple[Tiles, ...]:
        return (self.tiles,)


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageLayer(PaintLayer):
    """A picture that was placed; it remembers which."""

    source: str = ""
    """The name of its file."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MaskLayer(Layer):
    """Shows what lies below it in its group only where it covers; part of the picture."""

    coverage: Tiles = field(default_factory=lambda: Tiles(Kind.COVERAGE))

    @property
    def pixels(self) -> Tiles:
        return self.coverage

    @property
    def stores(self) -> tuple[Tiles, ...]:
        return (self.coverage,)


class Verdict(enum.StrEnum):
    """What the artist thinks of a result; may change at any time."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


@dataclass(frozen=True, eq=False, kw_only=True)
class Variant:
    """One picture of a request."""

    id: str = field(default_factory=new_id)
    tiles: Tiles
    recipe: Recipe | None = None
    """How it was made; None for pixels without a story."""
    brushed: Tiles | None = None
    """Where the variant brush lets it show over the chosen one (coverage)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ResultLayer(Layer):
    """What one request made, and all that is needed to make, vary or take it back later."""

    variants: tuple[Variant, ...]
    chosen: int = 0
    mask: Tiles | None = None
    """Where the request was allowed to change the picture (coverage, in the layer's own coordinates)."""
    source: Tiles | None = None
    """What was there before, as the request saw it; what is untouched is shared with the layers."""
    source_hash: str = ""
    verdict: Verdict = Verdict.PROPOSED
    shows_before: bool = False
    """The artist looks at the picture as it was without this layer."""

    @property
    def variant(self) -> Variant:
        return self.variants[self.chosen]

    @property
    def pixels(self) -> Tiles:
        return self.variant.tiles

    @property
    def is_paintable(self) -> bool:
        """Its pixels are what the recipe says; a paint layer can be made of it."""
        return False

    @property
    def is_shown(self) -> bool:
        return self.verdict is not Verdict.DISCARDED and not self.shows_before

    @property
    def stores(self) -> tuple[Tiles, ...]:
        own = [self.mask, self.source]
        for variant in self.variants:
            own += [variant.tiles, variant.brushed]
        return tuple(tiles for tiles in own if tiles is not None)

    def bounds(self) -> Rect:
        shown = self.variant.tiles.bounds()
        for variant in self.variants:
            if variant.brushed is not None:
                shown = shown.united(variant.tiles.bounds().intersected(variant.brushed.bounds()))
        return shown.moved(*self.offset)


@dataclass(frozen=True, eq=False, kw_only=True)
class Group(Layer):
    """Layers that are moved, shown and blended together."""

    children: tuple[Layer, ...] = ()
    """The lowest first."""
    isolated: bool = False
    """Composed by itself before it meets what is below, also where nothing else asks for that."""
    is_folded: bool = False
    """In the list of layers."""

    @property
    def stands_alone(self) -> bool:
        """Whether its layers are blended with each other first (OpenRaster: isolation). A mask layer cuts
        only its own group."""
        return (
            self.isolated
            or self.opacity < 1
            or self.blend is not Blend.NORMAL
            or any(isinstance(child, MaskLayer) or child.blend.clears_outside for child in self.children)
        )

    def bounds(self) -> Rect:
        whole = EMPTY
        for child in self.children:
            whole = whole.united(child.bounds())
        return whole

    def walk(self) -> Iterator[Layer]:
        """Every layer below this one, groups before what they hold, the lowest first."""
        for child in self.children:
            yield child
            if isinstance(child, Group):
                yield from child.walk()
