"""The Learn place: the lessons, how it comes along, and what is taught."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

from desktop.panels.learn.lessons import LessonsPanel
from desktop.panels.learn.progress import LearnProgress
from desktop.panels.learn.settings import LearnSettings
from desktop.state.studio import Studio
from engine.api.training import TrainRequest

NARROWEST_PX, LESSONS_PX, SETTINGS_PX = 240, 340, 316


class LearnPage(QWidget):
    """Three columns; the lines between them can be dragged."""

    folder_asked = Signal()
    use_asked = Signal(object)
    """`TrainRequest` whose file is to be used on the canvas."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.lessons = LessonsPanel(studio.learning)
        self.progress = LearnProgress(studio.learning)
        self.settings = LearnSettings(studio)
        self.lessons.folder_asked.connect(self.folder_asked)
        self.progress.use_asked.connect(self._use)
        self.settings.start.clicked.connect(self.progress.take_focus)  # from a button that is off by now
        column = QScrollArea()
        column.setProperty("surface", "panel")
        column.setWidgetResizable(True)
        column.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.setMinimumWidth(NARROWEST_PX)
        column.setWidget(self.settings)
        self.columns = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        for widget in (self.lessons, self.progress, column):
            self.columns.addWidget(widget)
        self.lessons.setMinimumWidth(NARROWEST_PX)
        self.columns.setStretchFactor(1, 1)
        self.columns.setSizes([LESSONS_PX, 600, SETTINGS_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.columns)
        if not studio.learning.lessons:
            studio.learning.read_again()  # the folder of the last time

    def take_focus(self) -> None:
        """Where one goes on: the lessons, or the button that brings some."""
        lessons = self.lessons
        (lessons.list if lessons.filled.isVisible() else lessons.choose).setFocus()

    def _use(self) -> None:
        job = self._studio.learning.job
        if job is not None and isinstance(job.request, TrainRequest):
            self.use_asked.emit(job.request)
