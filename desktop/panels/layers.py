"""The layers: seen, chosen, named, moved, blended; everything one can do to them by button, key or menu."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.blend_names import blend_names
from desktop.panels.layer_actions import LayerActions
from desktop.panels.layer_item_model import LayerItemModel
from desktop.panels.layer_row import ROW_PX, LayerRow
from desktop.raster.blend import Blend
from desktop.state.document import layer_commands
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, Layer, MaskLayer
from desktop.state.document.thumbnails import LayerThumbnails
from desktop.state.documents import Documents
from desktop.widgets.choice import Choice
from desktop.widgets.number import NumberSlider

FEWEST_ROWS, MOST_ROWS = 3, 9
INDENT_PX = 14
KEYS = {"delete": "Del", "visible": "Space", "raise": "Alt+Up", "lower": "Alt+Down"}
"""They act where the list has the focus; F2 renames."""


class LayersPanel(QWidget):
    """Follows whichever document is open."""

    def __init__(self, documents: Documents, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self.tree = self._make_tree()
        self.commands = LayerActions(documents, self.chosen, self)
        self.commands.rename_asked.connect(lambda: self.tree.edit(self.tree.currentIndex()))
        for key, keys in KEYS.items():
            self.commands.actions[key].setShortcut(QKeySequence(keys))
            self.commands.actions[key].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.tree.addAction(self.commands.actions[key])
        self._lay_out()
        self._thumbnails: LayerThumbnails | None = None
        self.item_model: LayerItemModel | None = None
        documents.changed.connect(self._use_document)
        self._use_document()

    @property
    def document(self) -> Document:
        return self._documents.current

    def chosen(self) -> list[Layer]:
        """What the commands act on, the topmost first; the active layer where nothing else is chosen."""
        assert self.item_model is not None
        layers = [self.item_model.layer(index) for index in self.tree.selectionModel().selectedIndexes()]
        here = {layer.id for layer in layers if layer is not None}
        order = [layer for layer in reversed(list(self.document.root.walk())) if layer.id in here]
        return order or [layer for layer in [self.document.active] if layer is not self.document.root]

    # inside

    def _make_tree(self) -> QTreeView:
        view = QTreeView()
        view.setAccessibleName(self.tr("Layers"))
        view.setHeaderHidden(True)
        view.setUniformRowHeights(True)
        view.setIndentation(INDENT_PX)
        view.setRootIsDecorated(False)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setDefaultDropAction(Qt.DropAction.MoveAction)
        view.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        view.setExpandsOnDoubleClick(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        row = LayerRow(view)
        row.fold_clicked.connect(lambda index: view.setExpanded(index, not view.isExpanded(index)))
        row.eye_clicked.connect(
            lambda layer: layer_commands.set_visible(self.document, layer, not layer.visible)
        )
        view.setItemDelegate(row)
        view.expanded.connect(lambda index: self._fold(index, False))
        view.collapsed.connect(lambda index: self._fold(index, True))
        return view

    def _lay_out(self) -> None:
        self.opacity = NumberSlider(0, 100, suffix=" %", name=self.tr("Opacity of the layer"))
        self.opacity.value_changed.connect(self._set_opacity)
        self.blend = Choice(name=self.tr("Blend mode"))
        for blend, name in blend_names():
            self.blend.addItem(name, blend)
        self.blend.setMinimumContentsLength(7)
        self.blend.activated.connect(self._set_blend)
        above = QHBoxLayout()
        above.addWidget(self.blend, 2)
        above.addWidget(self.opacity, 3)
        below = QHBoxLayout()
        below.setSpacing(2)
        for key in ("add", "add_group", "add_mask", "duplicate", "merge", "delete"):
            button = QToolButton()
            button.setDefaultAction(self.commands.actions[key])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(self.commands.actions[key].text())
            below.addWidget(button)
        below.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(above)
        layout.addWidget(self.tree)
        layout.addLayout(below)

    def _use_document(self) -> None:
        """Another document: other rows."""
        document = self.document
        if self.item_model is not None and self.item_model.document is document:
            return
        if self._thumbnails is not None:
            self._thumbnails.deleteLater()
        old = self.item_model
        self._thumbnails = LayerThumbnails(document, self)
        self.item_model = LayerItemModel(document, self._thumbnails, self)
        self.tree.setModel(self.item_model)
        if old is not None:
            old.deleteLater()
        self.tree.selectionModel().currentChanged.connect(self._on_current)
        document.layers_changed.connect(self._refresh)
        document.active_changed.connect(self._refresh)
        self._refresh()

    def _index(self, layer: Layer) -> QModelIndex:
        assert self.item_model is not None
        return self.item_model.index_of(layer.id)

    def _on_current(self, index: QModelIndex) -> None:
        layer = self.item_model.layer(index) if self.item_model is not None else None
        if layer is not None:
            layer_commands.activate(self.document, layer)

    def _refresh(self) -> None:
        active = self.document.active
        self._show_folds()
        index = self._index(active)
        selection = self.tree.selectionModel()
        if index.isValid() and self.tree.currentIndex() != index:
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if self._is_listed(active):
                self.tree.scrollTo(index)
        has_layer = self.commands.has_layer()
        with QSignalBlocker(self.opacity), QSignalBlocker(self.blend):
            self.opacity.set_value(round(100 * active.opacity))
            self.blend.setCurrentIndex(self.blend.findData(active.blend))
        self.opacity.setEnabled(has_layer and not active.locked)
        self.blend.setEnabled(has_layer and not active.locked and not isinstance(active, MaskLayer))
        self.commands.refresh()
        self._fit_height()

    def _show_folds(self) -> None:
        with QSignalBlocker(self.tree):
            for layer in self.document.root.walk():
                if isinstance(layer, Group):
                    self.tree.setExpanded(self._index(layer), not layer.is_folded)

    def _fold(self, index: QModelIndex, folded: bool) -> None:
        layer = self.item_model.layer(index) if self.item_model is not None else None
        if isinstance(layer, Group):
            layer_commands.set_folded(self.document, layer, folded)
        self._fit_height()

    def _fit_height(self) -> None:
        rows = sum(1 for layer in self.document.root.walk() if self._is_listed(layer))
        self.tree.setFixedHeight(max(FEWEST_ROWS, min(MOST_ROWS, rows)) * ROW_PX + 2)

    def _is_listed(self, layer: Layer) -> bool:
        index = self._index(layer).parent()
        while index.isValid():
            if not self.tree.isExpanded(index):
                return False
            index = index.parent()
        return True

    def _set_opacity(self, percent: float) -> None:
        layer_commands.set_opacity(self.document, self.document.active, percent / 100)

    def _set_blend(self, row: int) -> None:
        layer_commands.set_blend(self.document, self.document.active, Blend(self.blend.itemData(row)))

    def _show_menu(self, place: QPoint) -> None:
        self.commands.menu(self).popup(self.tree.viewport().mapToGlobal(place))
