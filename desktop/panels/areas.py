"""Going round the parts of the window with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def go_round(areas: Sequence[QWidget], focus: QWidget | None, by: int) -> None:
    """From the area that holds `focus` to the next one (`by` 1) or the one before (-1)."""
    seen = [area for area in areas if area.isVisible()]
    here = 0
    if focus is not None:
        here = next((i for i, area in enumerate(seen) if area is focus or area.isAncestorOf(focus)), 0)
    first_control(seen[(here + by) % len(seen)]).setFocus(Qt.FocusReason.ShortcutFocusReason)


def first_control(area: QWidget) -> QWidget:
    """What takes the focus when one goes to `area`."""
    if area.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return area
    controls = (child for child in area.findChildren(QWidget) if child.isVisible() and child.isEnabled())
    return next((child for child in controls if child.focusPolicy() & Qt.FocusPolicy.TabFocus), area)
