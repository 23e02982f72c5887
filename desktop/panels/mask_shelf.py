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
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPixmap, QShowEvent
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
from desktop.state.shared_masks import SharedMask, SharedMasks
from desktop.widgets.icons import icon
from desktop.widgets.label import Label

PICTURE_PX, ROW_PX, MOST_ROWS = 28, 36, 6
MASK = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
Held = ShelfMask | SharedMask


class MaskItemModel(QAbstractListModel):
    """Holds only the pictures; rows are the shelf of the document, then the masks of every picture."""

    def __init__(
        self, document: Document, shared: SharedMasks | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.document, self._shared = document, shared
        self._shelf: tuple[ShelfMask, ...] = ()
        self._shown: tuple[Held, ...] = ()
        self._pictures: dict[object, QIcon] = {}
        self._take()
        document.masks_changed.connect(self._follow)
        if shared is not None:
            shared.changed.connect(self._take)

    def mask(self, index: Index) -> Held | None:
        return self._shown[index.row()] if index.isValid() and index.row() < len(self._shown) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        mask = self.mask(index)
        if mask is None:
            return None
        match role:
            case Qt.ItemDataRole.EditRole:
                return mask.name
            case Qt.ItemDataRole.DisplayRole:
                is_shared = isinstance(mask, SharedMask)
                return self.tr("{name}  ·  every picture").format(name=mask.name) if is_shared else mask.name
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
        if isinstance(mask, SharedMask):
            assert self._shared is not None
            self._shared.rename(mask, str(value))
        else:
            masks.rename(self.document, mask, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def _picture(self, mask: Held) -> QIcon:
        key = mask.path if isinstance(mask, SharedMask) else mask.id
        if key not in self._pictures:
            is_shared = isinstance(mask, SharedMask)
            picture = mask.picture if is_shared else mask_picture(mask.coverage, mask.size)
            self._pictures[key] = QIcon(QPixmap.fromImage(picture))
        return self._pictures[key]

    def _follow(self, _: object) -> None:
        if self.document.state.shelf is not self._shelf:
            self._take()

    def _take(self) -> None:
        self.beginResetModel()
        self._shelf = self.document.state.shelf
        self._shown = (*self._shelf, *(self._shared.masks if self._shared is not None else ()))
        self.endResetModel()


class MaskShelfPanel(QWidget):
    """Follows whichever document is open."""

    import_asked = Signal()
    """A mask from a file is wanted."""
    export_asked = Signal(object)
    """`ShelfMask` to be written to a file."""

    def __init__(
        self, documents: Documents, shared: SharedMasks | None = None, parent: QWidget | None = None
    ) -> None:
        """`shared`: what every document finds here."""
        super().__init__(parent)
        self._documents, self._shared = documents, shared
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

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._shared is not None:
            self._shared.look()

    @property
    def document(self) -> Document:
        return self._documents.current

    def current(self) -> Held | None:
        return self.item_model.mask(self.list.currentIndex()) if self.item_model is not None else None

    def keep(self) -> None:
        """The active mask goes on the shelf."""
        document = self.document
        document.when_free(lambda: masks.keep(document))

    def share(self) -> None:
        """The chosen mask is for every picture from now on; one that is already stays."""
        held = self.current()
        if self._shared is not None and isinstance(held, ShelfMask):
            self._shared.keep(held)

    def remove(self) -> None:
        held = self.current()
        if isinstance(held, ShelfMask):
            masks.remove(self.document, held)
        elif held is not None and self._shared is not None:
            self._shared.remove(held)

    def export(self) -> None:
        """Ask for a file for the chosen mask."""
        self._with_current(lambda _, held: self.export_asked.emit(held))

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
            ("share", self.tr("Keep for every picture"), "library", self.share),
            ("rename", self.tr("Rename"), "", lambda: self.list.edit(self.list.currentIndex())),
            ("import", self.tr("Mask from a file…"), "", self.import_asked.emit),
            ("export", self.tr("Save as a file…"), "", self.export),
            ("remove", self.tr("Remove from the shelf"), "trash-2", self.remove),
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
        for key in ("keep", "use", "add", "subtract", "intersect", "share", "remove"):
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
        self.item_model = MaskItemModel(document, self._shared, self)
        self.list.setModel(self.item_model)
        if old is not None:
            old.deleteLater()
        self.list.selectionModel().currentChanged.connect(self._refresh)
        self.item_model.modelReset.connect(self._refresh)
        document.masks_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_: object) -> None:
        count = self.item_model.rowCount() if self.item_model is not None else 0
        self.empty.setVisible(not count)
        self.list.setVisible(bool(count))
        self.list.setFixedHeight(min(max(count, 1), MOST_ROWS) * ROW_PX + 2)
        self.mask_actions["keep"].setEnabled(bool(self.document.mask.keys()))
        for key in ("use", "add", "subtract", "intersect", "rename", "export", "remove"):
            self.mask_actions[key].setEnabled(self.current() is not None)
        self.mask_actions["share"].setEnabled(isinstance(self.current(), ShelfMask))

    def _with_current(self, act: Callable[[Document, ShelfMask], object]) -> None:
        """One for every picture is read first; it is for the document that is open now."""
        held, document = self.current(), self.document

        def take(mask: ShelfMask) -> None:
            if not document.is_closed:
                act(document, mask)

        if isinstance(held, ShelfMask):
            act(document, held)
        elif held is not None and self._shared is not None:
            self._shared.load(held, take)

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self.mask_actions.values()))
        menu.popup(self.list.viewport().mapToGlobal(place))
