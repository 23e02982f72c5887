"""Drawn pictures on disk: an evaluation that was stopped, or has another judge, draws none again."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.library.save import save_bytes
from engine.training.evaluation.drawing import Painter
from engine.training.evaluation.sheet import png

TOGETHER = 4
"""Pictures drawn at once; a stop loses at most so many."""
Picture = NDArray[np.uint8]


def drawn(
    painter: Painter, asked: Sequence[tuple[str, int]], folder: Path, together: int = TOGETHER
) -> Generator[Picture]:
    """A picture, h x w x 3, for each prompt and seed: from `folder`, or painted and kept there.

    A file is named after all that decides its pixels: those of another model are never taken for these.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = fingerprint(painter)
    for start in range(0, len(asked), together):
        some = asked[start : start + together]
        files = [folder / f"{name_of(model, text, seed)}.png" for text, seed in some]
        found = [picture_in(file, painter.side) for file in files]
        missing = [place for place, picture in enumerate(found) if picture is None]
        painted = painter.paint_each([some[place] for place in missing]) if missing else ()
        for place, picture in zip(missing, painted, strict=True):
            save_bytes(files[place], png(picture))
            found[place] = picture
        yield from (picture for picture in found if picture is not None)


def fingerprint(painter: Painter) -> str:
    """Of the model's files and of how it paints."""
    digest = hashlib.sha256(
        f"{painter.steps} {painter.guidance} {painter.guidance_rescale} {painter.dtype}\n".encode()
    )
    for file in sorted(painter.folder.rglob("*")):
        if file.suffix in (".json", ".txt", ".safetensors") and file.parent != painter.folder:
            digest.update(f"{file.relative_to(painter.folder).as_posix()}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def name_of(model: str, text: str, seed: int) -> str:
    return hashlib.sha256(f"{model}\n{seed}\n{text}".encode()).hexdigest()[:24]


def picture_in(file: Path, side: int) -> Picture | None:
    """The picture in `file`, h x w x 3; none where there is none that is whole."""
    try:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError):
        return None
    return pixels if pixels.shape == (side, side, 3) else None
