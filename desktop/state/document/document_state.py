"""All of a document in one value: undoing is going back to the value before."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import tree
from desktop.state.document.document_map import DocumentMap
from desktop.state.document.document_region import DocumentRegion
from desktop.state.document.layers import Group, new_id
from engine.api.images import Extent


class MaskMode(enum.StrEnum):
    """What the active mask says."""

    CHANGE = "change"
    """What is painted may change."""
    KEEP = "keep"
    """What is painted stays; everything else may change."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ShelfMask:
    """A mask with a name, kept for later."""

    id: str = field(default_factory=new_id)
    name: str
    coverage: Tiles
    size: Extent
    """Of the picture it was made on; on another one it is scaled."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DocumentState:
    """Frozen; the tiles in it are not, but every change of theirs is in the history."""

    size: Extent
    root: Group
    active_id: str
    """The layer that is painted on."""
    selection: Tiles | None = None
    """Coverage; None where nothing is selected (then everything may be painted)."""
    mask: Tiles = field(default_factory=lambda: Tiles(Kind.COVERAGE))
    """The active edit mask."""
    mask_mode: MaskMode = MaskMode.CHANGE
    shelf: tuple[ShelfMask, ...] = ()
    maps: tuple[DocumentMap, ...] = ()
    """What the next picture follows besides words."""
    regions: tuple[DocumentRegion, ...] = ()
    """Places with words of their own."""
    settings: str = ""
    """The settings for generating, as JSON; the document only keeps them."""
    origin: tuple[int, int] = (0, 0)
    """Where the canvas' corner lies, counted from where it lay at first: what comes for a canvas that was
    cropped meanwhile still finds its place."""

    def copy(self) -> DocumentState:
        """The same with tiles of its own, which share the pixels: to be read in another thread."""
        copies: dict[int, Tiles] = {}

        def own(store: Tiles) -> Tiles:
            return copies.setdefault(id(store), store.snapshot())

        return replace(
            self,
            root=tree.all_with_stores(self.root, own),
            selection=None if self.selection is None else own(self.selection),
            mask=own(self.mask),
            shelf=tuple(replace(held, coverage=own(held.coverage)) for held in self.shelf),
        )

    def stores(self) -> Iterator[Tiles]:
        """All tiles of the document."""
        yield from tree.stores_of(self.root)
        if self.selection is not None:
            yield self.selection
        yield self.mask
        for shelf_mask in self.shelf:
            yield shelf_mask.coverage
