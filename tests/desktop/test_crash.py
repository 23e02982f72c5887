from __future__ import annotations

import logging
import sys
import threading

import pytest
import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from desktop.crash import CrashReporter
from desktop.widgets.label import Label
from engine.library import folders

pytestmark = [
    pytest.mark.logs_warnings,  # crashes are logged
    pytest.mark.qt_log_ignore("does not support propagateSizeHints"),  # the platform without a screen
]


@pytest.fixture
def kept() -> list[str]:
    return []


@pytest.fixture
def reporter(qapp, kept):
    reporter = CrashReporter(lambda: kept.append("kept"))
    yield reporter
    reporter.restore()
    if reporter.dialog is not None:
        shiboken6.delete(reporter.dialog)


def crash() -> None:
    raise ZeroDivisionError("on purpose")


def test_a_crash_in_a_slot_keeps_the_work_and_the_app_goes_on(qtbot, reporter, kept, caplog):
    with caplog.at_level(logging.ERROR), qtbot.captureExceptions() as _:
        sys.excepthook = reporter._take  # pytest-qt has put its own in between
        with qtbot.waitSignal(reporter.caught) as caught:
            QTimer.singleShot(0, crash)
    assert kept == ["kept"]
    assert "ZeroDivisionError: on purpose" in caught.args[0]
    assert "ZeroDivisionError" in caplog.text
    dialog = reporter.dialog
    assert dialog.isVisible() and not dialog.isModal()
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    buttons["Copy report"].click()
    assert "on purpose" in QGuiApplication.clipboard().text()
    buttons["Go on"].click()
    assert not dialog.isVisible()


def test_a_crash_in_a_thread_is_reported_in_the_same_dialog(qtbot, reporter):
    for _ in range(2):
        with qtbot.waitSignal(reporter.caught):
            thread = threading.Thread(target=crash)
            thread.start()
            thread.join()
    assert reporter.dialog.report.count("ZeroDivisionError: on purpose") == 2


def test_the_dialog_names_the_log(qtbot, reporter):
    reporter._show("a report")
    labels = reporter.dialog.findChildren(Label)
    assert any(str(folders.log_folder()) in label.text() for label in labels)


def test_keeping_the_work_may_fail_too(qtbot):
    def fail() -> None:
        raise OSError("disk full")

    reporter = CrashReporter(fail)
    try:
        reporter._show("a report")
        assert reporter.dialog.isVisible()
    finally:
        reporter.restore()
        shiboken6.delete(reporter.dialog)
