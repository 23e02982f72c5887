"""OpenCV, loaded at its first use: with the window it would cost 60 ms before anybody paints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cv2 import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]


def load() -> None:
    """Load it now; in the disk pool, while nobody waits."""
    import cv2  # noqa: F401


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    import cv2

    value = globals()[name] = getattr(cv2, name)
    return value
