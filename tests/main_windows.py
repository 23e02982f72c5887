"""The real window on a real studio with the toy model, and what one asks of its widgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from studios import studio_with_toy
from toy_engine import ToyEngine
from windows import show_in_window

import resources
from desktop.state.studio import Studio
from desktop.widgets.theme import apply_theme, choose_theme
from desktop.window import MainWindow
from resources.compile_translations import compile_translations


@contextmanager
def main_window(qtbot, width: int = 1280, height: int = 720) -> Iterator[MainWindow]:
    """Shown, active, its studio ready. It stands inside another window: see `show_in_window`."""
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        studio.generation.steps = 4
        yield show_in_window(qtbot, built(studio), width, height)


def built(studio: Studio) -> MainWindow:
    """Built first and dressed then, as the app does: that is quicker."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    choose_theme(app, "dark")
    if not QApplication.allWidgets():  # of those that are there Qt would keep what it must forget, and crash
        app.setStyleSheet("")
    window = MainWindow(studio)
    apply_theme(app, "dark")
    return window


@contextmanager
def spoken(code: str, folder: Path) -> Iterator[None]:
    """The application in another language, from the .ts file as it is now (compiled into `folder`)."""
    source = Path(resources.__file__).parent / "translations" / f"{code}.ts"
    (folder / source.name).write_bytes(source.read_bytes())
    compile_translations(folder)
    translator = QTranslator()
    assert translator.load(code, str(folder))
    QCoreApplication.installTranslator(translator)
    try:
        yield
    finally:
        QCoreApplication.removeTranslator(translator)


def generate(window: MainWindow, prompt: str = "a dog") -> None:
    """Press Generate with a prompt, where none is written yet."""
    window.studio.generation.prompt = window.studio.generation.prompt or prompt
    window.generate()


def controls(root: QWidget) -> list[QWidget]:
    """Everything below `root` that the keyboard can reach when it is shown and enabled; no pop-up lists."""
    return [
        child
        for child in root.findChildren(QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.window() is root.window()
    ]


def texts_of(widget: QWidget) -> list[str]:
    """Every word that `widget` itself shows or lets be read aloud."""
    texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
    if isinstance(widget, (QLabel, QAbstractButton)):
        texts.append(widget.text())
    if isinstance(widget, (QLineEdit, QPlainTextEdit)):
        texts.append(widget.placeholderText())
    if isinstance(widget, QComboBox):
        texts += [widget.itemText(row) for row in range(widget.count())]
    return [text.strip() for text in texts if text.strip()]


def flush_deletions() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
