"""What the catalogue knows of one picture file. Its text is a stranger's: show it as plain text only."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from pathlib import Path

from engine.library.marks import Marks


class Kind(enum.StrEnum):
    """How a picture came to be."""

    TEXT = "text"
    """From words alone."""
    IMAGE = "image"
    """From words and a start picture."""
    EDIT = "edit"
    """A part of a picture was made anew."""
    UPSCALE = "upscale"
    SHEET = "sheet"
    """Many pictures side by side with labelled axes."""
    PICTURE = "picture"
    """A photo, a drawing: nothing says that it was generated."""


KINDS = tuple(Kind)
"""Their order is their number in the file: only ever add to the end."""


class Presence(enum.IntEnum):
    """Whether the file is where it was."""

    PRESENT = 0
    MISSING = 1
    """Not found at the last look; shown as missing, with all that is known of it."""
    FORGOTTEN = 2
    """Its folder was taken out of the library; no search finds it."""


@dataclass(frozen=True)
class PictureRecord:
    """One picture as grid, search and command line show it, whoever made it."""

    id: int
    """Stays the same when the file is renamed, moved or edited; not over a rebuild of the index."""
    path: Path
    presence: Presence = Presence.PRESENT
    bytes: int = 0
    mtime_ns: int = 0
    """With `bytes`, what tells a thumbnail that it is stale."""
    format: str = "png"
    width: int = 0
    """Pixels, upright."""
    height: int = 0
    date: datetime.datetime | None = None
    """When it was made, in this computer's time zone; where the file does not say, when it was changed."""
    kind: Kind = Kind.PICTURE
    program: str = ""
    """`Lienzo`, `A1111`, `ComfyUI`, `InvokeAI`, `Fooocus`, `NovelAI`, `SwarmUI`, `Easy Diffusion`, ..."""
    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    model: str = ""
    family: str = ""
    sampler: str = ""
    """Our scheduler's id, or the name that the other program has for it."""
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    loras: tuple[str, ...] = ()
    stack: int = 0
    """The same for pictures of one recipe that differ in nothing but the seed; 0 without a recipe."""
    marks: Marks = field(default_factory=Marks)
    """Rating, label, tags, boards, notes, favourite: what the artist said of it."""
    skipped: tuple[str, ...] = ()
    """Keywords of metadata that is damaged, too large or out of range."""

    @property
    def is_missing(self) -> bool:
        return self.presence is Presence.MISSING

    @property
    def size(self) -> str:
        """`512x768`."""
        return f"{self.width}x{self.height}"
