"""What waits, what runs, what came of it: in order, and movable."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.icon_button import IconButton
from desktop.panels.queue_item_model import QueueItemModel
from desktop.panels.queue_row import ROW_PX, QueueRow
from desktop.state.jobs import Job, JobQueue, JobState
from desktop.widgets.icons import icon
from desktop.widgets.label import Label

MOST_ROWS_SHOWN = 6


class QueuePanel(QWidget):
    """A list with the few things one can do to a job, by button, key or context menu."""

    generate_asked = Signal()

    def __init__(self, jobs: JobQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.item_model = QueueItemModel(jobs, self)
        self.list = self._make_list()
        self.job_actions = self._make_actions()
        self.empty = self._make_empty()
        self._lay_out()
        self._follow()

    def current(self) -> Job | None:
        return self.item_model.job(self.list.currentIndex())

    def has_open_jobs(self) -> bool:
        return any(not job.is_over for job in self._jobs.jobs)

    def has_finished_jobs(self) -> bool:
        return any(job.is_over for job in self._jobs.jobs)

    def toggle_pause(self) -> None:
        if self._jobs.is_paused:
            self._jobs.resume()
        else:
            self._jobs.pause()

    def _make_list(self) -> QListView:
        view = QListView()
        view.setAccessibleName(self.tr("Queue"))
        view.setModel(self.item_model)
        view.setItemDelegate(QueueRow(view))
        view.setUniformItemSizes(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setDefaultDropAction(Qt.DropAction.MoveAction)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.selectionModel().currentChanged.connect(self._refresh)
        return view

    def _make_empty(self) -> QWidget:
        page = QWidget()
        text = Label(self.tr("What you generate lines up here."), role="dim")
        text.setWordWrap(True)
        generate = QPushButton(self.tr("Generate"))
        generate.setAccessibleName(self.tr("Generate a picture"))
        generate.clicked.connect(self.generate_asked)
        layout = QHBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(text, 1)
        layout.addWidget(generate)
        return page

    def _make_actions(self) -> dict[str, QAction]:
        return {
            "up": self._action(self.tr("Move up"), "arrow-up", "Alt+Up", self._up),
            "down": self._action(self.tr("Move down"), "arrow-down", "Alt+Down", self._down),
            "retry": self._action(self.tr("Try again"), "rotate-ccw", "", self._retry),
            "cancel": self._action(self.tr("Cancel this job"), "x", "", self._cancel),
            "remove": self._action(self.tr("Remove from the queue"), "trash-2", "Del", self._remove),
        }

    def _action(self, text: str, name: str, keys: str, run) -> QAction:
        action = QAction(icon(name), text, self.list)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(run)
        self.list.addAction(action)
        return action

    def _lay_out(self) -> None:
        self.pause = IconButton("pause", "")
        self.pause.clicked.connect(self.toggle_pause)
        self.cancel_all = IconButton(
            "list-x", self.tr("Cancel everything that waits or runs"), "Ctrl+Shift+X"
        )
        self.cancel_all.clicked.connect(self._jobs.cancel_all)
        self.tidy = IconButton("list-checks", self.tr("Remove the finished jobs"))
        self.tidy.clicked.connect(self._jobs.remove_finished)
        below = QHBoxLayout()
        below.setSpacing(2)
        for action in self.job_actions.values():
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(action.text())
            below.addWidget(button)
        below.addStretch()
        below.addWidget(self.pause)
        below.addWidget(self.cancel_all)
        below.addWidget(self.tidy)
        self.tools = QWidget()
        self.tools.setLayout(below)
        below.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.empty)
        layout.addWidget(self.list)
        layout.addWidget(self.tools)

    def _follow(self) -> None:
        self._jobs.added.connect(self._show_newest)
        for signal in (self._jobs.added, self._jobs.removed, self._jobs.changed):
            signal.connect(self._refresh)
        self._jobs.paused_changed.connect(self._refresh)
        self._refresh()

    def _show_newest(self, job: Job) -> None:
        self.list.scrollTo(self.item_model.index(self.item_model.row_of(job)))

    def _refresh(self, *_: object) -> None:
        job, count = self.current(), len(self._jobs.jobs)
        for widget, is_shown in ((self.empty, not count), (self.list, count), (self.tools, count)):
            widget.setVisible(bool(is_shown))
        self.list.setFixedHeight(min(max(count, 1), MOST_ROWS_SHOWN) * ROW_PX + 2)
        self._show_pause()
        self.cancel_all.setEnabled(self.has_open_jobs())
        self.tidy.setEnabled(self.has_finished_jobs())
        waits = job is not None and job.state is JobState.QUEUED
        self.job_actions["up"].setEnabled(waits)
        self.job_actions["down"].setEnabled(waits)
        self.job_actions["cancel"].setEnabled(job is not None and not job.is_over)
        self.job_actions["retry"].setEnabled(job is not None and job.is_over)
        self.job_actions["remove"].setEnabled(job is not None and job.state is not JobState.RUNNING)

    def _show_pause(self) -> None:
        is_paused = self._jobs.is_paused
        name = self.tr("Run on") if is_paused else self.tr("Pause after the running job")
        self.pause.setAccessibleName(name)
        self.pause.setToolTip(f"{name} (Ctrl+P)")
        self.pause.setIcon(icon("play" if is_paused else "pause"))

    def _show_menu(self, place: QPoint) -> None:
        if self.list.indexAt(place).isValid():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(list(self.job_actions.values()))
            menu.popup(self.list.viewport().mapToGlobal(place))

    def _move(self, by: int) -> None:
        job = self.current()
        if job is not None:
            here = self._jobs.jobs.index(job)
            self._jobs.move(job, max(0, min(len(self._jobs.jobs) - 1, here + by)))

    def _up(self) -> None:
        self._move(-1)

    def _down(self) -> None:
        self._move(1)

    def _retry(self) -> None:
        job = self.current()
        if job is not None:
            self._jobs.retry(job)

    def _cancel(self) -> None:
        job = self.current()
        if job is not None:
            self._jobs.cancel(job)

    def _remove(self) -> None:
        job = self.current()
        if job is not None and job.state is not JobState.RUNNING:
            self._jobs.remove(job)
