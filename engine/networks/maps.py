"""Which maps a network was made to read, and in which form."""

from __future__ import annotations

import enum
import re
from pathlib import Path

from engine.api.maps import MapKind

KIND_WORDS: tuple[tuple[str, MapKind], ...] = (
    ("canny", MapKind.CANNY),
    ("depth", MapKind.DEPTH), ("zoe", MapKind.DEPTH), ("midas", MapKind.DEPTH),
    ("scribble", MapKind.SCRIBBLE), ("sketch", MapKind.SCRIBBLE),
    ("softedge", MapKind.SOFT_EDGE), ("soft_edge", MapKind.SOFT_EDGE), ("hed", MapKind.SOFT_EDGE),
    ("pidi", MapKind.SOFT_EDGE),
    ("lineart", MapKind.LINES), ("lines", MapKind.LINES), ("mlsd", MapKind.LINES),
    ("pose", MapKind.POSE),
    ("normal", MapKind.NORMAL),
    ("seg", MapKind.SEGMENTATION), ("ade20k", MapKind.SEGMENTATION),
    ("tile", MapKind.TILE),
    ("brightness", MapKind.LUMINANCE), ("luminance", MapKind.LUMINANCE), ("illumination", MapKind.LUMINANCE),
    ("palette", MapKind.PALETTE), ("color", MapKind.PALETTE),
    ("inpaint", MapKind.INPAINT), ("repaint", MapKind.INPAINT),
    ("ip2p", MapKind.INSTRUCTION), ("instructp2p", MapKind.INSTRUCTION), ("pix2pix", MapKind.INSTRUCTION),
)  # fmt: skip
"""Pieces of the names that their makers give them; no tensor tells a canny network from a depth one."""


WHITE_HOLE = re.compile(r"inpaint[\W_]*dreamer")
"""In the names of those that were taught a hole of solid white, as destitech's card for SDXL says."""


class OwnMap(enum.Enum):
    """In which form a denoiser reads a map by itself."""

    LATENTS = "latents"
    """As the autoencoder's latents, behind its own channels."""
    LIKELIEST = "likeliest latents"
    """The same, where the stock pipeline draws them without a seed: here they are the likeliest."""
    DEPTH = "depth"
    """As one channel of the latents' size, from -1 (far) to 1."""
    HINT = "hint"
    """As pixels, by the name of `hint` among what it is told besides."""


def kinds_in(name: str) -> tuple[MapKind, ...]:
    """The kinds of map that `name` speaks of; empty where it speaks of none."""
    folded = name.casefold()
    return tuple(dict.fromkeys(kind for word, kind in KIND_WORDS if word in folded))


def kinds_told(path: Path) -> tuple[MapKind, ...]:
    """The same of a file or a folder; in a cache of Hugging Face by the name of its repository."""
    return kinds_in(_called(path))


def hole_told(path: Path) -> float | None:
    """What stands where a picture is painted anew, 0 to 1, by the name; None: as its class has it."""
    return 1.0 if WHITE_HOLE.search(_called(path).casefold()) else None


def _called(path: Path) -> str:
    return path.parents[1].name if path.parent.name == "snapshots" else path.name
