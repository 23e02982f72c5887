"""Marks a text for translation where it is written down, to be translated where it is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

look_up = QCoreApplication.translate
"""For a text that was marked elsewhere (by another name than the one lupdate looks for)."""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """`text` as it is; lupdate finds it by this name. (Qt's own says that it returns any object.)"""
    return text
