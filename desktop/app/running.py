"""The window's life: painted first, then filled; ended with everything kept."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import logs
from desktop.app.endings import Endings
from desktop.app.garbage import GarbageCollector
from desktop.app.language import Language
from desktop.app.library_hold import LibraryHold
from desktop.app.options import Options
from desktop.app.single_instance import SingleInstance, hand_over
from desktop.app.starts import SURVIVED_AFTER_MS, Starts
from desktop.bridge.background import Background
from desktop.crash import CrashReporter
from desktop.state.settings import Settings
from desktop.state.studio import Studio
from desktop.widgets.theme import apply_theme, choose_theme, theme
from engine.library import folders
from engine.trace import trace

log = logging.getLogger("app")

MODEL_SUFFIXES = (".safetensors",)


def run(options: Options, instance: SingleInstance) -> int:
    """Open the window and return its exit code when it is closed and all is kept."""
    app = _application()
    language = Language(app)
    studio = studio_speaking(language, options)
    library = LibraryHold(studio.settings, studio.messages, app)
    if not library.take():
        studio.close()
        return hand_over(library.instance, options.files, library.why)
    starts = Starts(folders.data_folder())
    starts.begin()
    choose_theme(app, studio.settings.theme)
    window = _window(studio)
    theme.dress(app)
    reporter = CrashReporter(studio.flush, window)
    endings = Endings(app.quit, app)
    garbage = GarbageCollector(app)
    _follow_settings(app, studio, language)
    app.applicationStateChanged.connect(lambda state: _look_where_back(studio, state))
    if not starts.is_one_too_many:
        studio.start_engine()
    window.show()
    painted = FirstPaint(window)
    painted.happened.connect(garbage.settle)
    painted.happened.connect(lambda: _fill(options, [instance, library], studio, window, starts))
    QTimer.singleShot(SURVIVED_AFTER_MS, app, starts.survived)
    app.commitDataRequest.connect(lambda _: studio.flush())
    try:
        return app.exec()
    finally:
        endings.restore()
        garbage.restore()
        studio.close()
        library.release()
        reporter.restore()
        starts.ended()
        log.info("closed")
        if studio.leaves_work:
            _leave(instance)


def _leave(instance: SingleInstance) -> NoReturn:
    """End the process although a thread of it does not: all is kept, and the next start is not held up."""
    log.warning("something was still worked on")
    instance.release()
    logs.end()
    os._exit(0)


def studio_speaking(language: Language, options: Options) -> Studio:
    """The studio, which names its first layer in the artist's language: so that is chosen before."""
    settings = Settings(Background(language), parent=language)
    language.use(options.language or settings.language)
    return Studio(_engine(options), settings=settings)


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("lienzo")
    app.setApplicationDisplayName("Lienzo")
    app.setDesktopFileName("lienzo")
    return app


def _engine(options: Options):
    """The engine in this process where asked; None lets the studio start its process."""
    if not options.in_process:
        return None
    # only debuggers want it
    from desktop.bridge.local_engine import LocalEngine

    return LocalEngine()


def _window(studio: Studio) -> QWidget:
    # the panels are the larger part of the window's import; nothing before needs them
    from desktop.window import MainWindow

    return MainWindow(studio)


def _follow_settings(app: QApplication, studio: Studio, language: Language) -> None:
    def follow(name: str) -> None:
        match name:
            case "language":
                language.use(studio.settings.language)
            case "theme":
                apply_theme(app, studio.settings.theme)

    studio.settings.changed.connect(follow)


def _look_where_back(studio: Studio, state: Qt.ApplicationState) -> None:
    """Who went to write a list or a style finds it when the window is in front again."""
    if state == Qt.ApplicationState.ApplicationActive and not studio.is_closed:
        studio.vocabulary.look_where_changed()


def _fill(
    options: Options,
    doors: Sequence[SingleInstance | LibraryHold],
    studio: Studio,
    window: QWidget,
    starts: Starts,
) -> None:
    """Everything that the first paint need not wait for."""
    if studio.is_closed:
        return
    studio.start(starts.is_one_too_many)
    if starts.is_one_too_many:
        studio.messages.warning(
            QCoreApplication.translate(
                "App", "Lienzo ended unexpectedly several times, so nothing runs until you start it."
            )
        )
    elif starts.was_broken_off:
        studio.messages.info(
            QCoreApplication.translate(
                "App",
                "Lienzo ended unexpectedly. The canvas, the queue and your words are back as they were.",
            )
        )
    if options.model:
        studio.choose_model(options.model)
    studio.ready.connect(lambda: trace("ready"))
    for door in doors:
        door.files_received.connect(lambda files: _take_files(studio, window, files))
        door.listen()
    open_files(studio, list(options.files))


def open_files(studio: Studio, files: list[str]) -> None:
    """A model is chosen, the first picture is started from."""
    for file in files:
        if Path(file).suffix.lower() in MODEL_SUFFIXES or Path(file).is_dir():
            studio.choose_model(str(Path(file).absolute()))
        else:
            studio.starting.from_file(file)


def _take_files(studio: Studio, window: QWidget, files: list[str]) -> None:
    """A second start: come forward with what it was given."""
    window.setWindowState(window.windowState() & ~window.windowState().WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    open_files(studio, files)


class FirstPaint(QObject):
    """Says once when the window has been painted for the first time."""

    happened = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._say)
        return False

    def _say(self) -> None:
        trace("first_paint")
        self.happened.emit()
