"""A part of a panel that folds away under its title."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop.widgets.icons import icon

ARROW_PX = 14


class Section(QFrame):
    """A title with an arrow, and below it `content`, which folds.

    Enter, Space or a click on the title folds; Left folds and Right unfolds. `remember` is told every
    change made by the artist, so that the caller may keep it; `recall` says how it was left.
    """

    folded_changed = Signal(bool)

    def __init__(
        self,
        title: str,
        content: QWidget | None = None,
        parent: QWidget | None = None,
        *,
        key: str = "",
        recall: Callable[[str], bool | None] | None = None,
        remember: Callable[[str, bool], None] | None = None,
    ) -> None:
        """`recall(key)` returns whether it was folded, None if unknown; `remember(key, folded)` keeps it."""
        super().__init__(parent)
        self._key, self._remember = key, remember
        self.header = SectionHeader(title)
        self.header.clicked.connect(lambda: self._fold_by_hand(not self.is_folded))
        self.header.fold_asked.connect(self._fold_by_hand)
        self.content = content if content is not None else QWidget()
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.set_folded(bool(recall(key)) if recall is not None else False)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 0, 16, 0)
        top.addWidget(self.header, 1)
        self._body = QWidget()
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(16, 4, 16, 8)
        inside.addWidget(self.content)
        line = QFrame()
        line.setProperty("role", "line")
        line.setFixedHeight(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._body, 1)
        layout.addSpacing(8)
        layout.addWidget(line)

    @property
    def is_folded(self) -> bool:
        return self._body.isHidden()

    def set_folded(self, folded: bool) -> None:
        """Fold or unfold, without telling `remember`."""
        self._body.setVisible(not folded)
        self.header.show_folded(folded)
        self.folded_changed.emit(folded)

    def set_title(self, title: str) -> None:
        """Another title, e.g. with a count."""
        self.header.setText(title)
        self.header.setAccessibleName(title)

    def _fold_by_hand(self, folded: bool) -> None:
        if folded == self.is_folded:
            return
        self.set_folded(folded)
        if self._remember is not None:
            self._remember(self._key, folded)


class SectionHeader(QToolButton):
    """The title; a checkable button for screen readers (checked means open)."""

    fold_asked = Signal(bool)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "section")
        self.setText(title)
        self.setAccessibleName(title)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(ARROW_PX, ARROW_PX))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_folded(self, folded: bool) -> None:
        self.setIcon(icon("chevron-right" if folded else "chevron-down"))
        self.setAccessibleDescription(self.tr("folded") if folded else self.tr("open"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self.fold_asked.emit(True)
            case Qt.Key.Key_Right:
                self.fold_asked.emit(False)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case _:
                super().keyPressEvent(event)
