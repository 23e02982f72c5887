"""The place of models: a list to search and to sort, and beside it all that is known of one file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.icon_button import LabelledButton
from desktop.panels.models.details import ModelDetails
from desktop.panels.models.file_view import FileView
from desktop.panels.models.item_model import FILE, NAME, ModelFileItemModel, ModelFilter
from desktop.panels.models.words import kind_words
from desktop.state.studio import Studio
from desktop.widgets.choice import Choice
from desktop.widgets.label import Label
from desktop.widgets.progress import ProgressLine
from engine.api.model_file import FAMILY_TITLES, FileKind, ModelFile

DETAILS_PX, NARROWEST_PX = 400, 300
CHOICE_LETTERS = 13


class ModelsPage(QWidget):
    """Scans when it is first opened; looks at the disk again when the artist says so, or adds a folder."""

    folders_asked = Signal()
    """The artist wants to say where models lie."""
    get_asked = Signal()
    """The artist wants to download one."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._library = studio.model_library
        self._awaited: Path | None = None
        """Of a file that the next scan finds, and that is to be shown then."""
        self.item_model = ModelFileItemModel(self._library, self)
        self.filter = ModelFilter(self.item_model, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search by name, folder or word"))
        self.search.setAccessibleName(self.tr("Search models"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.filter.search)
        self.kinds = Choice(name=self.tr("Kind"))
        self.families = Choice(name=self.tr("For"))
        for choice in (self.kinds, self.families):
            choice.setMinimumContentsLength(CHOICE_LETTERS)
        self.folders = LabelledButton("folder-plus", self.tr("Folders"))
        self.folders.clicked.connect(self.folders_asked)
        self.get = LabelledButton("arrow-down-to-line", self.tr("Get a model"))
        self.get.clicked.connect(self.get_asked)
        self.again = LabelledButton("refresh-cw", self.tr("Look again"))
        self.again.clicked.connect(self.scan)
        self.stop = LabelledButton("square", self.tr("Stop"))
        self.stop.clicked.connect(self._library.cancel)
        self.progress = ProgressLine()
        self.count = Label(role="small")
        self.empty = Label(
            self.tr(
                "Only the starter, which came with Lienzo. "
                "Add the folder in which your models lie, also another program's."
            ),
            role="dim",
        )
        self.empty.setWordWrap(True)
        self.list = FileView(self.filter)
        self.details = ModelDetails(studio)
        self._lay_out()
        self._connect()
        self._fill_choices()
        self._show_state()

    # building

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.search, 1)
        head.addWidget(self.kinds)
        head.addWidget(self.families)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.count, 1)
        for widget in (self.folders, self.get, self.again, self.stop):
            foot.addWidget(widget)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        area = QScrollArea()
        area.setProperty("surface", "panel")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumWidth(NARROWEST_PX)
        area.setWidget(self.details)
        self.columns = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.columns.addWidget(left)
        self.columns.addWidget(area)
        self.columns.setStretchFactor(0, 1)
        self.columns.setSizes([1000, DETAILS_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.columns)

    def _connect(self) -> None:
        self.kinds.currentIndexChanged.connect(lambda _: self._choose_kind())
        self.families.currentIndexChanged.connect(
            lambda _: self.filter.choose_family(self.families.currentData() or "")
        )
        self.list.selectionModel().currentRowChanged.connect(lambda *_: self._show_chosen())
        self.list.activated.connect(lambda _: self.details.use.click() if self.details.usable else None)
        for signal in (self.filter.layoutChanged, self.filter.rowsInserted, self.filter.rowsRemoved):
            signal.connect(self._show_count)
        self._library.grown.connect(lambda _: self._fill_choices())
        self._library.changed.connect(self._on_changed)
        self._library.scanning_changed.connect(self._show_state)
        self._library.progressed.connect(self._show_progress)
        self._library.converted.connect(self._await_converted)
        self.details.convert.clicked.connect(self.list.setFocus)  # the button is off meanwhile
        self._studio.settings.changed.connect(self._on_setting)

    # following

    def scan(self) -> None:
        self._library.scan(self._studio.settings.model_folders)

    def take_focus(self) -> None:
        """Where one goes on; the first time the folders are looked through."""
        self.search.setFocus()
        if not self._library.was_scanned and not self._library.is_scanning:
            self.scan()

    def chosen(self) -> ModelFile | None:
        return self.list.currentIndex().data(FILE) if self.list.currentIndex().isValid() else None

    def choose(self, file: ModelFile) -> None:
        """Show and mark it, whatever was searched for."""
        self.search.clear()
        self.kinds.setCurrentIndex(0)
        self.families.setCurrentIndex(0)
        self._mark(file)

    def _mark(self, file: ModelFile) -> None:
        for row in range(self.filter.rowCount()):
            index = self.filter.index(row, NAME)
            if index.data(FILE).path == file.path:
                self.list.setCurrentIndex(index)
                self.list.scrollTo(index)

    def _on_setting(self, name: str) -> None:
        if name == "model_folders" and (self._library.was_scanned or self._library.is_scanning):
            self.scan()

    def _await_converted(self, file: ModelFile) -> None:
        """Once the folders were looked through it is shown in the place of its pickle."""
        self._awaited = file.path

    def _on_changed(self) -> None:
        """A scan is done: what was shown is shown as it is now, what is searched for stays."""
        awaited, self._awaited = self._awaited, None
        shown = awaited or (self.details.file.path if self.details.file is not None else None)
        self._fill_choices()
        self._show_state()
        again = next((file for file in self._library.files if file.path == shown), None)
        if again is not None and awaited:
            self.choose(again)
        elif again is not None:
            self._mark(again)
        if again is None or self.details.file is not again:
            self.details.show_file(again)

    def _fill_choices(self) -> None:
        kinds = {file.kind for file in self._library.files}
        families = {family for file in self._library.files for family in file.families}
        words = [(self.tr("All kinds"), "")]
        words += [(word, kind) for kind, word in kind_words().items() if kind in kinds]
        titles = [(self.tr("For all"), "")]
        titles += [(title, family) for family, title in FAMILY_TITLES.items() if family in families]
        for choice, entries in ((self.kinds, words), (self.families, titles)):
            kept = choice.currentData()
            with QSignalBlocker(choice):  # the list is sorted anew for each other choice
                choice.offer(entries)
                choice.setCurrentIndex(max(0, choice.findData(kept)))
            if kept and choice.currentData() != kept:
                choice.currentIndexChanged.emit(0)

    def _choose_kind(self) -> None:
        value = self.kinds.currentData()  # Qt gives the text of an enumeration back, not its member
        self.filter.choose_kind(FileKind(value) if value else None)

    def _show_chosen(self) -> None:
        self.details.show_file(self.chosen())

    def _show_state(self) -> None:
        is_busy = self._library.is_scanning or self._library.is_converting
        shown, hidden = (self.stop, self.again) if self._library.is_scanning else (self.again, self.stop)
        had_focus = hidden.hasFocus()
        shown.setVisible(True)
        if had_focus:  # else Qt gives it to the first button of the window
            shown.setFocus()
        hidden.setVisible(False)
        if is_busy:
            self.progress.set_busy()
        else:
            self.progress.clear()
        self.empty.setVisible(self._library.was_scanned and not self._library.files)
        self._show_count()

    def _show_progress(self, done: int, total: int) -> None:
        if self._library.is_scanning and total:
            self.progress.set_progress(done, total)
            self.count.setText(self.tr("{done} of {total} looked at").format(done=done, total=total))

    def _show_count(self, *_: object) -> None:
        if self._library.is_scanning:
            return
        files = self._library.files
        broken = sum(file.kind is FileKind.BROKEN for file in files)
        shown = self.filter.rowCount()
        parts = [self.tr("%n file(s)", "", len(files))]
        if shown != len(files):
            parts.append(self.tr("{count} shown").format(count=shown))
        if broken:
            parts.append(self.tr("%n cannot be used", "", broken))
        parts = parts if files else []
        if self._library.was_stopped:
            parts.append(self.tr("Stopped before all was looked at; looking again goes on from there"))
        self.count.setText("  ·  ".join(parts))
