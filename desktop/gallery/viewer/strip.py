"""The viewer's filmstrip: every picture of the search, of which only what is seen costs anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyleOptionViewItem, QWidget

from desktop.gallery.viewer.thumbs import Thumbs
from desktop.widgets.strip_delegate import FRAME_PX, GAP_PX, LABEL_PX, StripDelegate
from desktop.widgets.strip_items import ITEM, Group, StripItem
from desktop.widgets.theme import CORNER_PX, tokens


class PathItemModel(QAbstractListModel):
    """A list of paths; a frame is made when it is drawn."""

    def __init__(self, thumbs: Thumbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbs = thumbs
        self._paths: Sequence[Path] = ()
        self._rows: dict[Path, int] = {}
        thumbs.changed.connect(self._on_thumbnail)

    def set_paths(self, paths: Sequence[Path]) -> None:
        self.beginResetModel()
        self._paths = paths
        self._rows = {path: row for row, path in enumerate(paths)}
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._paths)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if not index.isValid():
            return None
        path = self._paths[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return path.stem
            case Qt.ItemDataRole.AccessibleTextRole:
                return path.name
            case _ if role == ITEM:
                return StripItem(path, Group.RESULT, path.stem, self._thumbs.get(path), path=str(path))
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return flags if index.isValid() else Qt.ItemFlag.NoItemFlags

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._paths[index.row()])) for index in indexes])
        return mime

    def _on_thumbnail(self, path: Path) -> None:
        row = self._rows.get(path)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))


class ViewerDelegate(StripDelegate):
    """The picture that the others are compared with wears a dashed edge."""

    pinned = -1
    """Its row; -1 for none."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(FRAME_PX + GAP_PX, FRAME_PX + LABEL_PX + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.row() != self.pinned:
            return
        rect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  (a plain member of the stub)
        painter.save()
        painter.setPen(QPen(tokens().color("text"), 2, Qt.PenStyle.DashLine))
        frame = QRectF(rect.right() - GAP_PX - FRAME_PX + 2, rect.top() + 2, FRAME_PX, FRAME_PX)
        painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)
        painter.restore()


class ViewerStrip(QListView):
    """One row that scrolls sideways; Left, Right, Home and End walk it, a drag takes files out."""

    chosen = Signal(int)
    """The artist went to this row; not through `set_current`."""
    menu_asked = Signal(QPoint)

    def __init__(self, thumbs: Thumbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items = PathItemModel(thumbs, self)
        self.setModel(self.items)
        self._delegate = ViewerDelegate(self)
        self.setItemDelegate(self._delegate)
        self._shown_by_code = False
        self.setObjectName("strip")
        self.setAccessibleName(self.tr("Pictures found"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setFixedHeight(FRAME_PX + LABEL_PX + 18)
        self.selectionModel().currentChanged.connect(self._on_current)

    def set_current(self, row: int, pinned: int = -1) -> None:
        """Show `row` as chosen, in the middle where it can be, and mark the one it is compared with."""
        self._delegate.pinned = pinned
        self._shown_by_code = True
        index = self.items.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._shown_by_code = False
        self.viewport().update()

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid() and not self._shown_by_code:
            self.chosen.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.items.rowCount() - 1}
        if event.key() in ends and self.items.rowCount():
            self.setCurrentIndex(self.items.index(ends[Qt.Key(event.key())]))
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            super().keyPressEvent(event)
        else:
            event.ignore()  # the viewer's

    def wheelEvent(self, event: QWheelEvent) -> None:
        """An up-and-down wheel moves the strip sideways, the only way it goes."""
        turn = event.pixelDelta().y() or event.angleDelta().y() or event.angleDelta().x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - turn)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_asked.emit(self.viewport().mapToGlobal(self.visualRect(index).center()))
