"""Puts down what floats: roughly while one drags, well at the end; what is large in the background."""

from __future__ import annotations

from desktop.raster.tiles import Tiles
from desktop.raster.transform import Affine, transformed
from desktop.state.document.document import Document
from desktop.state.document.errand import QUICK_PIXELS
from desktop.tools.floating import Floating


class Putting:
    """Of one change under way; only inside `Document.begin`."""

    def __init__(self, document: Document, floating: Floating) -> None:
        self._document, self._floating = document, floating
        self._pixels = floating.content.area
        self.is_shown = False
        """Whether anything was put down so far."""

    def draft(self, affine: Affine) -> None:
        """A look at it; of what is large as soon as that is made."""
        self.is_shown = True
        if self._pixels <= QUICK_PIXELS:
            self._floating.put(affine, is_draft=True)
        else:
            self._document.sketch(lambda: self._floating.made(affine, is_draft=True), self._floating.show)

    def last(self, affine: Affine, selection: Tiles | None) -> None:
        """As it stays, with the selection; what was begun is over when that is there."""

        def work() -> tuple[Tiles, Tiles | None]:
            there = transformed(selection, affine) if selection is not None else None
            return self._floating.made(affine), there

        def take(found: tuple[Tiles, Tiles | None]) -> None:
            layer, there = found
            self._floating.show(layer)
            if there is not None:
                self._document.set_selection(there)

        self._document.compute_last(work, take, self._pixels)
