"""The column on the left: folders, boards and saved searches, and what the search can be narrowed to."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop.gallery.words import LABEL_COLOURS, facet_names, value_name
from desktop.state.gallery.gallery import Gallery
from desktop.widgets.grid.view import ImageGrid
from desktop.widgets.icons import icon
from desktop.widgets.theme import CORNER_PX, tokens

TERM = Qt.ItemDataRole.UserRole
THING = Qt.ItemDataRole.UserRole + 1
"""(kind, value) of what the menu is for: a folder, a board, a saved search."""
SHOWN = 10
"""Values of a facet, before one asks for more."""
MORE = "more"
OPEN_AT_FIRST = {"folders", "boards", "searches", "rating", "label", "model", "kind", "date"}


class FacetColumn(QTreeWidget):
    """A tree: arrows walk and unfold; Enter, Space or a click puts a value in the search or takes it out."""

    add_folder_asked = Signal()
    menu_asked = Signal(object, QPoint)
    """(kind, value) of a folder, board or search, and a place on the screen."""
    board_asked = Signal(bool)
    """A new one; with the pictures that are picked on it, or an empty one."""
    rename_asked = Signal(object)
    delete_asked = Signal(object)
    """(kind, value) of a board or search."""
    dropped = Signal(str)
    """The name of the board on which what is picked was let go."""

    def __init__(self, gallery: Gallery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._folded: dict[str, bool] = {}
        self._target: QTreeWidgetItem | None = None
        """The board that pictures are held over."""
        self._unlimited: set[str] = set()
        self.setObjectName("facets")
        self.setAccessibleName(self.tr("Narrow the search"))
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.itemClicked.connect(self._use)
        self.itemExpanded.connect(lambda item: self._fold(item, False))
        self.itemCollapsed.connect(lambda item: self._fold(item, True))
        gallery.searching.facets_changed.connect(self.fill)
        gallery.kept_changed.connect(self.fill)
        gallery.folders.changed.connect(self.fill)
        gallery.searching.changed.connect(self._on_searching)

    def fill(self) -> None:
        """All of it anew; what was unfolded and where one stood stay."""
        stood, place = self._place_of(self.currentItem()), self.verticalScrollBar().value()
        self.blockSignals(True)
        self._target = None
        self.clear()
        self._fill_kept()
        for facet, name in facet_names().items():
            self._fill_facet(facet, name)
        self._return_to(stood)
        self.blockSignals(False)
        self.verticalScrollBar().setValue(place)

    def _fill_kept(self) -> None:
        gallery = self._gallery
        top = self._section("folders", self.tr("Folders"))
        for folder in gallery.folders.folders:
            term = gallery.searching.term("folder", str(folder))
            self._row(top, folder.name or str(folder), "", term, ("folder", folder), "folder").setToolTip(
                0, str(folder)
            )
        self._row(top, self.tr("Add a folder…"), "", "", ("add", "folder"), "folder-plus")
        values = gallery.searching.facets.get("board", ())
        counts = {value.value: QLocale().toString(value.count) for value in values}
        boards = dict.fromkeys([*gallery.boards, *(name for name in counts if name)])
        top = self._section("boards", self.tr("Boards"))
        for board in boards:
            term = gallery.searching.term("board", board)
            self._row(top, board, counts.get(board, ""), term, ("board", board), "layout-grid")
        self._row(top, self.tr("New board…"), "", "", ("add", "board"), "plus")
        if gallery.searches:
            top = self._section("searches", self.tr("Saved searches"))
            for search in gallery.searches:
                self._row(top, search.title, "", "", ("search", search), "bookmark")

    def _fill_facet(self, facet: str, name: str) -> None:
        values = [v for v in self._gallery.searching.facets.get(facet, ()) if v.value or v.count]
        if not [value for value in values if value.value]:
            return
        top = self._section(facet, name)
        shown = values if facet in self._unlimited else values[:SHOWN]
        for value in shown:
            row = self._row(
                top,
                value_name(facet, value.value),
                QLocale().toString(value.count),
                value.term,
                ("value", value.term),
                "",
            )
            if facet == "label" and (colour := LABEL_COLOURS.get(value.value)):
                row.setIcon(0, _spot(colour))
        if len(values) > len(shown):
            text = self.tr("%n more", "", len(values) - len(shown))
            self._row(top, text, "", "", (MORE, facet), "chevron-down")

    def _section(self, key: str, name: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self, [name])
        item.setData(0, THING, ("section", key))
        font = item.font(0)
        font.setBold(True)
        item.setFont(0, font)
        item.setFirstColumnSpanned(True)
        is_folded = self._folded.get(key, key not in OPEN_AT_FIRST)
        item.setIcon(0, icon("chevron-right" if is_folded else "chevron-down", "desk_text"))
        item.setExpanded(not is_folded)
        return item

    def _fold(self, item: QTreeWidgetItem, is_folded: bool) -> None:
        self._folded[item.data(0, THING)[1]] = is_folded
        item.setIcon(0, icon("chevron-right" if is_folded else "chevron-down", "desk_text"))

    def _row(
        self, top: QTreeWidgetItem, text: str, count: str, term: str, thing: tuple[str, object], picture: str
    ) -> QTreeWidgetItem:
        is_chosen = bool(term) and self._gallery.searching.has_term(term)
        item = QTreeWidgetItem(top, [" ".join(text.split()), count])
        item.setData(0, TERM, term)
        item.setData(0, THING, thing)
        item.setFirstColumnSpanned(not count)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(1, tokens().color("dim"))
        if is_chosen:
            item.setIcon(0, icon("check", "accent"))
            item.setForeground(0, tokens().color("accent"))
        elif picture:
            item.setIcon(0, icon(picture, "dim"))
        said = self.tr("{name}, {count} pictures").format(name=text, count=count) if count else text
        chosen = self.tr("chosen")
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{said}, {chosen}" if is_chosen else said)
        return item

    def _place_of(self, item: QTreeWidgetItem | None) -> object:
        return item.data(0, THING) if item is not None else None

    def _return_to(self, stood: object) -> None:
        for item in self.items():
            if stood is not None and item.data(0, THING) == stood:
                self.setCurrentItem(item)
                return

    def items(self) -> Iterable[QTreeWidgetItem]:
        """Sections and their rows."""
        for number in range(self.topLevelItemCount()):
            top = self.topLevelItem(number)
            if top is not None:
                yield top
                rows = (top.child(number) for number in range(top.childCount()))
                yield from (row for row in rows if row is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._use(item)
        elif item is not None and event.key() == Qt.Key.Key_Menu:
            self._ask_menu(self.visualItemRect(item).center())
        elif item is not None and event.key() == Qt.Key.Key_F2 and self._is_ours(item):
            self.rename_asked.emit(item.data(0, THING))
        elif item is not None and event.key() == Qt.Key.Key_Delete and self._is_ours(item):
            self.delete_asked.emit(item.data(0, THING))
        else:
            super().keyPressEvent(event)

    def _is_ours(self, item: QTreeWidgetItem) -> bool:
        """Made by the artist, so that it can be renamed and deleted."""
        return item.data(0, THING)[0] in ("board", "search")

    def _use(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        kind, value = item.data(0, THING)
        searching = self._gallery.searching
        match kind:
            case "section":
                item.setExpanded(not item.isExpanded())
            case "add" if value == "board":
                self.board_asked.emit(False)
            case "add":
                self.add_folder_asked.emit()
            case "search":
                searching.text = value.query
                searching.ask()
            case _ if kind == MORE:
                self._unlimited.add(str(value))
                self.fill()
            case _:
                searching.toggle_term(item.data(0, TERM))

    def _ask_menu(self, place: QPoint) -> None:
        item = self.itemAt(place)
        if item is not None and (self._is_ours(item) or item.data(0, THING)[0] == "folder"):
            self.menu_asked.emit(item.data(0, THING), self.viewport().mapToGlobal(place))

    # pictures let go over a board

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)
        event.setAccepted(isinstance(event.source(), ImageGrid))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        is_board = item is not None and _takes_pictures(item)
        self._aim_at(item if is_board and isinstance(event.source(), ImageGrid) else None)
        event.setAccepted(self._target is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._aim_at(None)

    def dropEvent(self, event: QDropEvent) -> None:
        target = self._target
        self._aim_at(None)
        if target is None:
            event.ignore()
            return
        event.acceptProposedAction()
        kind, value = target.data(0, THING)
        if kind == "board":
            self.dropped.emit(value)
        else:
            self.board_asked.emit(True)

    def _aim_at(self, item: QTreeWidgetItem | None) -> None:
        if item is not self._target:
            self._target = item
            self.viewport().update()

    def drawRow(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A line around the board that pictures are held over, be it selected or not."""
        super().drawRow(painter, option, index)
        if self._target is None or self.itemFromIndex(index) is not self._target:
            return
        rect = self.visualItemRect(self._target)
        rect.setRight(self.viewport().width())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens().color("accent"), 2))
        painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)
        painter.restore()

    def _on_searching(self, field: str) -> None:
        if field == "text":
            self.fill()


def _takes_pictures(item: QTreeWidgetItem) -> bool:
    """A board, or the row that makes one."""
    return item.data(0, THING)[0] == "board" or item.data(0, THING) == ("add", "board")


def _spot(colour: str) -> QPixmap:
    pixmap = QPixmap(10, 10)
    pixmap.fill(QColor(colour))
    return pixmap
