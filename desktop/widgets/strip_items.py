"""What a filmstrip holds: one picture an item, in two groups, in the order they are shown."""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QUrl
from PySide6.QtGui import QImage

ITEM = Qt.ItemDataRole.UserRole
FIRST_OF_GROUP = Qt.ItemDataRole.UserRole + 1


class Group(enum.IntEnum):
    """Steps come first, results after them."""

    STEP = 0
    RESULT = 1


@dataclass(frozen=True)
class StripItem:
    """One frame of the strip. `key` is the caller's name for it and unique in the strip."""

    key: Hashable
    group: Group
    label: str
    image: QImage = field(default_factory=QImage, compare=False)
    """Small: a preview or a thumbnail. A null image is drawn as an empty frame."""
    description: str = ""
    """Said by screen readers and shown as a tooltip; the label if empty."""
    path: str = ""
    """The file that is dragged out; without one the image is."""
    is_running: bool = False
    """This frame is being made now."""


class StripItemModel(QAbstractListModel):
    """Steps, then results. Nothing is drawn or decoded here; 10,000 items cost 10,000 references."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._groups: dict[Group, list[StripItem]] = {Group.STEP: [], Group.RESULT: []}
        self.is_removing = False
        """Rows are on their way out just now."""

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else sum(len(items) for items in self._groups.values())

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if not index.isValid():
            return None
        item = self.item_at(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.label
            case Qt.ItemDataRole.AccessibleTextRole:
                return item.description or item.label
            case _ if role == ITEM:
                return item
            case _ if role == FIRST_OF_GROUP:
                return index.row() == len(self._groups[Group.STEP]) > 0
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return base | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list", "application/x-qt-image"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files themselves, so that file managers and editors take them; and the pixels of the first."""
        items = [self.item_at(index.row()) for index in indexes]
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(item.path) for item in items if item.path])
        first = next((item for item in items if not item.image.isNull()), None)
        if first is not None:
            mime.setImageData(QImage(first.path) if first.path else first.image)
        return mime

    # the items

    def items(self, group: Group | None = None) -> list[StripItem]:
        if group is not None:
            return list(self._groups[group])
        return [*self._groups[Group.STEP], *self._groups[Group.RESULT]]

    def item_at(self, row: int) -> StripItem:
        steps = self._groups[Group.STEP]
        return steps[row] if row < len(steps) else self._groups[Group.RESULT][row - len(steps)]

    def row_of(self, key: Hashable) -> int:
        """The row of the item with this key, or -1."""
        return next((row for row, item in enumerate(self.items()) if item.key == key), -1)

    def set_items(self, group: Group, items: Sequence[StripItem]) -> None:
        """Replace a whole group. Raises ValueError where an item says another group."""
        if any(item.group != group for item in items):
            raise ValueError(f"an item of another group in {group.name}")
        self._remove_group(group)
        if items:
            first = self._first_row(group)
            self.beginInsertRows(QModelIndex(), first, first + len(items) - 1)
            self._groups[group] = list(items)
            self.endInsertRows()

    def add(self, item: StripItem) -> None:
        """Put `item` at the end of its group."""
        row = self._first_row(item.group) + len(self._groups[item.group])
        self.beginInsertRows(QModelIndex(), row, row)
        self._groups[item.group].append(item)
        self.endInsertRows()

    def insert(self, position: int, item: StripItem) -> None:
        """Put `item` at `position` within its group."""
        items = self._groups[item.group]
        position = min(max(position, 0), len(items))
        row = self._first_row(item.group) + position
        self.beginInsertRows(QModelIndex(), row, row)
        items.insert(position, item)
        self.endInsertRows()

    def update(self, key: Hashable, **changes: Any) -> None:
        """Replace fields of the item with this key; one that is gone is left alone."""
        row = self.row_of(key)
        if row < 0:
            return
        old = self.item_at(row)
        items = self._groups[old.group]
        items[row - self._first_row(old.group)] = replace(old, **changes)
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def remove(self, key: Hashable) -> None:
        """Take the item with this key out, if it is there."""
        row = self.row_of(key)
        if row < 0:
            return
        group = self.item_at(row).group
        place = row - self._first_row(group)
        self._remove_rows(group, place, place + 1)

    def _remove_group(self, group: Group) -> None:
        if self._groups[group]:
            self._remove_rows(group, 0, len(self._groups[group]))

    def _remove_rows(self, group: Group, start: int, end: int) -> None:
        first = self._first_row(group)
        self.is_removing = True
        self.beginRemoveRows(QModelIndex(), first + start, first + end - 1)
        del self._groups[group][start:end]
        self.endRemoveRows()
        self.is_removing = False

    def _first_row(self, group: Group) -> int:
        return 0 if group is Group.STEP else len(self._groups[Group.STEP])
