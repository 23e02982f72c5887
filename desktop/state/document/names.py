"""What new layers and masks are called, in the artist's language."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


def new_layer_name(taken: Iterable[str]) -> str:
    return _first_free(translate("LayerNames", "Layer {number}"), taken)


def numbered_layer_name(number: int) -> str:
    return translate("LayerNames", "Layer {number}").format(number=number)


def new_group_name(taken: Iterable[str]) -> str:
    return _first_free(translate("LayerNames", "Group {number}"), taken)


def new_mask_name(taken: Iterable[str]) -> str:
    return _first_free(translate("LayerNames", "Mask {number}"), taken)


def new_result_name(taken: Iterable[str]) -> str:
    return _first_free(translate("LayerNames", "Result {number}"), taken)


def background_name() -> str:
    return translate("LayerNames", "Background")


def copy_name(name: str) -> str:
    return translate("LayerNames", "{name} copy").format(name=name)


def visible_name() -> str:
    """Of a layer that holds what all visible ones show together."""
    return translate("LayerNames", "Visible")


def _first_free(pattern: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    numbers = range(1, len(taken) + 2)
    return next(name for number in numbers if (name := pattern.format(number=number)) not in taken)
