"""The queue as Qt's lists read it: one row a job, moved by dragging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QCoreApplication,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)

from desktop.state.jobs import Job, JobQueue, JobState
from desktop.state.words import say
from engine.api.training import TrainRequest

JOB = Qt.ItemDataRole.UserRole
FACTS = Qt.ItemDataRole.UserRole + 1
"""The second line: state, how far, or what went wrong."""
MIME = "application/x-lienzo-job"
Index = QModelIndex | QPersistentModelIndex


class QueueItemModel(QAbstractListModel):
    """Holds nothing itself: rows are `JobQueue.jobs`."""

    def __init__(self, jobs: JobQueue, parent: Any = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._shown = list(jobs.jobs)
        jobs.added.connect(self._rearrange)
        jobs.removed.connect(self._rearrange)
        jobs.moved.connect(self._rearrange)
        jobs.changed.connect(self._on_changed)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        job = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title_of(job)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"{title_of(job)}. {self.facts(job)}"
        return {JOB: job, FACTS: self.facts(job)}.get(role) if role in (JOB, FACTS) else None

    def job(self, index: Index) -> Job | None:
        return self.data(index, JOB)

    def row_of(self, job: Job) -> int:
        return self._shown.index(job) if job in self._shown else -1

    def facts(self, job: Job) -> str:
        """The state in words, with how far it has come."""
        match job.state:
            case JobState.QUEUED if isinstance(job.request, TrainRequest):
                return self.tr("Waits  ·  %n minute(s)", "", max(1, round(job.request.minutes)))
            case JobState.DONE if job.teaches:
                return self.tr("Done")
            case JobState.QUEUED:
                return self.tr("Waits  ·  %n picture(s)", "", job.request.images)
            case JobState.RUNNING:
                return self.tr("Running  ·  {percent} %").format(percent=round(100 * job.progress))
            case JobState.DONE:
                return self.tr("Done  ·  %n picture(s)", "", len(job.results))
            case JobState.CANCELLED:
                return self.tr("Cancelled")
            case JobState.FAILED:
                return say(job.error) if job.error is not None else self.tr("Failed")

    # dragging

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        job = self.job(indexes[0]) if indexes else None
        data.setData(MIME, QByteArray((job.id if job is not None else "").encode()))
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        wanted = bytes(data.data(MIME).data()).decode()
        job = next((job for job in self._shown if job.id == wanted), None)
        if job is None:
            return False
        row = row if row >= 0 else len(self._shown)
        here = self.row_of(job)
        self._jobs.move(job, row - 1 if row > here else row)
        return False  # moved already: the view must not remove the row it dragged

    def _rearrange(self, _job: object = None) -> None:
        """The order is another: what is chosen and where one scrolled stays with its job."""
        self.layoutAboutToBeChanged.emit()
        before = {index: self._shown[index.row()] for index in self.persistentIndexList()}
        self._shown = list(self._jobs.jobs)
        for index, job in before.items():
            row = self.row_of(job)
            self.changePersistentIndex(index, self.index(row) if row >= 0 else QModelIndex())
        self.layoutChanged.emit()

    def _on_changed(self, job: Job) -> None:
        row = self.row_of(job)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))


def title_of(job: Job) -> str:
    """The prompt in one line, or what is learnt."""
    if isinstance(job.request, TrainRequest):
        learns = QCoreApplication.translate("QueueItemModel", "Learn “{word}”")
        return learns.format(word=job.request.trigger)
    prompt = " ".join(job.request.prompt.split())[:200]
    return prompt or QCoreApplication.translate("QueueItemModel", "without a prompt")
