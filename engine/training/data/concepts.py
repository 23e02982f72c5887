"""What the starter can draw: a concept is one thing, with its names, its styles and its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "es")
STYLES = ("3d", "flat", "cartoon", "clip art")
"""Fluent Emoji 3D, Twemoji, Noto Color Emoji, Open Clip Art; the ids are English words for them."""


@dataclass(frozen=True)
class Concept:
    """One thing that a picture can show."""

    id: str
    """Letters and dashes, unique: `dog`, `dog-face`."""
    group: str
    """animal, person, face, body, plant, food, building, vehicle, nature, sky, clothing, shape or thing."""
    kind: str
    """The finer group: `animal-bird`, `transport-ground`, `musical-instrument`."""
    styles: tuple[str, ...]
    """Those of `STYLES` that there are pictures of."""
    names: Mapping[str, tuple[str, ...]]
    """By language: the words that captions use, best first; never empty."""
    synonyms: Mapping[str, tuple[str, ...]]
    """By language: words and kinds ("hound", "beagle") that never stand beside a picture in training."""
    weight: float = 1.0
    """How often it is drawn, against the others."""


def concept_id(label: str) -> str:
    """`Christmas tree` is `christmas-tree`: plain letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def plain_words(text: str) -> str:
    """A label as one would write it in a prompt: lower case, no brackets, straight apostrophes."""
    text = text.lower().replace("’", "'").translate(str.maketrans("", "", "“”()«»"))
    return re.sub(r"\s+", " ", text.replace(": ", " ")).strip(" .,")


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables that are read more often than changed."""
    return frozenset(text.split())
