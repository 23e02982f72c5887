"""What a file's name and its makers' words tell where its tensors cannot: how few steps, for what."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.api.model_file import FileKind

_MODELS = (FileKind.CHECKPOINT, FileKind.DENOISER, FileKind.LORA)
_DISTILLED = ("sd1", "sd2", "sd", "sdxl", "sd3", "flux1", "qwen_image", "z_image", "pixart", "wan", "kolors")

WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Lightning", r"lightning", _DISTILLED),
    ("Turbo", r"turbo", _DISTILLED),
    ("LCM", r"lcm", _DISTILLED),
    ("Hyper", r"hyper[-_ ]?(sd|sdxl|flux|\d*[-_ ]?step)", _DISTILLED),
    ("DMD", r"dmd2?", _DISTILLED),
    ("Kontext", r"kontext", ("flux1",)),
    ("Krea", r"krea", ("flux1",)),
    ("KV", r"kv", ("flux2",)),
    ("Edit", r"qwen[-_ ]?image[-_ ]?edit|image[-_ ]?edit", ("qwen_image",)),
    ("Sigma", r"sigma", ("pixart",)),
    ("Pony", r"pony", ("sdxl",)),
    ("Illustrious", r"illustrious|noob[-_ ]?ai", ("sdxl",)),
)
"""Variant, a regular expression, and the families that it may be said of."""

_PATTERNS = tuple(
    (variant, re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE), families)
    for variant, pattern, families in WORDS
)


def variants_told(
    kind: FileKind, families: tuple[str, ...], texts: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """(variant, why) by what `texts` (where it stands, and the text) say; empty for kinds that have none."""
    if kind not in _MODELS:
        return []
    found: dict[str, str] = {}
    for place, text in texts:
        for variant, pattern, said_of in _PATTERNS:
            if variant not in found and set(families) & set(said_of) and pattern.search(text):
                found[variant] = f"{place} says {variant}; tensors alone cannot tell"
    return list(found.items())
