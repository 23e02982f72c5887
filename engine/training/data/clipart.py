"""Open Clip Art: the drawings of `clipart.txt`, and the things that only they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.training.data.labels import HERE, Label, split_words
from engine.training.data.pack import Sprite, SpriteInfo
from engine.training.data.pictures import as_sprite, measure, render_svg

ROOT = "usr/share/openclipart/svg"


@dataclass(frozen=True)
class ClipArt:
    info: SpriteInfo
    sprite: Sprite


def clip_arts(folder: Path) -> Iterator[ClipArt]:
    """The chosen drawings; one that this release of the collection lacks is passed over."""
    for line in table("clipart.txt"):
        path, concept = line
        drawing = folder / ROOT / path
        sprite = as_sprite(render_svg(drawing)) if drawing.exists() else None
        if sprite is not None:
            yield ClipArt(measure(sprite, concept, "clip art"), sprite)


def own_labels() -> list[Label]:
    """The things of `things.txt`."""
    labels = []
    for concept, group, kind, *columns in table("things.txt"):
        en, es, more_en, more_es = (split_words(column) for column in (*columns, "", "")[:4])
        labels.append(Label(concept, "", group, kind, {"en": en, "es": es}, {"en": more_en, "es": more_es}))
    return labels


def table(name: str) -> Iterator[list[str]]:
    """The rows of a table of this folder, in columns."""
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [column.strip() for column in line.split("|")]
