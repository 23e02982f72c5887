"""The section of places with words of their own: paint where, write what."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.panels.icon_button import LabelledButton
from desktop.panels.region_row import RegionRow
from desktop.panels.rows import RowsPanel
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, regions
from desktop.state.document.document import Document
from desktop.state.document.document_region import DocumentRegion, find_region
from desktop.state.studio import Studio
from desktop.tools.workbench import Workbench
from engine.api.request import MOST_REGIONS

WIDTH_PX = 60
"""Of the brush one begins to paint with, on a canvas of 512 pixels."""


class RegionsPanel(RowsPanel[RegionRow]):
    """Rows for the regions of the open document."""

    document_wanted = Signal()
    """A region belongs to a document. Who gives one at once lets it be added."""
    paint_asked = Signal(str)
    submitted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(16, parent)
        self._studio = studio
        self._followed: Document | None = None
        self.add = LabelledButton("plus", self.tr("Place"))
        self.add.setAccessibleName(self.tr("Add a place with words"))
        self.add.setMenu(self._menu())
        self.add_buttons(self.add)
        studio.models.changed.connect(self._show_abilities)
        studio.generation.changed.connect(self._on_generation)
        studio.documents.changed.connect(self._follow)
        self._follow()

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(self.tr("Paint it"), self.add_painted)
        self.from_mask = menu.addAction(self.tr("From the mask"), lambda: self._add_from(_mask_of))
        self.from_selection = menu.addAction(
            self.tr("From the selection"), lambda: self._add_from(_selection_of)
        )
        menu.aboutToShow.connect(self._show_sources)
        return menu

    def _follow(self) -> None:
        document = self._studio.document
        if document is not self._followed:
            self._followed = document
            document.regions_changed.connect(self._show_regions)
            document.layers_changed.connect(self._show_layers)
            document.settled.connect(self._show_layers)
        self._show_regions()

    def _on_generation(self, field: str) -> None:
        if field == "model":
            self._show_abilities()

    @property
    def _can_follow(self) -> bool:
        info = self._studio.models.get(self._studio.generation.model)
        return info is None or info.capabilities.regions

    @property
    def _is_boxed(self) -> bool:
        info = self._studio.models.get(self._studio.generation.model)
        return info is not None and info.capabilities.boxes

    @property
    def _holds_pictures(self) -> bool:
        info = self._studio.models.get(self._studio.generation.model)
        return info is not None and info.capabilities.box_pictures

    def _show_abilities(self) -> None:
        self.add.setEnabled(self._can_follow and len(self.rows) < MOST_REGIONS)
        for row in self.rows:
            row.setEnabled(self._can_follow)
        if not self._can_follow:
            text = self.tr("This model cannot follow words for places.")
        elif self._holds_pictures:
            text = self.tr(
                "This model puts what each sentence says, and the reference pictures that count there, into "
                "the box around its place."
            )
        elif self._is_boxed:
            text = self.tr("This model puts what each sentence says into the box around its place.")
        elif not self.rows:
            text = self.tr("Paint a place and give it a sentence; elsewhere the prompt counts.")
        else:
            text = ""
        self.say(text)

    def _show_sources(self) -> None:
        document = self._studio.document
        self.from_mask.setEnabled(bool(document.mask.keys()))
        self.from_selection.setEnabled(document.selection is not None)

    def _show_regions(self) -> None:
        given = self._studio.document.regions
        if [row.id for row in self.rows] != [region.id for region in given]:
            here = {(row.id, row.number): row for row in self.rows}  # a row's names have its number
            self.set_rows(
                [
                    here.get((region.id, number)) or self._row(region, number)
                    for number, region in enumerate(given, 1)
                ]
            )
        for row, region in zip(self.rows, given, strict=True):
            row.show_region(region)
        self._show_abilities()

    def _row(self, region: DocumentRegion, number: int) -> RegionRow:
        row = RegionRow(self._studio, region, number)
        row.paint_asked.connect(self.paint_asked)
        row.submitted.connect(self.submitted)
        return row

    def _show_layers(self, *_: object) -> None:
        for row in self.rows:
            row.show_layer()

    # what the artist does

    def add_painted(self) -> None:
        """An empty one, with the brush in hand."""

        def add() -> None:
            self._add(None)
            self.paint_asked.emit(self.rows[-1].id)

        self._in_line(add)

    def _add_from(self, source: Callable[[Document], Tiles | None]) -> None:
        def add() -> None:
            coverage = source(self._studio.document)
            if coverage is not None:
                self._add(coverage.snapshot())
                self.rows[-1].words.setFocus()

        self._in_line(add)

    def _in_line(self, do: Callable[[], object]) -> None:
        """After what the document is worked on with in the background."""
        self.document_wanted.emit()
        self._studio.document.when_free(do)

    def _add(self, coverage: Tiles | None) -> None:
        document = self._studio.document
        name = self.tr("Place {number}").format(number=len(document.regions) + 1)
        regions.add(document, name, coverage)


class RegionWork(QObject):
    """What the section asks for outside of itself: the document in sight, a brush in hand."""

    def __init__(
        self,
        studio: Studio,
        bench: Workbench,
        panel: RegionsPanel,
        show_document: Callable[[], object],
        generate: Callable[[], object],
    ) -> None:
        super().__init__(panel)
        self._studio, self._bench, self._show_document = studio, bench, show_document
        panel.document_wanted.connect(show_document)
        panel.paint_asked.connect(self.paint)
        panel.submitted.connect(generate)

    def paint(self, id: str) -> None:
        """Its layer is seen and active, and a brush with its colour is in hand."""
        self._show_document()
        document = self._studio.document
        region = find_region(document.regions, id)
        layer = document.layer(region.layer) if region is not None else None
        if region is None or layer is None:
            return
        layer_commands.set_shown(document, layer, True)
        layer_commands.activate(document, layer)
        self._bench.paints_mask = False
        self._bench.take_up("brush")
        self._bench.foreground = region.colour
        self._bench.begin_with_brush(f"places {document.id}", WIDTH_PX * max(document.size) / 512)
        self._studio.messages.info(
            self.tr("Paint the place, then write its words beside it. It is no part of the picture.")
        )


def _mask_of(document: Document) -> Tiles | None:
    return document.mask if document.mask.keys() else None


def _selection_of(document: Document) -> Tiles | None:
    return document.selection
