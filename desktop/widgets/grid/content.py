"""What a grid shows, said by its owner: the pictures in their order, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QImage

from desktop.widgets.label import plain_tooltip

Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GridContent:
    """Pictures in the order they are shown, in groups where `group_starts` is not empty."""

    keys: Keys = field(default_factory=lambda: np.zeros(0, np.int64))
    """The owner's number for each; no two alike."""
    aspects: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Width / height of each."""
    group_starts: Keys = field(default_factory=lambda: np.zeros(0, np.int64))
    """Index of the first picture of each group, rising, the first 0."""
    group_titles: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True)
class Cell:
    """What is said of one picture beside its pixels."""

    name: str = ""
    description: str = ""
    """For screen readers and the tooltip; the name if empty."""
    rating: int = 0
    """0 to 5 stars."""
    colour: QColor | None = None
    """Of its label."""
    stack: int = 0
    """How many pictures lie in the stack that it is the top of; 0 or 1: no stack."""
    is_open: bool = False
    """The stack is spread out: its pictures follow."""
    is_missing: bool = False
    """Its file is not there now."""
    mark: str = ""
    """A word over the picture, e.g. how a video is told from a picture."""


class GridSource(Protocol):
    """Where a grid gets what it shows; asked only for what is seen, and must answer at once."""

    def cell(self, key: int) -> Cell: ...

    def image(self, key: int, pixels: int) -> QImage | None:
        """The picture with a longer side of about `pixels` device pixels, or what there is of it until it
        has come; None before anything has."""
        ...

    def placeholder(self, key: int) -> QColor | None:
        """What to show in its place until then; None for the usual."""
        ...

    def files(self, keys: list[int]) -> QMimeData:
        """Their files, to be dragged or copied to another program."""
        ...

    def want(self, keys: list[int], pixels: int) -> None:
        """These are seen now, or soon: the first are wanted first, and no others any more."""
        ...


class GridItemModel(QAbstractListModel):
    """The pictures as Qt's items, for screen readers and tooltips; the grid itself draws from the content."""

    def __init__(self, source: GridSource, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self._source = source
        self.content = GridContent()

    def set_content(self, content: GridContent) -> None:
        self.beginResetModel()
        self.content = content
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.content)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if not index.isValid() or index.row() >= len(self.content):
            return None
        roles = Qt.ItemDataRole
        if role not in (roles.DisplayRole, roles.AccessibleTextRole, roles.ToolTipRole):
            return None
        cell = self._source.cell(int(self.content.keys[index.row()]))
        if role == roles.DisplayRole:
            return cell.name
        said = cell.description or cell.name
        return plain_tooltip(said) if role == roles.ToolTipRole else said
