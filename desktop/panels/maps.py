"""The Maps section: what the next picture follows besides words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.panels.icon_button import LabelledButton
from desktop.panels.map_row import MapRow
from desktop.panels.map_words import kind_hint, kind_name
from desktop.panels.rows import RowsPanel
from desktop.state.document import maps
from desktop.state.document.blank import is_blank
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.state.studio import Studio
from engine.api.maps import SHOWN, MapKind
from engine.api.pose import Figure
from engine.api.vision import first_drawer

PAINTED = (MapKind.LINES, MapKind.SCRIBBLE, MapKind.DEPTH, MapKind.SEGMENTATION)
"""Kinds that one paints where there is no picture yet to draw them from."""


class MapsPanel(RowsPanel[MapRow]):
    """Rows for the maps of the document, and a menu of the kinds that this model can follow."""

    document_wanted = Signal()
    """A map belongs to a document. Who gives one at once lets it be added."""
    paint_asked = Signal(str)
    pose_asked = Signal(str)
    colour_chosen = Signal(str)
    source_asked = Signal(str, str)
    """As `MapRow` says them."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(16, parent)
        self._studio = studio
        self._followed: Document | None = None
        self.add = LabelledButton("plus", self.tr("Map"))
        self.add.setAccessibleName(self.tr("Add a map"))
        self.add.setMenu(QMenu(self))
        self.add.menu().setToolTipsVisible(True)
        self.add_buttons(self.add)
        studio.learnt.changed.connect(self._take_networks)
        studio.models.changed.connect(self._show_kinds)
        studio.generation.changed.connect(self._on_generation)
        studio.documents.changed.connect(self._follow)
        views = studio.editing.map_views
        views.changed.connect(self._show_views)
        studio.map_looking.changed.connect(self._show_views)
        views.shown_changed.connect(self._show_eyes)
        self._follow()
        self._show_kinds()

    # following

    def _follow(self) -> None:
        document = self._studio.document
        if document is not self._followed:
            self._followed = document
            document.maps_changed.connect(self._show_maps)
            document.layers_changed.connect(self._show_maps)
        self._show_maps()

    def _on_generation(self, field: str) -> None:
        if field == "model":
            self._show_kinds()
        elif field == "steps":
            self._show_views()

    def _take_networks(self) -> None:
        for row in self.rows:
            row.fill_networks()
        self._show_kinds()

    @property
    def _can_follow(self) -> bool:
        info = self._studio.models.get(self._studio.generation.model)
        return info is None or info.capabilities.maps

    def _show_kinds(self) -> None:
        """What this model can follow can be added; what it cannot says why."""
        menu, controls = self.add.menu(), self._studio.learnt.controls
        menu.clear()
        for kind in MapKind:
            action = QAction(kind_name(kind), menu)
            can = any(info.reads(kind) for info in controls)
            action.setEnabled(can)
            missing = self.tr("No ControlNet for this kind of map is here for this model.")
            action.setToolTip(kind_hint(kind) if can else missing)
            action.triggered.connect(lambda _=False, kind=kind: self.add_map(kind))
            menu.addAction(action)
        self.add.setEnabled(self._can_follow and bool(controls))
        for row in self.rows:
            row.setEnabled(self._can_follow)
        self.say(self._told(bool(controls)))

    def _told(self, has_controls: bool) -> str:
        if not self._can_follow:
            return self.tr("This model cannot follow maps.")
        if not has_controls and not self._studio.learnt.is_known:
            return self.tr("The model folders are being looked at.")
        if not has_controls:
            return self.tr("No ControlNet for this model is in the model folders.")
        if self.rows:
            return ""
        info = self._studio.models.get(self._studio.generation.model)
        if info is not None and info.capabilities.needs_map:
            return self.tr("This model draws after a map: add one.")
        return self.tr("Lines, depth or a pose for the picture to follow.")

    def _show_maps(self) -> None:
        given = self._studio.document.maps
        if [row.id for row in self.rows] != [one.id for one in given]:
            here = {row.id: row for row in self.rows}
            self.set_rows([here.get(one.id) or self._row(one) for one in given])
            self._show_kinds()
            self._show_views()
        for row, one in zip(self.rows, given, strict=True):
            row.show_map(one)

    def _row(self, given: DocumentMap) -> MapRow:
        row = MapRow(self._studio, given)
        row.paint_asked.connect(self.paint_asked)
        row.pose_asked.connect(self.pose_asked)
        row.colour_chosen.connect(self.colour_chosen)
        row.source_asked.connect(self.source_asked)
        return row

    def _show_views(self) -> None:
        views = self._studio.editing.map_views.views
        for row in self.rows:
            row.show_view(views.get(row.id))

    def _show_eyes(self) -> None:
        for row in self.rows:
            row.show_eye()

    # what the artist does

    def kinds_menu(self, take: Callable[[MapKind], object]) -> QMenu:
        """The kinds that this model can follow and that are drawn from a picture; deleted when it closes."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind in SHOWN:
            if kind is not MapKind.POSE and any(info.reads(kind) for info in self._studio.learnt.controls):
                menu.addAction(kind_name(kind), lambda kind=kind: take(kind))
        return menu

    def can_follow_pictures(self) -> bool:
        """Whether there is such a kind."""
        return self._can_follow and bool(self._studio.learnt.controls)

    def add_map(self, kind: MapKind) -> None:
        """A figure for a pose; where there is a picture, drawn from it; else to be painted."""
        self.document_wanted.emit()
        document = self._studio.document
        document.when_free(lambda: self._add_map(document, kind))

    def _add_map(self, document: Document, kind: MapKind) -> None:
        if kind is MapKind.POSE:
            given = maps.add(document, DocumentMap(kind, MapSource.FIGURES, figures=(Figure(),)))
            self._studio.editing.map_views.show(given.id)
            self.pose_asked.emit(given.id)
        elif kind is MapKind.INPAINT:
            maps.add(document, DocumentMap(kind, MapSource.MASK))
        elif kind in PAINTED and is_blank(document.state):
            given = maps.add_painted(document, kind, self._name_of(kind))
            self.paint_asked.emit(given.id)
        else:
            drawer = first_drawer(kind, self._studio.learnt.seeing)
            maps.add(document, DocumentMap(kind, MapSource.DOCUMENT, drawer=drawer))

    def _name_of(self, kind: MapKind) -> str:
        return self.tr("Map: {kind}").format(kind=kind_name(kind))
