"""The exam: fixed prompts and scenes that no training had, and the pictures that show them without fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from engine.api.other_words import as_read, read_as_of
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
UNSEEN, BY_TABLE = "unseen words", "unseen words, as known ones"
"""Words that were nowhere in training: as they stand, and as a model's own table has them read."""
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

    def __init__(
        self, sprites: Sprites, most: int, scenes: int, table: Mapping[str, str] | None = None
    ) -> None:
        """At most `most` prompts of a set; captions of `scenes` held-out scenes as a set of their own.

        `table`: the model's words for others (`engine.models.words.other_words`), which makes a set more.
        """
        self.sprites, self.words = sprites, Words.of(sprites)
        self._namesakes = Namesakes(sprites.concepts)
        own = tuple(held_out(self.words, count=2 * scenes))
        self.scenes, self.others = own[:scenes], own[scenes:]
        """Two crowds of held-out scenes, to hold one against the other."""
        prompts = evaluation_prompts(self.words)
        questions = [*self._from_prompts(prompts, most), *self._from_scenes(self.scenes)]
        self.questions = (*questions, *by_table(questions, table or {}))

    def picture(self, scene: Scene, side: int) -> NDArray[np.uint8]:
        """The faultless picture of a scene, h x w x 3."""
        return compose(scene, self.sprites, side).rgb

    def training_pictures(self, count: int, side: int) -> Iterator[NDArray[np.uint8]]:
        """Pictures as training has them."""
        chance = np.random.default_rng(TRAINING_SEED)
        for _ in range(count):
            yield self.picture(sample_scene(chance, self.words), side)

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


def by_table(questions: Sequence[Question], table: Mapping[str, str]) -> Iterator[Question]:
    """The unseen words once more, read as the table says: none where it has none of them.

    A word that it lacks is asked as it stands, so the share that is right counts it.
    """
    unseen = [question for question in questions if question.set == UNSEEN]
    read = [as_read(question.text, read_as_of([question.text], table)) for question in unseen]
    if all(question.text == text for question, text in zip(unseen, read, strict=True)):
        return
    for question, text in zip(unseen, read, strict=True):
        yield replace(question, set=BY_TABLE, text=text)
