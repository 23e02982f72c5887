"""A drop-down list of many things: one types a part of a name, and those that have it are offered."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from desktop.widgets.choice import Choice
from engine.api.text import without_accents

SOUGHT = Qt.ItemDataRole.UserRole + 1
"""What is looked through: the name, other names of it, and both without accents."""
MOST_ROWS = 12
FEWEST_LETTERS = 12
"""Of what is typed, that are seen."""


class SearchChoice(Choice):
    """The list opens as ever; typing finds names by any part, with or without accents, by other names too.

    `activated` comes as from any combo box. What is typed and is no name becomes the chosen one again.
    """

    def __init__(self, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(parent, name=name)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(MOST_ROWS)
        self.setMinimumContentsLength(FEWEST_LETTERS)
        completer = _ByAnyName(self)
        completer.setModel(self.model())
        completer.setCompletionRole(SOUGHT)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(MOST_ROWS)
        self.setCompleter(completer)
        line = self.lineEdit()
        assert line is not None
        line.setAccessibleName(name)
        line.returnPressed.connect(self._take_first)
        line.editingFinished.connect(self._show_chosen)

    def add(self, icon: QIcon, name: str, data: object, *other_names: str) -> None:
        """One more thing, found by its `name` and by `other_names`."""
        self.addItem(icon, name, data)
        sought = " ".join((name, *other_names))
        self.setItemData(self.count() - 1, f"{sought} {without_accents(sought)}", SOUGHT)

    def _take_first(self) -> None:
        """The first that what is typed is found in, unless it is a name by itself."""
        typed, completer = self.currentText().strip(), self.completer()
        if not typed or typed == self.itemText(self.currentIndex()) or completer is None:
            return
        completer.setCompletionPrefix(typed)
        if completer.setCurrentRow(0):
            number = self.findText(completer.pathFromIndex(completer.currentIndex()))
            self.setCurrentIndex(number)
            self.activated.emit(number)

    def _show_chosen(self) -> None:
        self.setEditText(self.itemText(self.currentIndex()))


class _ByAnyName(QCompleter):
    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """The name itself, by whatever other it was found."""
        return str(index.data(Qt.ItemDataRole.DisplayRole))
