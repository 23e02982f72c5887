"""The lessons as Qt's lists read them: one row a picture, its caption can be edited."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt

from desktop.state.learning import Learning
from desktop.state.lessons import LessonEntry

LESSON = Qt.ItemDataRole.UserRole
IS_TYPED = Qt.ItemDataRole.UserRole + 1
"""True where the caption differs from the file's."""
PROBLEM = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex
ROW = QSize(0, 80)


class LessonItemModel(QAbstractListModel):
    """Holds nothing itself: rows are `Learning.lessons`."""

    def __init__(self, learning: Learning, parent: Any = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self._shown = learning.lessons
        learning.lessons_changed.connect(self._reset)
        learning.captions_changed.connect(self._on_captions)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        lesson = self._shown[index.row()]
        caption = self._learning.caption_of(lesson)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return caption
            case Qt.ItemDataRole.ToolTipRole:
                return "\n".join(part for part in (lesson.name, self.problem_of(lesson)) if part)
            case Qt.ItemDataRole.AccessibleTextRole:
                return ". ".join(part for part in (lesson.name, caption, self.problem_of(lesson)) if part)
            case Qt.ItemDataRole.SizeHintRole:
                return ROW
            case _ if role == PROBLEM:
                return self.problem_of(lesson)
        return {LESSON: lesson, IS_TYPED: lesson.name in self._learning.typed}.get(role)

    def problem_of(self, lesson: LessonEntry) -> str:
        """Why it is not learnt from as it lies there, in words; empty where it is."""
        if lesson.thumbnail is None:
            return self.tr("Cannot be opened, and is left out.")
        if lesson.has_bad_caption and not self._learning.caption_of(lesson):
            return self.tr("Its words cannot be read.")
        return ""

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        lesson: LessonEntry | None = self.data(index, LESSON)
        if lesson is None or role != Qt.ItemDataRole.EditRole:
            return False
        self._learning.set_caption(lesson, " ".join(str(value).split()))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        lesson = self.data(index, LESSON)
        if lesson is None or lesson.thumbnail is None:
            return super().flags(index)
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def _reset(self) -> None:
        self.beginResetModel()
        self._shown = self._learning.lessons
        self.endResetModel()

    def _on_captions(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
