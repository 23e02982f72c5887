"""How the window was left: its place on the screen and where its lines were dragged to."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow, QSplitter

from desktop.state.settings import Settings


def keep_geometry(settings: Settings, window: QMainWindow) -> None:
    settings.window_geometry = _in_base64(window.saveGeometry())


def restore_geometry(settings: Settings, window: QMainWindow) -> None:
    if settings.window_geometry:
        window.restoreGeometry(QByteArray.fromBase64(settings.window_geometry.encode()))


def keep_splitters(settings: Settings, splitters: Mapping[str, QSplitter]) -> None:
    for name, splitter in splitters.items():
        settings.remember_panel(name, _in_base64(splitter.saveState()))


def restore_splitters(settings: Settings, splitters: Mapping[str, QSplitter]) -> None:
    for name, splitter in splitters.items():
        kept = settings.panel_states.get(name)
        if isinstance(kept, str):
            splitter.restoreState(QByteArray.fromBase64(kept.encode()))


def _in_base64(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode()
