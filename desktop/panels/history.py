"""The history: what was done, step by step; a click goes back to any of them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QBrush, QPalette
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QVBoxLayout, QWidget

from desktop.state.document.document import Document
from desktop.state.documents import Documents
from desktop.tools.marked import look_up
from desktop.widgets.label import Label

FEWEST_ROWS, MOST_ROWS, ROW_PX = 3, 8, 28
Index = QModelIndex | QPersistentModelIndex


class HistoryItemModel(QAbstractListModel):
    """Row 0 is the beginning; row n is where n entries are done. What was undone is dim."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._shown: list[tuple[int, str]] = []
        self._position = 0
        self.follow()

    @property
    def position(self) -> int:
        return self._position

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        if not index.isValid() or row > len(self._shown):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(self._shown[row - 1][1]) if row else self.tr("Beginning")
            case Qt.ItemDataRole.AccessibleTextRole:
                text = self.data(index)
                return self.tr("{what}, undone").format(what=text) if row > self._position else text
            case Qt.ItemDataRole.ForegroundRole if row > self._position:
                return QBrush(QApplication.palette().color(QPalette.ColorRole.PlaceholderText))
        return None

    def follow(self) -> None:
        """Show what the history is now; rows before the first difference stay as they are."""
        history = self.document.history
        entries = [(entry.number, entry.title) for entry in history.entries]
        same = next(
            (at for at, (old, new) in enumerate(zip(self._shown, entries, strict=False)) if old != new),
            min(len(self._shown), len(entries)),
        )
        if same < len(self._shown):
            self.beginRemoveRows(QModelIndex(), same + 1, len(self._shown))
            del self._shown[same:]
            self.endRemoveRows()
        if same < len(entries):
            self.beginInsertRows(QModelIndex(), same + 1, len(entries))
            self._shown = entries
            self.endInsertRows()
        self._position = history.position
        self.dataChanged.emit(self.index(0), self.index(len(self._shown)))


def title_of(title: str) -> str:
    """What an entry is called in the language of the moment."""
    return look_up("History", title)


class HistoryPanel(QWidget):
    """Follows whichever document is open."""

    def __init__(self, documents: Documents, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self.list = QListView()
        self.list.setAccessibleName(self.tr("History"))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cost = Label("", role="small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list)
        layout.addWidget(self.cost)
        self.item_model: HistoryItemModel | None = None
        documents.changed.connect(self._use_document)
        self._use_document()

    def _use_document(self) -> None:
        old, document = self.item_model, self._documents.current
        if old is not None and old.document is document:
            return
        self.item_model = HistoryItemModel(document, self)
        self.list.setModel(self.item_model)
        if old is not None:
            old.deleteLater()
        self.list.selectionModel().currentChanged.connect(self._jump)
        document.history_changed.connect(self._refresh)
        self._refresh()

    def _jump(self, index: QModelIndex) -> None:
        document, row = self._documents.current, index.row()
        if index.isValid():
            document.when_free(lambda: None if document.is_busy else document.history.jump_to(row))

    def _refresh(self) -> None:
        if self.item_model is None:
            return
        history = self._documents.current.history
        selection = self.list.selectionModel()
        selection.blockSignals(True)  # rows that come and go move what is current: nobody went there
        self.item_model.follow()
        here = self.item_model.index(self.item_model.position)
        selection.setCurrentIndex(here, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        selection.blockSignals(False)
        self.list.viewport().update()
        self.list.scrollTo(here)
        rows = max(FEWEST_ROWS, min(MOST_ROWS, len(history.entries) + 1))
        self.list.setFixedHeight(rows * ROW_PX + 2)
        megabytes = history.memory_bytes() / (1 << 20)
        text = self.tr("{megabytes} of {limit} MB")
        self.cost.setText(text.format(megabytes=f"{megabytes:.0f}", limit=history.limit_bytes >> 20))
