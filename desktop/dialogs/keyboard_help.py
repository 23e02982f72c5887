"""Every key on one page, read from the same table that makes the keys work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.widgets.label import Label

Row = tuple[str, str]
"""What it does, and the keys that do it."""

KEYS = (
    QT_TRANSLATE_NOOP("QShortcut", "Ctrl"), QT_TRANSLATE_NOOP("QShortcut", "Shift"),
    QT_TRANSLATE_NOOP("QShortcut", "Return"), QT_TRANSLATE_NOOP("QShortcut", "Del"),
    QT_TRANSLATE_NOOP("QShortcut", "Esc"), QT_TRANSLATE_NOOP("QShortcut", "Tab"),
)  # fmt: skip
"""Qt's own translations write these out in full; ours are those on the keyboards."""


class KeyboardHelp(QDialog):
    """A page of keys in two columns; stays open beside the work."""

    def __init__(self, groups: Mapping[str, Sequence[Row]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard"))
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(24, 16, 24, 16)
        columns.setSpacing(32)
        for part in _halves([*groups.items(), *self._prompt_group()]):
            column = QVBoxLayout()
            for title, rows in part:
                column.addLayout(_group(title, rows))
            column.addStretch()
            columns.addLayout(column)
        area = QScrollArea(widgetResizable=True)
        area.setAccessibleName(self.tr("Keyboard"))
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.resize(page.sizeHint().width() + 32, min(640, page.sizeHint().height() + 16))

    def _prompt_group(self) -> list[tuple[str, Sequence[Row]]]:
        """Keys that the prompt and the canvas themselves hold."""
        return [
            (self.tr("In the prompt"), (
                (self.tr("More or less weight for the chosen words"), self.tr("Ctrl+Up, Ctrl+Down")),
                (self.tr("Earlier and later prompts"), self.tr("Alt+Up, Alt+Down")),
            )),
            (self.tr("On the canvas"), (
                (self.tr("Pan"), self.tr("Space and drag, or drag with the middle button")),
                (self.tr("Zoom at the pointer"), self.tr("Wheel")),
            )),
            (self.tr("In the queue"), (
                (self.tr("Move the job up or down"), self.tr("Alt+Up, Alt+Down")),
                (self.tr("Remove the job"), self.tr("Delete")),
            )),
        ]  # fmt: skip


def _group(title: str, rows: Sequence[Row]) -> QVBoxLayout:
    group = QVBoxLayout()
    group.setContentsMargins(0, 8, 0, 8)
    group.setSpacing(8)
    heading = Label(title, role="title")
    group.addWidget(heading)
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for row, (text, keys) in enumerate(rows):
        grid.addWidget(Label(text), row, 0)
        grid.addWidget(Label(keys, role="dim"), row, 1)
    group.addLayout(grid)
    return group


def _halves(groups: Sequence[tuple[str, Sequence[Row]]]):
    """Two columns of about the same number of lines."""
    total, taken, first = sum(len(rows) + 2 for _, rows in groups), 0, 0
    while first < len(groups) and taken < total / 2:
        taken += len(groups[first][1]) + 2
        first += 1
    return groups[:first], groups[first:]
