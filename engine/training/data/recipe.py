"""The recipe: from the sources to one pack, with progress."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.events import Finished, Loading, Notice
from engine.library.save import save_bytes
from engine.training.data.clipart import clip_arts, own_labels
from engine.training.data.concepts import Concept
from engine.training.data.labels import Label, read_labels
from engine.training.data.pack import Sprite, SpriteInfo, encode_sprite, pack_bytes
from engine.training.data.pictures import ColourFont, Folder, Pictures, as_sprite, measure
from engine.training.data.smiles import PARTS_OF_SMILES, smiling
from engine.training.data.sources import SOURCES, fetch
from engine.training.data.weights import weight_of
from engine.training.data.wordnet import english_synonyms

FONT = "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"


@dataclass(frozen=True)
class Drawn:
    info: SpriteInfo
    blob: bytes


def make_pack(target: Path, cache: Path) -> Iterator[Loading | Notice | Finished]:
    """Fetch the sources into `cache`, draw every concept, and save the pack as `target`.

    Closing the iterator stops it; what was fetched stays and is not fetched again.
    """
    started = time.monotonic()
    yield from fetch(cache)
    labels = taught([*read_labels(cache / "emojibase" / "package"), *own_labels()], cache)
    drawn: list[Drawn] = []
    plain: dict[tuple[str, str], Sprite] = {}
    for index, label in enumerate(labels):
        if index % 20 == 0:
            yield Loading("sprites", index / len(labels), {"phase": label.id})
        if label.hexcode:
            drawn.extend(draw_emoji(label, styles_in(cache), plain))
    drawn.extend(
        Drawn(replace(measure(sprite, concept, style), look="smiling"), encode_sprite(sprite))
        for concept, style, sprite in smiling(plain)
    )
    for index, art in enumerate(clip_arts(cache / "clipart")):
        drawn.append(Drawn(art.info, encode_sprite(art.sprite)))
        if index % 20 == 0:
            yield Loading("clip art", None, {"phase": art.info.concept})
    concepts = [concept for label in labels if (concept := concept_of(label, drawn))]
    known = {concept.id for concept in concepts}
    pack = pack_bytes(
        concepts,
        [(piece.info, piece.blob) for piece in drawn if piece.info.concept in known],
        [source.credit for source in SOURCES],
    )
    save_bytes(target, pack)
    extra = {
        "done": True,
        "concepts": len(concepts),
        "sprites": len(drawn),
        "bytes": len(pack),
        "path": str(target),
    }
    yield Finished(0, time.monotonic() - started, extra)


def taught(labels: list[Label], cache: Path) -> list[Label]:
    """The labels with WordNet's words added to the tables'."""
    more = english_synonyms(labels, cache / "wordnet", cache / "words")
    return [
        replace(label, synonyms={**label.synonyms, "en": (*label.synonyms["en"], *more.get(label.id, ()))})
        for label in labels
    ]


_opened: dict[Path, Mapping[str, Pictures]] = {}


def styles_in(cache: Path) -> Mapping[str, Pictures]:
    """The three emoji styles; opened once (the font alone takes a second)."""
    if cache not in _opened:
        _opened[cache] = {
            "3d": Folder(cache / "fluent" / "package" / "assets"),
            "flat": Folder(cache / "twemoji" / "package" / "dist"),
            "cartoon": ColourFont(cache / "noto" / FONT),
        }
    return _opened[cache]


def draw_emoji(
    label: Label, styles: Mapping[str, Pictures], kept: dict[tuple[str, str], Sprite]
) -> Iterator[Drawn]:
    """A label in every style that has it; those that smiles are made of are kept."""
    for style, pictures in styles.items():
        picture = pictures.read(label.hexcode)
        sprite = as_sprite(picture) if picture is not None else None
        if sprite is not None:
            if label.id in PARTS_OF_SMILES:
                kept[label.id, style] = sprite
            yield Drawn(measure(sprite, label.id, style), encode_sprite(sprite))


def concept_of(label: Label, drawn: list[Drawn]) -> Concept | None:
    """The label with the styles that were drawn of it; one without a picture or Spanish name is dropped."""
    styles = tuple(dict.fromkeys(piece.info.style for piece in drawn if piece.info.concept == label.id))
    if not styles or not all(label.names[language][0] for language in ("en", "es")):
        return None
    return Concept(
        label.id,
        label.group,
        label.kind,
        styles,
        label.names,
        label.synonyms,
        weight_of(label.id, label.kind),
    )
