"""The files as Qt's views read them: one row a file, columns that sort; and what of them is shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from desktop.panels.amounts import say_bytes
from desktop.panels.models.words import kind_words, say_pickle, say_variant
from desktop.state.broken_files import say_broken
from desktop.state.model_library import ModelLibrary
from desktop.widgets.label import plain_tooltip
from engine.api.model_file import FAMILY_TITLES, FileFormat, FileKind, ModelFile

FILE = Qt.ItemDataRole.UserRole
SORT = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
NAME, KIND, FAMILY, PRECISION, SIZE = range(5)
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ModelFileItemModel(QAbstractTableModel):
    """Holds nothing itself: rows are `ModelLibrary.files`."""

    def __init__(self, library: ModelLibrary, parent: Any = None) -> None:
        super().__init__(parent)
        self._library = library
        self._files = library.files
        self._kinds = kind_words()
        self._order = {kind: number for number, kind in enumerate(self._kinds)}
        self._titles = {
            NAME: self.tr("Name"), KIND: self.tr("Kind"), FAMILY: self.tr("For"),
            PRECISION: self.tr("Precision"), SIZE: self.tr("Size"),
        }  # fmt: skip
        library.grown.connect(self._grow)
        library.changed.connect(self._reset)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._files)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section == SIZE:
            return NUMBERS  # above its numbers
        return self._titles.get(section) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        file = self._files[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(file, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self._told(file, index.column()))
            case Qt.ItemDataRole.AccessibleTextRole:
                texts = (self._text(file, column) for column in self._titles)
                return ", ".join(filter(None, texts)) if index.column() == NAME else None
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == SIZE:
                return NUMBERS
            case _ if role == FILE:
                return file
            case _ if role == SORT:
                return self._rank(file, index.column())
        return None

    def _text(self, file: ModelFile, column: int) -> str:
        match column:
            case 0:  # NAME
                return file.title or file.name
            case 1:  # KIND
                return self._kinds[file.kind]
            case 2:  # FAMILY
                titles = [FAMILY_TITLES[family] for family in file.families[:2]]
                more = "…" if len(file.families) > 2 else ""
                return "  ·  ".join(filter(None, (", ".join(titles) + more, say_variant(file.variant))))
            case 3:  # PRECISION
                return file.precision
        return say_bytes(file.bytes) if file.bytes else ""

    def _told(self, file: ModelFile, column: int) -> str:
        """Of a kind its name in full, which the column may cut; else why it cannot be used, or its path."""
        if column == KIND:
            return self._kinds[file.kind]
        if file.format is FileFormat.PICKLE:
            return say_pickle()
        return say_broken(file.problem) or file.problem or str(file.path)

    def _rank(self, file: ModelFile, column: int) -> Any:
        if column == SIZE:
            return file.bytes
        if column == KIND:
            return f"{self._order[file.kind]:02} {(file.title or file.name).casefold()}"
        return self._text(file, column).casefold()

    def _grow(self, more: tuple[ModelFile, ...]) -> None:
        self.beginInsertRows(QModelIndex(), len(self._files), len(self._files) + len(more) - 1)
        self._files = self._library.files
        self.endInsertRows()

    def _reset(self) -> None:
        if self._files == self._library.files:
            return  # it grew to that: what is chosen and where one reads stays
        self.beginResetModel()
        self._files = self._library.files
        self.endResetModel()


class ModelFilter(QSortFilterProxyModel):
    """Rows whose texts hold all that was searched for, of one kind and one family where these are chosen."""

    def __init__(self, source: ModelFileItemModel, parent: Any = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self._kind: FileKind | None = None
        self._family = ""
        self.setSourceModel(source)
        self.setSortRole(SORT)

    def search(self, text: str) -> None:
        self._words = text.casefold().split()
        self.invalidate()

    def choose_kind(self, kind: FileKind | None) -> None:
        self._kind = kind
        self.invalidate()

    def choose_family(self, family: str) -> None:
        self._family = family
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        file: ModelFile = self.sourceModel().index(row, NAME, parent).data(FILE)
        if self._kind is not None and file.kind is not self._kind:
            return False
        if self._family and self._family not in file.families:
            return False
        text = " ".join(
            (
                *(file.name, file.title, str(file.path), file.variant, say_variant(file.variant)),
                *(file.base, *file.triggers),
            )
        ).casefold()
        return all(word in text for word in self._words)
