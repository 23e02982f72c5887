"""The folder that one teaches from: its pictures, and what is said of each."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.panels.learn.lesson_item_model import LessonItemModel
from desktop.panels.learn.lesson_row import LessonRow
from desktop.state.learning import Learning
from desktop.widgets.label import ElidedLabel, Label


class LessonsPanel(QWidget):
    """Empty, it says what to do; filled, it is a list whose captions are edited in place."""

    folder_asked = Signal()
    """The artist wants to choose a folder."""

    def __init__(self, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self.setAcceptDrops(True)
        self.item_model = LessonItemModel(learning, self)
        self.empty = self._make_empty()
        self.filled = self._make_filled()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.filled, 1)
        learning.lessons_changed.connect(self._show)
        learning.captions_changed.connect(self._show)
        learning.changed.connect(self._on_changed)
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._folder_in(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        folder = self._folder_in(event)
        if folder is not None:
            self._learning.choose_folder(folder)
            event.acceptProposedAction()

    def _folder_in(self, event: QDropEvent) -> Path | None:
        """The folder that is dropped, or that of the first file."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        return next((path if path.is_dir() else path.parent for path in paths), None)

    def _make_empty(self) -> QWidget:
        page = QWidget()
        text = Label(
            self.tr("Ten to twenty pictures of one thing, or in one style: choose or drop their folder.")
        )
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose = LabelledButton("folder-open", self.tr("Choose a folder"))
        self.choose.clicked.connect(self.folder_asked)
        layout = QVBoxLayout(page)
        layout.addStretch()
        layout.addWidget(text)
        layout.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()
        return page

    def _make_filled(self) -> QWidget:
        page = QWidget()
        self.name = ElidedLabel(role="title")
        self.count = Label(role="small")
        self.again = IconButton("rotate-ccw", self.tr("Look at the folder again"))
        self.again.clicked.connect(self._learning.read_again)
        self.other = IconButton("folder-open", self.tr("Choose another folder"))
        self.other.clicked.connect(self.folder_asked)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Pictures and their words"))
        self.list.setModel(self.item_model)
        self.list.setItemDelegate(LessonRow(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        triggers = QAbstractItemView.EditTrigger
        self.list.setEditTriggers(
            triggers.DoubleClicked
            | triggers.EditKeyPressed
            | triggers.SelectedClicked
            | triggers.AnyKeyPressed
        )
        self.save = LabelledButton("save", self.tr("Save the words"))
        self.save.setToolTip(self.tr("Write them beside the pictures, one text file each"))
        self.save.clicked.connect(self._learning.save_captions)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.again)
        head.addWidget(self.other)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.count)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.save)
        return page

    def _on_changed(self, field: str) -> None:
        if field == "folder":
            self._show()

    def _show(self) -> None:
        lessons = self._learning.lessons
        self.empty.setVisible(not lessons)
        self.filled.setVisible(bool(lessons))
        self.name.setText(Path(self._learning.folder).name)
        self.name.setToolTip(self._learning.folder)
        good = sum(lesson.thumbnail is not None for lesson in lessons)
        said = self.tr("%n picture(s)", "", good)
        left_out = self.tr("%n left out", "", len(lessons) - good) if good < len(lessons) else ""
        self.count.setText("  ·  ".join(part for part in (said, left_out) if part))
        self.save.setEnabled(bool(self._learning.typed))
