"""Blocks of examples out of composed scenes: what control, edits and the judge learn from. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.training.blocks import Block
from engine.training.data.pack import Sprites
from engine.training.evaluation.vocabulary import UNKNOWN, Vocabulary, facts_of
from engine.training.holes import cut_out, random_hole
from engine.training.scenes import Focus, Scene, Words, caption, compose, sample_edit, sample_scene
from engine.training.scenes.classes import PALETTE

LANGUAGES = ("en", "es")
SENTENCES = 2
"""In each language, for each scene."""
JUDGED = Focus(plain=0.27, place=0.38, several=0.28, empty=0.07, effects=1.4)
"""For the judge: more weather and colours, which the starter meets less often than things."""
MOST_THINGS = 4
"""Of a scene, that the judge is told of."""

Example = tuple[Mapping[str, NDArray[np.generic]], tuple[str, ...]]


@dataclass(frozen=True)
class SceneBlocks:
    """Scenes from the pack `sprites`; `example` makes one of them."""

    sprites: Path
    example: Callable[[Opened, np.random.Generator], Example]
    """A function of this module, so that it crosses to other processes by name."""
    side: int = 256
    size: int = 32
    seed: int = 0
    focus: Focus | None = None
    """Which kinds of scenes; without one as the starter learns them."""

    def open(self) -> Opened:
        cv2.setNumThreads(1)  # every core has a process of its own
        sprites = Sprites.load(self.sprites)
        return Opened(self, sprites, Words.of(sprites, self.focus), Vocabulary.of(sprites.concepts))


@dataclass(frozen=True, eq=False)
class Opened:
    """The same with the sprites in memory."""

    plan: SceneBlocks
    sprites: Sprites
    words: Words
    vocabulary: Vocabulary

    @property
    def size(self) -> int:
        return self.plan.size

    def open(self) -> Opened:
        return self

    def block(self, index: int) -> Block:
        chance = np.random.default_rng([self.plan.seed, index])
        made = [self.plan.example(self, chance) for _ in range(self.plan.size)]
        names = made[0][0]
        arrays = {name: np.stack([arrays[name] for arrays, _ in made]) for name in names}
        return Block(arrays, tuple(captions for _, captions in made))

    def captions(self, scene: Scene, chance: np.random.Generator) -> tuple[str, ...]:
        return tuple(
            caption(scene, chance, language, self.words) for language in LANGUAGES for _ in range(SENTENCES)
        )


def with_maps(opened: Opened, chance: np.random.Generator) -> Example:
    """`picture`, and its maps `segmentation` (in the classes' colours), `depth` and `lines`."""
    scene = sample_scene(chance, opened.words)
    made = compose(scene, opened.sprites, opened.plan.side)
    arrays = {
        "picture": made.rgb,
        "depth": made.depth,
        "lines": made.lines,
        "segmentation": PALETTE[made.segmentation],
    }
    return arrays, opened.captions(scene, chance)


def with_before(opened: Opened, chance: np.random.Generator) -> Example:
    """`before`, `picture` (after), and sentences that say what changed."""
    pair = sample_edit(chance, opened.words)
    side = opened.plan.side
    arrays = {
        "before": compose(pair.before, opened.sprites, side).rgb,
        "picture": compose(pair.after, opened.sprites, side).rgb,
    }
    return arrays, tuple(pair.instruction[language] for language in LANGUAGES)


def with_instruction(opened: Opened, chance: np.random.Generator) -> Example:
    """`ip2p` (before), `picture` (after, most of it as before), and sentences that say what changed."""
    pair = sample_edit(chance, opened.words, lasting=True)
    before, after = (
        compose(scene, opened.sprites, opened.plan.side).rgb for scene in (pair.before, pair.after)
    )
    return {"ip2p": before, "picture": after}, tuple(pair.instruction[language] for language in LANGUAGES)


def with_hole(opened: Opened, chance: np.random.Generator) -> Example:
    """`picture`, and a `hole`: 255 where it is to be filled."""
    picture, hole, captions = _holed(opened, chance)
    return {"picture": picture, "hole": hole}, captions


def with_inpaint(opened: Opened, chance: np.random.Generator) -> Example:
    """`picture`, and the map `inpaint`: the same with its hole."""
    picture, hole, captions = _holed(opened, chance)
    return {"picture": picture, "inpaint": cut_out(picture, hole)}, captions


def _holed(
    opened: Opened, chance: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[str, ...]]:
    """A picture, its hole and what is said of the whole."""
    scene = sample_scene(chance, opened.words)
    made = compose(scene, opened.sprites, opened.plan.side)
    hole = random_hole(chance, opened.plan.side, made.segmentation)
    return made.rgb, hole, opened.captions(scene, chance)


def with_facts(opened: Opened, chance: np.random.Generator) -> Example:
    """`picture`, and what it shows as numbers of the vocabulary; for the judge."""
    scene = sample_scene(chance, opened.words)
    picture = compose(scene, opened.sprites, opened.plan.side).rgb
    return {"picture": picture, **numbered(scene, opened.vocabulary)}, ("",)


def numbered(scene: Scene, vocabulary: Vocabulary) -> dict[str, NDArray[np.generic]]:
    """The facts of `scene`: `concepts` and `colours` of its first things, and one number each."""
    concepts, colours = np.full(MOST_THINGS, UNKNOWN, np.int16), np.full(MOST_THINGS, UNKNOWN, np.int16)
    for place, item in enumerate(scene.items[:MOST_THINGS]):
        concepts[place] = vocabulary.concepts.index(item.concept)
        colours[place] = vocabulary.colours.index(item.colour) if item.colour else UNKNOWN
    facts: dict[str, NDArray[np.generic]] = {
        name: np.array(vocabulary.facts[name].index(value) if value else UNKNOWN, np.int16)
        for name, value in facts_of(scene).items()
    }
    return {"concepts": concepts, "colours": colours, **facts}
