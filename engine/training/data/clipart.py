"""Open Clip Art: which drawings are of a concept we know, and good enough to learn from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.training.data.concepts import plain_words
from engine.training.data.labels import Label
from engine.training.data.pack import Sprite, SpriteInfo
from engine.training.data.pictures import as_sprite, measure, render_svg

ROOT = "usr/share/openclipart/svg"
LARGEST_BYTES = 350_000
"""Larger drawings take seconds to render and are mostly maps."""
LEFT_OUT_FOLDERS = re.compile(
    r"shapes/(stars|jigsaw|arrows|callouts|flowchart)|computer/(icons|buttons|diagrams|connectors|network)|flags|logos|patterns"
    r"|gradients|^special|duplicates|signs_and_symbols|map_symbols|aiga|roadsigns|buttons|geography|games/cards|stickmen"
    r"|pantyhose|weapons|unsorted|hazard|bodypart|religion|electronics/battery|shapes$"
)
LEFT_OUT_WORDS = re.compile(
    r"(?i)\b(logo|icon|flag|symbol|sign|label|button|map|border|frame|pattern|nude|naked|sexy|gun|rifle|pistol|tank|cannabis|nazi"
    r"|blood|contour|outline|bw|silhouet\w*|blueprint|cross|template|callout|arrow|diagram|chart|cigarette|text|word|font|letter)s?\b"
)
MOST_OF_ONE = 3
"""Drawings of the same concept."""


@dataclass(frozen=True)
class ClipArt:
    info: SpriteInfo
    sprite: Sprite


def clip_arts(folder: Path, labels: Sequence[Label]) -> Iterator[ClipArt]:
    """The drawings whose title or file name is the name of a concept, a few of each."""
    by_name = {name: label for label in reversed(labels) for name in names_of(label)}
    counts: dict[str, int] = {}
    for path in sorted((folder / ROOT).rglob("*.svg")):
        label = by_name.get(subject(path, folder / ROOT) or "")
        if label is None or counts.get(label.id, 0) >= MOST_OF_ONE:
            continue
        sprite = _rendered(path)
        if sprite is not None and is_good(sprite):
            counts[label.id] = counts.get(label.id, 0) + 1
            yield ClipArt(measure(sprite, label.id, "clip art"), sprite)


def names_of(label: Label) -> tuple[str, ...]:
    """The words by which a drawing's title would call it; faces and hands are too many alike."""
    if label.group in ("face", "body", "shape"):
        return ()
    names = (*label.names["en"], *label.synonyms["en"])
    return tuple(name for name in names if not name.startswith("face of"))


def subject(path: Path, root: Path) -> str | None:
    """What a drawing shows, from its title, or `None` if it is of a sort that is left out."""
    if LEFT_OUT_FOLDERS.search(str(path.parent.relative_to(root))) or path.stat().st_size > LARGEST_BYTES:
        return None
    text = path.read_text("utf-8", errors="replace")
    if "publicdomain" not in text.lower() or text.count("<text") > 0:
        return None
    match = re.search(r"<dc:title>(.*?)</dc:title>", text, re.DOTALL)
    title = plain_words(re.sub(r"[-_0-9]+", " ", match[1] if match else ""))
    stem = (
        re.sub(r"[_\-]*\d*$", "", re.sub(r"_[a-z]+_.*$|_\d+$", "", path.stem))
        .replace("_", " ")
        .lower()
        .strip()
    )
    keywords = " ".join(re.findall(r"<rdf:li>(.*?)</rdf:li>", text, re.DOTALL))
    if LEFT_OUT_WORDS.search(f"{title} {stem} {keywords}"):
        return None
    return title if len(title.split()) <= 2 and title else stem


def is_good(sprite: Sprite) -> bool:
    """Not a full rectangle, not next to empty, not a black silhouette."""
    seen = sprite[..., 3] > 128
    share = float(seen.mean())
    if not 0.12 < share < 0.97 or min(sprite.shape[:2]) < 40:
        return False
    colours = sprite[seen][:, :3].astype(np.float32)
    grey = cv2.cvtColor(np.ascontiguousarray(sprite[..., :3]), cv2.COLOR_RGB2HSV)[..., 1][seen].mean()
    return bool(colours.std(axis=0).mean() > 14 and grey > 30 and colours.mean() > 40)


def _rendered(path: Path) -> Sprite | None:
    try:
        return as_sprite(render_svg(path))
    except (ValueError, OSError):  # resvg refuses what is not SVG
        return None
