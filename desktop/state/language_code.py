"""Which language the window speaks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


def language() -> str:
    """Its code."""
    return translate("Words", "en", "code of this language, e.g. es")
