"""Whether the system asks for stillness."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStyle

FADE_MS = 120
"""The longest a fade may take."""


def motion_is_reduced() -> bool:
    """True where the desktop's settings switch animations off; nothing should move by itself then."""
    style = QApplication.style()
    return style is None or style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


def fade_ms() -> int:
    """How long a fade takes here, in milliseconds; 0 where motion is reduced."""
    return 0 if motion_is_reduced() else FADE_MS
