"""Type to find a command and do it, without leaving the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.api.text import without_accents

WIDTH_PX, HEIGHT_PX = 480, 360
ROW_PX, ICON_PX = 32, 18
ACTION = Qt.ItemDataRole.UserRole


class CommandPalette(QDialog):
    """The window's actions as a list that narrows while one types; Enter does the chosen one."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAccessibleName(self.tr("Find a command"))
        self.actions_shown = list(actions)
        self.search = QLineEdit(placeholderText=self.tr("Type what you want to do"))
        self.search.setAccessibleName(self.tr("Find a command"))
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._do_current)
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(self.tr("Commands found"))
        self.list.itemActivated.connect(self._do)
        self.list.itemClicked.connect(self._do)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setIconSize(QSize(ICON_PX, ICON_PX))
        frame = QFrame()
        frame.setProperty("surface", "raised")
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(frame)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.resize(WIDTH_PX, HEIGHT_PX)
        self._narrow("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down walk the list while the typing goes on."""
        keys = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in keys:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _narrow(self, words: str) -> None:
        self.list.clear()
        for action in found(self.actions_shown, words):
            self.list.addItem(_row(action))
        self.list.setCurrentRow(0)

    def _do_current(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._do(item)

    def _do(self, item: QListWidgetItem) -> None:
        action = item.data(ACTION)
        if action.isEnabled():
            self.close()
            action.trigger()


def _row(action: QAction) -> QListWidgetItem:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    item = QListWidgetItem(action.icon(), f"{plain(action)}    {keys}" if keys else plain(action))
    item.setData(ACTION, action)
    item.setSizeHint(QSize(0, ROW_PX))
    if not action.isEnabled():
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
    return item


def found(actions: Sequence[QAction], words: str) -> list[QAction]:
    """The actions whose text holds every word, what can be done now first, else in the table's order."""
    wanted = folded(words).split()
    fitting = [action for action in actions if all(word in folded(plain(action)) for word in wanted)]
    return sorted(fitting, key=lambda action: not action.isEnabled())


def plain(action: QAction) -> str:
    return action.text().replace("&", "").removesuffix("…")


def folded(text: str) -> str:
    """Lower case without accents, so that *tamano* finds *Tamaño*."""
    return without_accents(text.casefold())
