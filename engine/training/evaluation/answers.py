"""What is looked at: faultless pictures, what the model draws, and what the judge makes of both."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.api.events import Event, Loading, Step
from engine.training.evaluation.drawing import Painter
from engine.training.evaluation.exam import Exam
from engine.training.evaluation.judge import Judge, judge_pictures
from engine.training.evaluation.kept import drawn

LOOKED_AT_TOGETHER = 64

Pictures = Sequence[NDArray[np.uint8]]


class Answers:
    """Of one model, to one exam. All pictures are h x w x 3; row n is of question n."""

    def __init__(self, painter: Painter, judge: Judge, exam: Exam, seed: int) -> None:
        self.painter, self.judge, self.exam, self.seed = painter, judge, exam, seed
        self.drawn: list[NDArray[np.uint8]] = []
        """By the model, for each question."""
        self.unasked: list[NDArray[np.uint8]] = []
        """By the model, without words."""

    def compose(self) -> Generator[Event]:
        """The faultless pictures: of every question, and of as many held-out scenes again."""
        scenes = [question.asked.scene for question in self.exam.questions]
        composed: list[NDArray[np.uint8]] = []
        for number, scene in enumerate([*scenes, *self.exam.others]):
            composed.append(self.exam.picture(scene, self.painter.side))
            if number % 50 == 0:
                yield Loading("scenes", number / (len(scenes) + len(self.exam.others)))
        self.composed, self.others = composed[: len(scenes)], composed[len(scenes) :]
        yield Loading("autoencoder")
        self.rebuilt = self.painter.through_autoencoder(self.composed)
        yield Loading("judge")
        self.of_composed = judge_pictures(self.judge, self.composed)
        self.of_rebuilt = judge_pictures(self.judge, self.rebuilt)
        self.of_others = judge_pictures(self.judge, self.others)

    def draw(self, folder: Path) -> Generator[Event]:
        """What the model draws for every question, and for no words at all; kept in `folder`."""
        texts = [question.text for question in self.exam.questions]
        prompts = [*texts, *[""] * len(self.exam.others)]
        asked = [(prompt, self.seed + number) for number, prompt in enumerate(prompts)]
        before = time.monotonic()
        for number, picture in enumerate(drawn(self.painter, asked, folder, self.painter.together), 1):
            (self.drawn if number <= len(texts) else self.unasked).append(picture)
            seconds, before = time.monotonic() - before, time.monotonic()
            yield Step(number, len(asked), 0.0, picture, seconds=seconds, extra={"phase": "drawing"})
        self.of_drawn = judge_pictures(self.judge, self.drawn)
        self.of_unasked = judge_pictures(self.judge, self.unasked)

    def compare_with_training(self, count: int) -> None:
        """The nearest of `count` training pictures, for each that was drawn and each of the others."""
        wanted = torch.cat([self.of_drawn.embedding, self.of_others.embedding])
        self.nearest = Nearest(len(wanted))
        trained = self.exam.training_pictures(count, self.painter.side)
        while some := list(islice(trained, LOOKED_AT_TOGETHER)):
            self.nearest.look(wanted, judge_pictures(self.judge, some).embedding, some)

    def rows(self, name: str) -> list[int]:
        """Of the questions of one set."""
        return [row for row, question in enumerate(self.exam.questions) if question.set == name]


class Nearest:
    """For each of many pictures the nearest that was looked at, by the cosine of the embeddings."""

    def __init__(self, count: int) -> None:
        self.cosines = torch.full((count,), -1.0)
        self.pictures: list[NDArray[np.uint8]] = [np.zeros((1, 1, 3), np.uint8)] * count

    def look(self, wanted: torch.Tensor, embeddings: torch.Tensor, pictures: Pictures) -> None:
        best, which = (wanted @ embeddings.T).max(1)
        for row in (best > self.cosines).nonzero().flatten().tolist():
            self.pictures[row] = pictures[int(which[row])]
        self.cosines = torch.maximum(self.cosines, best)
