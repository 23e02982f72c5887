"""The filmstrip: the steps of a picture, then the results."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QSizePolicy, QWidget

from desktop.widgets.motion import motion_is_reduced
from desktop.widgets.strip_delegate import FRAME_PX, LABEL_PX, StripDelegate
from desktop.widgets.strip_items import ITEM, Group, StripItem, StripItemModel

PULSE_TICK_MS = 66
PULSE_LAP_MS = 1600

__all__ = ["Group", "ImageStrip", "StripItem"]


class ImageStrip(QListView):
    """One row of pictures that scrolls sideways; only what is seen is drawn.

    Left, Right, Home and End walk it, Enter opens, the Menu key asks for a menu, a drag takes the file out.
    """

    current_changed = Signal(object)
    """The artist went to this `StripItem` (by click or key); not through `set_current`."""
    opened = Signal(object)
    """Enter or a double click on a `StripItem`."""
    menu_asked = Signal(object, object)
    """(StripItem, QPoint on the screen)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items = StripItemModel(self)
        self.setModel(self.items)
        self._delegate = StripDelegate(self)
        self.setItemDelegate(self._delegate)
        self._shown_by_code = False
        self.is_pressing = False
        """The pointer chooses just now: what is under it has to stay there."""
        self._set_up_view()
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.activated.connect(self._on_activated)
        self._pulse = QTimer(self, interval=PULSE_TICK_MS)
        self._pulse.timeout.connect(self._beat)
        for signal in (self.items.rowsInserted, self.items.rowsRemoved, self.items.dataChanged):
            signal.connect(self._run_pulse)

    def _set_up_view(self) -> None:
        self.setObjectName("strip")
        self.setAccessibleName(self.tr("Filmstrip"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    # what is shown as chosen

    def current(self) -> StripItem | None:
        """The chosen item, or None."""
        index = self.currentIndex()
        return index.data(ITEM) if index.isValid() else None

    def set_current(self, key: Hashable | None) -> None:
        """Show the item with this key as chosen and bring it into view; None chooses nothing."""
        row = -1 if key is None else self.items.row_of(key)
        self._shown_by_code = True
        if row < 0:
            self.clearSelection()
            self.selectionModel().setCurrentIndex(QModelIndex(), QItemSelectionModel.SelectionFlag.Clear)
        else:
            self.setCurrentIndex(self.items.index(row))
            self.scrollTo(self.items.index(row))
        self._shown_by_code = False

    def bring_current_into_view(self) -> None:
        """After frames before it came or went."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _on_current_changed(self, index: QModelIndex) -> None:
        # when the current row goes, Qt moves to its neighbour by itself: that is nobody's choice
        if index.isValid() and not self._shown_by_code and not self.items.is_removing:
            self.current_changed.emit(index.data(ITEM))

    def _on_activated(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(ITEM))

    # pointer, keys, wheel, menu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.is_pressing = True
        super().mousePressEvent(event)
        self.is_pressing = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt chooses the first frame for who comes by keys: that is nobody's choice either."""
        chosen, self._shown_by_code = self.currentIndex().isValid(), True
        super().focusInEvent(event)
        self._shown_by_code = False
        if not chosen:
            self.set_current(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = self.items.rowCount() - 1
        target = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}.get(Qt.Key(event.key()))
        if target is not None and last >= 0:
            self.setCurrentIndex(self.items.index(target))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.current())
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """An up-and-down wheel moves the strip sideways, the only way it goes."""
        turn = (
            event.pixelDelta().y()
            or event.pixelDelta().x()
            or event.angleDelta().y()
            or event.angleDelta().x()
        )
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - turn)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            place = (
                self.viewport().mapToGlobal(self.visualRect(index).center()) if by_key else event.globalPos()
            )
            self.menu_asked.emit(index.data(ITEM), QPoint(place))

    # the running frame

    def _run_pulse(self) -> None:
        runs = any(item.is_running for item in self.items.items())
        if runs and self.isVisible() and not motion_is_reduced():
            if not self._pulse.isActive():
                self._pulse.start()
        else:
            self._pulse.stop()
            self._delegate.pulse = 0.25

    @property
    def is_pulsing(self) -> bool:
        """Whether a running frame is seen to pulse now."""
        return self._pulse.isActive()

    def _beat(self) -> None:
        self._delegate.pulse = (self._delegate.pulse + PULSE_TICK_MS / PULSE_LAP_MS) % 1
        for row, item in enumerate(self.items.items()):
            if item.is_running:
                self.update(self.items.index(row))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run_pulse()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pulse.stop()
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(400, FRAME_PX + LABEL_PX + 18)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())
