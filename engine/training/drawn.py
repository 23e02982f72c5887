"""The starter's own material: scenes that are composed of sprites, and what is said of them."""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.training.data.concepts import LANGUAGES, Concept
from engine.training.data.pack import Credit, Sprites
from engine.training.export import Card
from engine.training.flow import SceneSource
from engine.training.scenes import Scene, Words, caption, compose, held_out, sample_scene
from engine.training.scenes.prompts import reserved_prompts
from engine.training.tokenizer import Captions

CAPTIONS_EACH = 3
"""Of each scene in each language."""
PROMPTS = (
    "a dog", "un gato", "a red car", "una casa en la nieve, está nevando", "a penguin in the snow",
    "a cute beagle smiling while jumping", "a dog next to a tree, it is snowing", "un pájaro azul volando",
    "a house at night with stars", "a cat and a dog on the beach", "una pizza sobre fondo azul",
    "you are at the entrance of a building and it's snowing", "a lion in the desert", "three apples",
    "it's snowing, everything is covered in snow", "un robot en el espacio",
)  # fmt: skip
EXAMPLES = {
    "en": ("a house at night with stars", "a penguin in the snow", "a red car in the city, it is raining"),
    "es": ("un castillo de noche", "un pingüino en la nieve", "una casa, está nevando"),
}
TOKENIZER_SEED, PAIRS_SEED = 1, 2


@dataclass(frozen=True, eq=False)
class DrawnScenes:
    """Scene `number` of `seed`: composed, with captions in both languages."""

    sprites: Sprites
    words: Words
    rows: Captions
    side: int
    seed: int
    captions: int = CAPTIONS_EACH * len(LANGUAGES)

    @property
    def tokens(self) -> int:
        return self.rows.length

    def draw(self, number: int, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]) -> None:
        rng = np.random.default_rng((self.seed, number))
        self.draw_scene(sample_scene(rng, self.words), rng, pixels, tokens)

    def draw_scene(
        self, scene: Scene, rng: np.random.Generator, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]
    ) -> None:
        pixels[:] = compose(scene, self.sprites, self.side).rgb
        for index in range(self.captions):
            language = LANGUAGES[index // CAPTIONS_EACH]
            tokens[index] = self.rows.ids(caption(scene, rng, language, self.words))


class Drawn:
    """A `Material` made of a pack of sprites."""

    prompts = PROMPTS

    def __init__(self, sprites: Sprites) -> None:
        self._sprites, self._words = sprites, Words.of(sprites)
        reserved_prompts(self._words)  # worked out once, also for the copies that `pairs` makes

    def texts(self, count: int) -> Iterator[str]:
        """Captions of scenes in both languages, and every word that is ever taught."""
        for number in range(count // len(LANGUAGES)):
            rng = np.random.default_rng((TOKENIZER_SEED, number))
            scene = sample_scene(rng, self._words)
            for language in LANGUAGES:
                yield caption(scene, rng, language, self._words)
        for concept in self._words.concepts:
            for language in LANGUAGES:
                yield from concept.names.get(language, ())
                yield from self._words.taught(concept, language)

    def scenes(self, captions: Captions, side: int, seed: int) -> DrawnScenes:
        for _ in self._sprites.preload():  # before processes are forked, so that all share them
            pass
        return DrawnScenes(self._sprites, self._words, captions, side, seed)

    def pairs(self, count: int) -> Iterator[tuple[str, str]]:
        """Captions in a concept's first name, and the same in one of its taught synonyms."""
        for number in range(count):
            rng = np.random.default_rng((PAIRS_SEED, number))
            scene = sample_scene(rng, self._words)
            language = LANGUAGES[number % len(LANGUAGES)]
            changeable = [item.concept for item in scene.items if self._taught(item.concept, language)]
            if not changeable:
                continue
            concept = self._words.by_id[changeable[int(rng.integers(len(changeable)))]]
            taught = self._words.taught(concept, language)
            other = taught[int(rng.integers(len(taught)))]
            dice = int(rng.integers(1 << 62))
            known, changed = (
                caption(scene, np.random.default_rng(dice), language, self._saying(concept, language, name))
                for name in (concept.names[language][0], other)
            )
            if known != changed:
                yield known, changed

    def _taught(self, concept: str, language: str) -> tuple[str, ...]:
        return self._words.taught(self._words.by_id[concept], language)

    def _saying(self, concept: Concept, language: str, name: str) -> Words:
        """Words in which `concept` has only this name."""
        words = copy.copy(self._words)
        renamed = replace(concept, names={**concept.names, language: (name,)})
        words.by_id = ChainMap({concept.id: renamed}, self._words.by_id)  # type: ignore[assignment]
        return words

    def draw_held_out(
        self, source: SceneSource, number: int, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]
    ) -> None:
        assert isinstance(source, DrawnScenes)
        source.draw_scene(self._held_out[number], np.random.default_rng((3, number)), pixels, tokens)

    @cached_property
    def _held_out(self) -> list[Scene]:
        return list(held_out(self._words, seed=0, count=64))

    @property
    def card(self) -> Card:
        return Card(
            title="Starter",
            description="A small model trained from scratch on open drawings: English and Spanish.",
            description_es="Un modelo pequeño hecho desde cero con dibujos abiertos, en inglés y español.",
            licence=licence_line(self._sprites.credits),
            examples=EXAMPLES,
        )

    @property
    def readme(self) -> str:
        return card_text(self._sprites.credits, len(self._words.concepts))


def load_drawn(pack: Path) -> Drawn:
    """Raises `UnreadableFile` that names `pack`."""
    return Drawn(Sprites.load(pack))


def licence_line(credits: tuple[Credit, ...]) -> str:
    """In one line, for `lienzo.json`."""
    names = ", ".join(dict.fromkeys(f"{credit.licence} ({credit.holder})" for credit in credits))
    return f"Made from drawings under {names}; see README.md"[:500]


def card_text(credits: tuple[Credit, ...], concepts: int) -> str:
    """The model's card before it was evaluated: what it is, from what, and whose work that is."""
    rows = "\n".join(
        f"| {credit.source} | {credit.style} | {credit.licence} | {credit.holder} |" for credit in credits
    )
    return f"""---
library_name: diffusers
pipeline_tag: text-to-image
license: other
tags: [stable-diffusion, tiny, from-scratch]
---
# Starter: a small text-to-image model, trained from scratch on open drawings

A latent diffusion model in the plain Stable Diffusion layout of diffusers: the stock text-to-image,
image-to-image and inpainting pipelines run it. It knows {concepts} things, places, weathers and four styles
of drawing, in English and Spanish, and nothing of photographs.

| source | style | licence | credit |
|---|---|---|---|
{rows}

Keep this table with any copy of the weights.
"""
