"""The panel beside the picture: its recipe, or two recipes with what differs between them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QBrush, QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPlainTextEdit,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.gallery.viewer.recipe_rows import Row, compared
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.theme import theme, tokens

NARROWEST_PX, NARROWEST_OF_TWO_PX = 260, 400
NAMES_PX = 118
"""Width of the names' column; longer ones take two lines."""
AIR_PX = 7


class RecipeDelegate(QStyledItemDelegate):
    """A little air between the rows, however many lines they have."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(0, AIR_PX)


class RecipeTable(QTableWidget):
    """Items show plain text only, whatever a stranger wrote. Ctrl+C copies the rows that are chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setAccessibleName(self.tr("Recipe"))
        self.setWordWrap(True)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(8)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setItemDelegate(RecipeDelegate(self))
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        theme.changed.connect(self._dress)

    def show_rows(self, rows: list[Row]) -> None:
        self._fill([(name, value) for name, value in rows], [])

    def show_compared(self, first: list[Row], second: list[Row], names: tuple[str, str]) -> None:
        """Side by side; what differs is bold and marked."""
        self._fill(compared(first, second), ["", *names])

    def text(self) -> str:
        """All rows, for the clipboard."""
        return "\n".join(self._line(row) for row in range(self.rowCount()))

    def _fill(self, rows: list, titles: list[str]) -> None:
        columns = 3 if titles else 2
        self.setColumnCount(columns)
        self.setHorizontalHeaderLabels(titles)
        self.horizontalHeader().setVisible(bool(titles))
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            differs = columns == 3 and texts[1] != texts[2]
            for column, text in enumerate(texts):
                self.setItem(row, column, self._item(text, column, differs))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, NAMES_PX)
        self._dress()

    def _item(self, text: str, column: int, differs: bool) -> QTableWidgetItem:
        item = QTableWidgetItem(f"≠ {text}" if differs and column == 0 else text)
        item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        if differs:
            font = QFont(self.font())
            font.setBold(True)
            item.setFont(font)
        return item

    def _dress(self) -> None:
        for row in range(self.rowCount()):
            item = self.item(row, 0)
            if item is not None and not item.font().bold():
                item.setForeground(QBrush(tokens().color("dim")))

    def _line(self, row: int) -> str:
        items = (self.item(row, column) for column in range(self.columnCount()))
        return "\t".join(item.text() for item in items if item is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            QGuiApplication.clipboard().setText("\n".join(self._line(row) for row in rows))
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # the viewer's
        else:
            super().keyPressEvent(event)


class InfoPanel(QWidget):
    """Facts in the window's language, or the texts in the file as they were written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(NARROWEST_PX)
        self.kind = Segmented(
            (("facts", self.tr("Facts")), ("written", self.tr("As written"))), name=self.tr("Recipe as")
        )
        self.kind.set_value("facts")
        self.kind.value_changed.connect(self._show_kind)
        self.table = RecipeTable()
        self.written = QPlainTextEdit()
        self.written.setReadOnly(True)
        self.written.setAccessibleName(self.tr("Recipe as it was written"))
        self.written.setTabChangesFocus(True)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.written)
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.kind)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.note)
        self.note.hide()

    def show_one(self, rows: list[Row], written: str) -> None:
        self.setMinimumWidth(NARROWEST_PX)
        self.table.show_rows(rows)
        self.written.setPlainText(written or self.tr("This file holds no text."))
        self.note.hide()

    def show_two(self, first: list[Row], second: list[Row], names: tuple[str, str], written: str) -> None:
        self.setMinimumWidth(NARROWEST_OF_TWO_PX)
        self.table.show_compared(first, second, names)
        self.written.setPlainText(written or self.tr("This file holds no text."))
        count = sum(ours != theirs for _, ours, theirs in compared(first, second))
        self.note.setText(self.tr("%n row(s) differ.", "", count))
        self.note.show()

    def _show_kind(self, kind: str) -> None:
        self.pages.setCurrentWidget(self.table if kind == "facts" else self.written)
