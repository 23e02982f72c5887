"""What a model draws that knows classes instead of words: a list that one searches."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QStringListModel, Qt, Signal
from PySide6.QtCore import QSortFilterProxyModel as Filter
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QVBoxLayout, QWidget

from desktop.state.generation import GenerationState


class ClassList(QWidget):
    """Follows the prompt of the next picture, which holds the class's name."""

    submitted = Signal()
    """Return in the search field, or a double click: draw it."""

    def __init__(self, generation: GenerationState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._generation = generation
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search what this model can draw"))
        self.search.setAccessibleName(self.tr("Search the classes"))
        self.search.setClearButtonEnabled(True)
        self._names = QStringListModel(self)
        self._found = Filter(self)
        self._found.setSourceModel(self._names)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView()
        self.list.setModel(self._found)
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._take_first)
        self.search.installEventFilter(self)
        self.list.selectionModel().currentChanged.connect(self._take)
        self.list.activated.connect(lambda _index: self.submitted.emit())
        generation.changed.connect(self._on_changed)

    def offer(self, names: tuple[str, ...]) -> None:
        """The classes of the present model."""
        if tuple(self._names.stringList()) != names:
            self._names.setStringList(list(names))
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down goes from the search into what it found."""
        is_down = (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Down
        )
        if watched is not self.search or not is_down or not self._found.rowCount():
            return super().eventFilter(watched, event)
        self.list.setFocus()
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self._found.index(0, 0))
        return True

    def _filter(self, text: str) -> None:
        self._found.setFilterFixedString(text.strip())
        self._show()

    def _take_first(self) -> None:
        """The first that is found, unless one that is found is chosen already."""
        if not self.list.currentIndex().isValid() and self._found.rowCount():
            self.list.setCurrentIndex(self._found.index(0, 0))
        self.submitted.emit()

    def _take(self, index) -> None:
        if index.isValid():
            self._generation.prompt = str(index.data())

    def _on_changed(self, field: str) -> None:
        if field == "prompt":
            self._show()

    def _show(self) -> None:
        """The prompt's class is the chosen one, where the list shows it."""
        wanted = self._generation.prompt.strip().casefold()
        shown = (self._found.index(row, 0) for row in range(self._found.rowCount()))
        same = (index for index in shown if str(index.data()).casefold() == wanted)
        index = next(same, self._found.index(-1, 0))
        selection = self.list.selectionModel()
        with QSignalBlocker(selection):
            self.list.setCurrentIndex(index)
        self.list.viewport().update()
        if index.isValid():
            self.list.scrollTo(index)
