"""The pictures that one teaches from, as the Learn place shows them; and their captions on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from desktop.bridge.pixels import to_qimage
from engine.library.save import save_bytes

THUMBNAIL_PX = 192
"""For a screen of two pixels a point."""


@dataclass(frozen=True, eq=False)
class LessonEntry:
    name: str
    path: Path
    caption: str
    """As it lies beside the picture; empty where there is none."""
    thumbnail: QImage | None
    """None where the picture cannot be opened."""
    has_bad_caption: bool = False
    """What lies beside it is no text."""


def read_lessons(folder: Path) -> list[LessonEntry]:
    """Every picture of `folder`, small. Raises `BadRequest` where there is none. For the disk pool."""
    # Pillow is loaded with the first picture, not with the window
    from engine.training.folder import Skipped, open_lessons, read_folder

    found = read_folder(folder)
    bad_captions = {Path(skipped.name).stem for skipped in found.skipped}
    entries = []
    for lesson, opened in open_lessons(found):
        image = None
        if not isinstance(opened, Skipped):
            image = to_qimage(opened).scaled(
                QSize(THUMBNAIL_PX, THUMBNAIL_PX),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        is_bad = lesson.path.stem in bad_captions
        entries.append(LessonEntry(lesson.name, lesson.path, lesson.caption, image, is_bad))
    return entries


def save_captions(folder: Path, captions: Mapping[str, str]) -> None:
    """Write each beside its picture. Raises `CannotSave`. For the disk pool."""
    from engine.training.folder import caption_file

    for name, words in captions.items():
        picture = folder / Path(name).name
        if picture.exists():
            save_bytes(caption_file(picture), words.encode())
