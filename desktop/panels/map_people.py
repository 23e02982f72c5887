"""The people of a pose's map: added, mirrored, taken away, posed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.panels.icon_button import IconButton, LabelledButton
from engine.api.pose import Figure, standing


class MapPeople(QWidget):
    """Buttons for the figures of one map, which it is told of by `show_figures`."""

    pose_asked = Signal()
    posed = Signal(tuple)
    """The figures as they shall be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: tuple[Figure, ...] = ()
        self.pose = LabelledButton("person-standing", self.tr("Pose"))
        self.pose.setAccessibleName(self.tr("Pose the figures"))
        self.pose.clicked.connect(self.pose_asked)
        self.person = LabelledButton("plus", self.tr("Person"))
        self.person.setAccessibleName(self.tr("Add a person"))
        self.person.clicked.connect(lambda: self.posed.emit((*self._figures, standing(self._figures))))
        self.mirror = IconButton("flip-vertical-2", self.tr("Mirror the last person"))
        self.mirror.clicked.connect(self._mirror)
        self.leave = IconButton("trash-2", self.tr("Take the last person away"))
        self.leave.clicked.connect(lambda: self.posed.emit(self._figures[:-1]))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self.pose, self.person, self.mirror, self.leave):
            layout.addWidget(widget)
        layout.addStretch()

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Those that are there now."""
        self._figures = tuple(figures)
        self.mirror.setEnabled(bool(figures))
        self.leave.setEnabled(bool(figures))

    def _mirror(self) -> None:
        *others, last = self._figures
        self.posed.emit((*others, last.mirrored()))
