"""A row that goes on in the next line where the place is too narrow."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Its items stand side by side at their own sizes, line below line, as words of a text do."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    # as Qt asks

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(width, None)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Of the largest item: all others may stand below it."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size.grownBy(self._margins)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect.width(), rect.topLeft())

    @property
    def _margins(self) -> QMargins:
        return self.contentsMargins()

    def _place(self, width: int, origin: QPoint | None) -> int:
        """The height that `width` pixels need; with an `origin` the items are put there."""
        margins, x, y, line = self._margins, 0, 0, 0
        room = width - margins.left() - margins.right()
        for item in self._items:
            size = item.sizeHint().boundedTo(QSize(max(room, 1), item.sizeHint().height()))
            if x and x + size.width() > room:
                x, y, line = 0, y + line + self.spacing(), 0
            if origin is not None:
                corner = origin + QPoint(margins.left() + x, margins.top() + y)
                item.setGeometry(QRect(corner, size))
            x, line = x + size.width() + self.spacing(), max(line, size.height())
        return y + line + margins.top() + margins.bottom()
