"""The log: a file that does not grow for ever, topics on the terminal, Qt's own words, hard crashes."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from desktop.app.options import TOPICS
from engine.library import folders

MOST_BYTES, OLD_FILES = 2 << 20, 3
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

_handlers: list[logging.Handler] = []
_faults: list[int] = []


def log_file() -> Path:
    return folders.log_folder() / "lienzo.log"


def begin(topics: Sequence[str] = (), debug: bool = False) -> None:
    """Log to the file from INFO on, and `topics` (all of them with `debug`) to the terminal from DEBUG on."""
    file = RotatingFileHandler(
        log_file(), maxBytes=MOST_BYTES, backupCount=OLD_FILES, encoding="utf-8", errors="backslashreplace"
    )
    file.setLevel(logging.INFO)
    _add(file)
    if topics or debug:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.addFilter(lambda record: debug or record.name.split(".")[0] in topics)
        _add(terminal)
    for topic in TOPICS:
        logging.getLogger(topic).setLevel(logging.DEBUG)
    qInstallMessageHandler(_log_qt)
    _catch_faults()


def end() -> None:
    """Give everything back, so that tests can begin again."""
    qInstallMessageHandler(None)
    if _faults:
        faulthandler.disable()
        os.close(_faults.pop())
    while _handlers:
        handler = _handlers.pop()
        logging.getLogger().removeHandler(handler)
        handler.close()


def _add(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.getLogger().addHandler(handler)
    _handlers.append(handler)


def _catch_faults() -> None:
    """A segmentation fault leaves the stack of every thread in `faults.log`."""
    if faulthandler.is_enabled():
        return  # a developer's `-X faulthandler`, or the tests' own
    path = folders.log_folder() / "faults.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    _faults.append(descriptor)
    faulthandler.enable(file=descriptor)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(LEVELS.get(kind, logging.WARNING), "%s: %s", context.category, text)
