"""Whether the pictures themselves are sound: each opened, its pixels compared with its recipe's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import UnreadableFile
from engine.api.images import pixels_hash
from engine.library.pictures import keeps_every_pixel, open_picture, read_metadata

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue


def unsound_pictures(catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    """(path, what is wrong) of each picture that cannot be opened, or whose pixels are not its recipe's."""
    for record in catalogue.records(catalogue.search("-is:missing").ids):
        if cause := unsound(record.path):
            yield record.path, cause


def unsound(path: Path) -> str:
    """What is wrong with the picture; empty where nothing is."""
    try:
        pixels = open_picture(path).pixels
        recipe = read_metadata(path).recipe
    except UnreadableFile as error:
        return str(error.data.get("cause") or error.message)
    if recipe is None or not recipe.pixels_sha256 or not keeps_every_pixel(path):
        return ""
    return (
        "" if pixels_hash(pixels) == recipe.pixels_sha256 else "its pixels are not those that its recipe made"
    )
