"""Messages that do not stop anybody: they stack in a corner, may offer one action, and go by themselves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPropertyAnimation, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent
from PySide6.QtWidgets import QFrame, QGraphicsOpacityEffect, QHBoxLayout, QPushButton, QToolButton, QWidget

from desktop.widgets.focus_back import FocusBack
from desktop.widgets.icons import icon
from desktop.widgets.label import Label, breakable
from desktop.widgets.motion import fade_ms

READ_MS_PER_CHARACTER = 60
SHORTEST_MS, LONGEST_MS = 4_000, 15_000
MOST = 4
WIDTH_PX, GAP_PX, MARGIN_PX = 380, 8, 16
LONGEST_WORD = 30
"""Letters that fit into a line for certain."""
BOTTOM_PX = 48
"""Leaves the line of facts under the picture free."""
ICONS = {"info": "info", "warning": "triangle-alert", "error": "circle-alert"}


class Toast(QFrame):
    """One message. It waits while the pointer or the focus is on it; an error waits to be closed."""

    closed = Signal()

    def __init__(
        self,
        text: str,
        level: str = "info",
        action: str = "",
        run: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self.text, self.level, self._run = text, level, run
        self.setAccessibleName(text)
        self._lay_out(text, level, action)
        self._focus = FocusBack(self)
        patience = min(max(READ_MS_PER_CHARACTER * len(text), SHORTEST_MS), LONGEST_MS)
        self._timer = QTimer(self, singleShot=True, interval=patience)
        self._timer.timeout.connect(self.close_soon)
        self._start()

    def _lay_out(self, text: str, level: str, action: str) -> None:
        picture = Label()
        picture.setPixmap(icon(ICONS[level]).pixmap(QSize(18, 18), self.devicePixelRatioF()))
        words = Label(breakable(text, LONGEST_WORD))
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)  # else as high as at its narrowest
        row.addWidget(picture)
        row.addWidget(words, 1)
        self.button = QPushButton(action, self)  # without a parent, showing it would open a window
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self._act)
        row.addWidget(self.button)
        close = QToolButton()
        close.setIcon(icon("x", "dim"))
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(close.accessibleName())
        close.clicked.connect(self.close_soon)
        row.addWidget(close)

    def height_at(self, width: int) -> int:
        """What its words need. They keep room for the lines that they have: it is made this wide first."""
        self.resize(width, self.height())
        self._row.activate()
        return self.heightForWidth(width)

    @property
    def is_counting(self) -> bool:
        """Whether it will go by itself."""
        return self._timer.isActive()

    def _start(self) -> None:
        if self.level != "error":
            self._timer.start()

    def _act(self) -> None:
        if self._run is not None:
            self._run()
        self.close_soon()

    def close_soon(self) -> None:
        """Fade and go; at once where motion is reduced."""
        self._timer.stop()
        self._focus.give_back()
        if fade_ms() == 0 or not self.isVisible():
            self._go()
            return
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        fade = QPropertyAnimation(effect, b"opacity", self)
        fade.setDuration(fade_ms())
        fade.setStartValue(1.0)
        fade.setEndValue(0.0)
        fade.setEasingCurve(QEasingCurve.Type.OutQuad)
        fade.finished.connect(self._go)
        fade.start()

    def _go(self) -> None:
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._start()
        super().leaveEvent(event)


class Toasts(QObject):
    """The stack of messages over a widget's lower right corner; the oldest makes room for the newest."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.shown: list[Toast] = []
        over.installEventFilter(self)

    def show(
        self, text: str, level: str = "info", action: str = "", run: Callable[[], object] | None = None
    ) -> Toast:
        """Say `text` (plain text; level "info", "warning" or "error"), with a button that calls `run`.

        The same message again takes the place of the first.
        """
        for toast in [toast for toast in self.shown if toast.text == text] + self.shown[: 1 - MOST]:
            if toast in self.shown:
                self._forget(toast)
                toast.deleteLater()
                toast.hide()
        toast = Toast(text, level, action, run, self._over)
        toast.closed.connect(lambda: self._forget(toast))
        self.shown.append(toast)
        toast.show()
        self._place()
        announce(toast, text, is_urgent=level == "error")
        return toast

    def _forget(self, toast: Toast) -> None:
        if toast in self.shown:
            self.shown.remove(toast)
            self._place()

    def _place(self) -> None:
        bottom = self._over.height() - BOTTOM_PX
        width = min(WIDTH_PX, self._over.width() - 2 * MARGIN_PX)
        for toast in reversed(self.shown):
            height = toast.height_at(width)
            bottom -= height
            toast.setGeometry(self._over.width() - MARGIN_PX - width, bottom, width, height)
            toast.raise_()
            bottom -= GAP_PX

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)


def announce(widget: QWidget, text: str, *, is_urgent: bool = False) -> None:
    """Let a screen reader say `text` without moving the focus."""
    event = QAccessibleAnnouncementEvent(widget, text)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if is_urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)
