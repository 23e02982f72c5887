"""The mask shelf: masks with names, to be used again, also on other pictures, and joined with one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.state.document import masks
from desktop.state.document.document import Document
from desktop.state.document.document_state import ShelfMask
from desktop.state.document.thumbnails import mask_picture
from desktop.state.documents import Documents
from desktop.widgets.icons import icon
from desktop.widgets.label import Label

PICTURE_PX, ROW_PX, MOST_ROWS = 28, 36, 6
MASK = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class MaskItemModel(QAbstractListModel):
    """Holds only the pictures; rows are the shelf of the document."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._shown = document.state.shelf
        self._pictures: dict[str, QIcon] = {}
        document.masks_changed.connect(self._follow)

    def mask(self, index: Index) -> ShelfMask | None:
        return self._shown[index.row()] if index.isValid() and index.row() < len(self._shown) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        mask = self.mask(index)
        if mask is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return mask.name
            case Qt.ItemDataRole.DecorationRole:
                return self._picture(mask)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{mask.name}  ·  {mask.size}"
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, ROW_PX)
        return mask if role == MASK else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        mask = self.mask(index)
        if mask is None or role != Qt.ItemDataRole.EditRole:
            return False
        masks.rename(self.document, mask, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def _picture(self, mask: ShelfMask) -> QIcon:
        if mask.id not in self._pictures:
            picture = QPixmap.fromImage(mask_picture(mask.coverage, mask.size))
            self._pictures[mask.id] = QIcon(picture)
        return self._pictures[mask.id]

    def _follow(self, _: object) -> None:
        if self.document.state.shelf is not self._shown:
            self.beginResetModel()
            self._shown = self.document.state.shelf
            self.endResetModel()


class MaskShelfPanel(QWidget):
    """Follows whichever document is open."""

    import_asked = Signal()
    """A mask from a file is wanted."""
    export_asked = Signal(object)
    """`ShelfMask` to be written to a file."""

    def __init__(self, documents: Documents, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self.list = self._make_list()
        self.mask_actions = self._make_actions()
        self.empty = Label(
            self.tr("Masks that you keep are here, for this picture and for others."), role="dim"
        )
        self.empty.setWordWrap(True)
        self._lay_out()
        self.item_model: MaskItemModel | None = None
        documents.changed.connect(self._use_document)
        self._use_document()

    @property
    def document(self) -> Document:
        return self._documents.current

    def current(self) -> ShelfMask | None:
        return self.item_model.mask(self.list.currentIndex()) if self.item_model is not None else None

    def keep(self) -> None:
        """The active mask goes on the shelf."""
        masks.keep(self.document)

    def _make_list(self) -> QListView:
        view = QListView()
        view.setAccessibleName(self.tr("Mask shelf"))
        view.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        view.setUniformItemSizes(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.activated.connect(lambda _: self._with_current(masks.use))
        return view

    def _make_actions(self) -> dict[str, QAction]:
        table = (
            ("keep", self.tr("Keep the active mask"), "bookmark-plus", self.keep),
            ("use", self.tr("Use this mask"), "check", lambda: self._with_current(masks.use)),
            ("add", self.tr("Add to the active mask"), "squares-unite",
             lambda: self._with_current(masks.add)),
            ("subtract", self.tr("Take away from the active mask"), "squares-subtract",
             lambda: self._with_current(masks.subtract)),
            ("intersect", self.tr("Only where both are"), "squares-intersect",
             lambda: self._with_current(masks.intersect)),
            ("rename", self.tr("Rename"), "", lambda: self.list.edit(self.list.currentIndex())),
            ("import", self.tr("Mask from a file…"), "", self.import_asked.emit),
            ("export", self.tr("Save as a file…"), "", lambda: self.export_asked.emit(self.current())),
            ("remove", self.tr("Remove from the shelf"), "trash-2", lambda: self._with_current(masks.remove)),
        )  # fmt: skip
        actions = {key: self._action(text, name, run) for key, text, name, run in table}
        actions["remove"].setShortcut(QKeySequence("Del"))
        actions["remove"].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.list.addAction(actions["remove"])
        return actions

    def _action(self, text: str, name: str, run: Callable[[], object]) -> QAction:
        action = QAction(icon(name), text, self) if name else QAction(text, self)
        action.triggered.connect(lambda _=False: run())
        return action

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(2)
        for key in ("keep", "use", "add", "subtract", "intersect", "remove"):
            button = QToolButton()
            button.setDefaultAction(self.mask_actions[key])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(self.mask_actions[key].text())
            below.addWidget(button)
        below.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.empty)
        layout.addWidget(self.list)
        layout.addLayout(below)

    def _use_document(self) -> None:
        old, document = self.item_model, self.document
        if old is not None and old.document is document:
            return
        self.item_model = MaskItemModel(document, self)
        self.list.setModel(self.item_model)
        if old is not None:
            old.deleteLater()
        self.list.selectionModel().currentChanged.connect(self._refresh)
        document.masks_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_: object) -> None:
        count = len(self.document.state.shelf)
        self.empty.setVisible(not count)
        self.list.setVisible(bool(count))
        self.list.setFixedHeight(min(max(count, 1), MOST_ROWS) * ROW_PX + 2)
        self.mask_actions["keep"].setEnabled(bool(self.document.mask.keys()))
        for key in ("use", "add", "subtract", "intersect", "rename", "export", "remove"):
            self.mask_actions[key].setEnabled(self.current() is not None)

    def _with_current(self, act: Callable[[Document, ShelfMask], None]) -> None:
        mask = self.current()
        if mask is not None:
            act(self.document, mask)

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self.mask_actions.values()))
        menu.popup(self.list.viewport().mapToGlobal(place))
