"""The exam: fixed prompts and scenes that no training had, and the pictures that show them without fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from engine.training.data.pack import Sprites
from engine.training.evaluation.marks import Asked, Namesakes
from engine.training.scenes import (
    Prompt,
    Scene,
    Words,
    caption,
    compose,
    evaluation_prompts,
    held_out,
    sample_scene,
)

HELD_OUT = "held-out scenes"
WHOLE_SETS = ("lecture",)
TRAINING_SEED = 77


@dataclass(frozen=True)
class Question:
    """A prompt, and what has to be seen."""

    set: str
    text: str
    language: str
    asked: Asked
    in_training: bool = False


class Exam:
    """What is asked of every model, always the same for one pack of sprites."""

    def __init__(self, sprites: Sprites, most: int, scenes: int) -> None:
        """At most `most` prompts of a set; captions of `scenes` held-out scenes as a set of their own."""
        self.sprites, self.words = sprites, Words.of(sprites)
        self._namesakes = Namesakes(sprites.concepts)
        own = tuple(held_out(self.words, count=2 * scenes))
        self.scenes, self.others = own[:scenes], own[scenes:]
        """Two crowds of held-out scenes, to hold one against the other."""
        prompts = evaluation_prompts(self.words)
        self.questions = tuple([*self._from_prompts(prompts, most), *self._from_scenes(self.scenes)])

    def picture(self, scene: Scene, side: int) -> NDArray[np.uint8]:
        """The faultless picture of a scene, h x w x 3."""
        return compose(scene, self.sprites, side).rgb

    def training_pictures(self, count: int, side: int) -> Iterator[NDArray[np.uint8]]:
        """Pictures as training has them."""
        chance = np.random.default_rng(TRAINING_SEED)
        for _ in range(count):
            yield self.picture(sample_scene(chance, self.words), side)

    def asked_of(self, scene: Scene) -> Asked:
        return self._namesakes.asked(scene)

    def _from_prompts(self, prompts: Sequence[Prompt], most: int) -> Iterator[Question]:
        for name in dict.fromkeys(prompt.set for prompt in prompts):
            some = [prompt for prompt in prompts if prompt.set == name]
            step = max(1, len(some) // most) if name not in WHOLE_SETS else 1
            for prompt in islice(some[::step], None if name in WHOLE_SETS else most):
                asked = self._namesakes.asked_by(prompt)
                yield Question(name, prompt.text, prompt.language, asked, prompt.in_training)

    def _from_scenes(self, scenes: Sequence[Scene]) -> Iterator[Question]:
        chance = np.random.default_rng(TRAINING_SEED)
        for number, scene in enumerate(scenes):
            language = ("en", "es")[number % 2]
            text = caption(scene, chance, language, self.words)
            yield Question(HELD_OUT, text, language, self._namesakes.asked(scene, language))
