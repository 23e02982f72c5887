"""The tree of layers as Qt's views read it: the topmost first, moved by dragging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from desktop.state.document import layer_commands
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, ImageLayer, Layer, MaskLayer, ResultLayer, Verdict
from desktop.state.document.thumbnails import LayerThumbnails

LAYER = Qt.ItemDataRole.UserRole
FACTS = Qt.ItemDataRole.UserRole + 1
"""The second line: which variant, how it blends."""
PICTURE = Qt.ItemDataRole.UserRole + 2
"""A `QImage`, or None."""
MIME = "application/x-lienzo-layer"
Index = QModelIndex | QPersistentModelIndex


class LayerItemModel(QAbstractItemModel):
    """Holds only the order; layers are the document's. An index carries a number for a layer's id."""

    def __init__(
        self, document: Document, thumbnails: LayerThumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.document, self._thumbnails = document, thumbnails
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._layers: dict[str, Layer] = {}
        self._rows: dict[str, tuple[str, int]] = {}
        """Layer to its group and its row in it."""
        self._children: dict[str, list[str]] = {}
        self._take_order()
        document.layers_changed.connect(self._follow)
        thumbnails.changed.connect(self._on_picture)

    def layer(self, index: Index) -> Layer | None:
        """The layer of a row; None for what is no row."""
        return self._layers.get(self._ids[index.internalId()]) if index.isValid() else None

    def index_of(self, layer_id: str) -> QModelIndex:
        if layer_id not in self._rows:
            return QModelIndex()
        return self.createIndex(self._rows[layer_id][1], 0, self._numbers[layer_id])

    # what Qt asks

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:
        children = self._children.get(self._id_of(parent), [])
        if column or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, self._numbers[children[row]])

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]
        layer = self.layer(index)
        if layer is None or layer.id not in self._rows:
            return QModelIndex()
        return self.index_of(self._rows[layer.id][0])

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return len(self._children.get(self._id_of(parent), ()))

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer = self.layer(index)
        if layer is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return layer.name
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return ". ".join(filter(None, (layer.name, self.kind_of(layer), self.facts_of(layer))))
        if role == PICTURE:
            return self._thumbnails.image(layer.id)
        return {LAYER: layer, FACTS: self.facts_of(layer)}.get(role) if role in (LAYER, FACTS) else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        layer = self.layer(index)
        if layer is None or role != Qt.ItemDataRole.EditRole:
            return False
        layer_commands.rename(self.document, layer, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        layer = self.layer(index)
        if layer is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsEditable
        if not isinstance(layer, Group):
            flags |= Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsDropEnabled if isinstance(layer, Group) else flags

    # the words

    def kind_of(self, layer: Layer) -> str:
        match layer:
            case Group():
                return self.tr("Group")
            case ResultLayer():
                return self.tr("Result")
            case MaskLayer():
                return self.tr("Mask layer")
            case ImageLayer():
                return self.tr("Picture")
        return self.tr("Paint layer")

    def facts_of(self, layer: Layer) -> str:
        """What one cannot see from the name, in a few words."""
        facts = []
        if isinstance(layer, ResultLayer):
            facts += self._result_facts(layer)
        if layer.opacity < 1:
            facts.append(self.tr("{percent} %").format(percent=round(100 * layer.opacity)))
        if not layer.visible:
            facts.append(self.tr("hidden"))
        if layer.locked:
            facts.append(self.tr("locked"))
        return "  ·  ".join(facts)

    def _result_facts(self, layer: ResultLayer) -> list[str]:
        facts = []
        if len(layer.variants) > 1:
            text = self.tr("{number} of {count}")
            facts.append(text.format(number=layer.chosen + 1, count=len(layer.variants)))
        if layer.shows_before:
            facts.append(self.tr("before"))
        if layer.verdict is Verdict.ACCEPTED:
            facts.append(self.tr("accepted"))
        if layer.verdict is Verdict.DISCARDED:
            facts.append(self.tr("discarded"))
        return facts

    # dragging

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        layers = [self.layer(index) for index in indexes]
        data.setData(MIME, QByteArray("\n".join(layer.id for layer in layers if layer).encode()))
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Above row `row` of the group, or (row -1) on top in it."""
        group = self.layer(parent) or self.document.root
        if not isinstance(group, Group):
            return False
        wanted = bytes(data.data(MIME).data()).decode().split("\n")
        children = self._children.get(group.id, [])
        above = set(children[: row if row >= 0 else 0]) - set(wanted)
        layers = [layer for id in wanted if (layer := self.document.layer(id)) is not None]
        layer_commands.move_layers(self.document, layers, group, above=len(above))
        return False  # moved already: the view must not remove the rows it dragged

    # inside

    def _id_of(self, index: Index) -> str:
        return self._ids[index.internalId()] if index.isValid() else self.document.root.id

    def _take_order(self) -> None:
        self._rows, self._children, self._layers = {}, {}, {}
        root = self.document.root
        for group in (root, *(layer for layer in root.walk() if isinstance(layer, Group))):
            children = [child.id for child in reversed(group.children)]
            self._children[group.id] = children
            for row, child in enumerate(children):
                self._rows[child] = (group.id, row)
        for layer in root.walk():
            self._layers[layer.id] = layer
            if layer.id not in self._numbers:
                self._numbers[layer.id] = len(self._ids)
                self._ids.append(layer.id)

    def _follow(self) -> None:
        """What is chosen and open stays with its layer, whatever the order is now."""
        rows, layers = self._rows, self._layers
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        self._take_order()
        # all at once: one that takes the place of another must not be mistaken for it
        self.changePersistentIndexList(
            before, [self.index_of(self._ids[index.internalId()]) for index in before]
        )
        self.layoutChanged.emit()
        if rows == self._rows:
            for layer_id, layer in self._layers.items():
                if layers.get(layer_id) is not layer:
                    index = self.index_of(layer_id)
                    self.dataChanged.emit(index, index)

    def _on_picture(self, layer_id: str) -> None:
        index = self.index_of(layer_id)
        if index.isValid():
            self.dataChanged.emit(index, index, [PICTURE])
