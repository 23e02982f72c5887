"""Where a map comes from: what one sees, a layer, a hand, a file."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.state.document.layers import Group, MaskLayer
from desktop.state.studio import Studio
from desktop.widgets.choice import Choice
from engine.api.maps import MapKind
from engine.api.vision import networks_for


class MapSourceChoice(Choice):
    """The sources of one map, the present one chosen."""

    chosen = Signal(MapSource, str)
    """One that is there, and the id of its layer, if it is one."""
    asked = Signal(str)
    """`paint`, `file` or `ready-file`: one that is not there yet."""

    def __init__(self, studio: Studio, kind: MapKind, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, name=name)
        self._studio, self._kind = studio, kind
        self._given: DocumentMap | None = None
        self.activated.connect(self._choose)

    def show_map(self, given: DocumentMap) -> None:
        """The sources that there are now, and which one `given` has."""
        self._given = given
        self.clear()
        is_pose, document = self._kind is MapKind.POSE, self._studio.document
        if not is_pose or networks_for(self._kind, self._studio.learnt.seeing):
            self._add_pictures()
        if is_pose:
            self.addItem(self.tr("Posed figures"), (MapSource.FIGURES, ""))
        if given.source is MapSource.READY:
            layer = document.layer(given.layer)
            name = layer.name if layer is not None else self.tr("A layer that is gone")
            self.addItem(name, (MapSource.READY, given.layer))
        self.addItem(self.tr("Painted by hand"), "paint")
        if not is_pose:
            self.addItem(self.tr("From a picture file…"), "file")
        self.addItem(self.tr("A file that is a map…"), "ready-file")
        present = (given.source, given.layer)
        kept = [self.itemData(row) for row in range(self.count())]
        self.setCurrentIndex(kept.index(present) if present in kept else -1)
        if self.currentIndex() < 0:
            self.setPlaceholderText(self.tr("A layer that is gone"))

    def _add_pictures(self) -> None:
        """What one sees, and the layers that are pictures."""
        document = self._studio.document
        self.addItem(self.tr("From what one sees"), (MapSource.DOCUMENT, ""))
        maps = {one.layer for one in document.maps if one.source is MapSource.READY}
        for layer in document.root.walk():
            if layer.id not in maps and not isinstance(layer, (Group, MaskLayer)):
                name = self.tr("From the layer “{name}”").format(name=layer.name)
                self.addItem(name, (MapSource.LAYER, layer.id))

    def _choose(self) -> None:
        data = self.currentData()
        if isinstance(data, str):
            if self._given is not None:
                self.show_map(self._given)  # shown again as it is, until the new one is there
            self.asked.emit(data)
        else:
            self.chosen.emit(MapSource(data[0]), data[1])
