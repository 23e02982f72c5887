"""When something in the window breaks: it is logged and shown, the work is kept, and the app goes on."""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.widgets.label import Label
from engine import __version__
from engine.library import folders

log = logging.getLogger("app")


def report_of(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """What a developer needs, without the user's pictures and prompts."""
    head = f"Lienzo {__version__}, Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"
    return f"{head}\n\n{''.join(traceback.format_exception(kind, error, trace))}"


class CrashReporter(QObject):
    """Catches what nobody caught, in every thread of this process."""

    caught = Signal(str)
    """The report; emitted in the GUI thread."""
    _reported = Signal(str)

    def __init__(self, keep_work: Callable[[], None], window: QWidget | None = None) -> None:
        super().__init__(window)
        self._keep_work = keep_work
        self._window = window
        self.dialog: CrashDialog | None = None
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._take
        threading.excepthook = self._take_in_thread
        self._reported.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def restore(self) -> None:
        """Put the hooks back that were there before."""
        sys.excepthook, threading.excepthook = self._before

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return self._before[0](kind, error, trace)
        log.critical("uncaught", exc_info=(kind, error, trace))
        self._reported.emit(report_of(kind, error, trace))
        return None

    def _take_in_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not issubclass(told.exc_type, SystemExit):
            self._take(told.exc_type, told.exc_value, told.exc_traceback)

    def _show(self, report: str) -> None:
        self._keep()
        self.caught.emit(report)
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.add(report)
            return
        self.dialog = CrashDialog(report, self._window)
        self.dialog.show()

    def _keep(self) -> None:
        try:
            self._keep_work()
        except Exception:  # what broke may be just this; the dialog must come all the same
            log.exception("the work could not be kept")


class CrashDialog(QDialog):
    """Says that something broke, where the log is, and offers to copy the report. Blocks nothing."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self.setModal(False)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.report = report
        text = self.tr(
            "Something in Lienzo broke. Your prompt, settings and queue are kept, and you can go on.\n"
            "The log is in {folder}."
        ).format(folder=folders.log_folder())
        label = Label(text)
        label.setWordWrap(True)
        self._details = QPlainTextEdit(report, readOnly=True)
        self._details.setAccessibleName(self.tr("Report"))
        layout = QVBoxLayout(self)
        layout.addWidget(label)
        layout.addWidget(self._details)
        layout.addWidget(self._buttons())
        self.resize(640, 400)

    def add(self, report: str) -> None:
        """Another one, while this is still open."""
        self.report = f"{self.report}\n\n{report}"
        self._details.setPlainText(self.report)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        buttons.addButton(self.tr("Copy report"), role.ActionRole).clicked.connect(self.copy)
        buttons.addButton(self.tr("Open log folder"), role.ActionRole).clicked.connect(_open_log_folder)
        go_on = buttons.addButton(self.tr("Go on"), role.AcceptRole)
        go_on.clicked.connect(self.accept)
        go_on.setDefault(True)
        return buttons


def _open_log_folder() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folders.log_folder())))
