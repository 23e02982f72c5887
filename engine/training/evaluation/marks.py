"""What is right about a picture: the judge's opinion held against the scene that was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch

from engine.training.data.concepts import Concept
from engine.training.evaluation.judge import Judge, Opinion
from engine.training.evaluation.metrics import Share, rank_of
from engine.training.evaluation.vocabulary import facts_of
from engine.training.scenes import Prompt, Scene

TOP = 5
ACROSS, DOWN = 0, 1
RELATIONS: Mapping[str, tuple[int, int]] = {
    "left": (ACROSS, -1), "right": (ACROSS, 1), "on": (DOWN, -1), "under": (DOWN, 1),
}  # fmt: skip
"""Along which way, and whether the first thing comes before (-1) or after the second."""

OTHER_WORDS = ("synonyms", "unseen words")
"""Sets whose prompts do not use a thing's name."""
Marks = Mapping[str, bool]


@dataclass(frozen=True)
class Asked:
    """What is to be seen in a picture."""

    scene: Scene
    things: tuple[frozenset[int], ...]
    """For each thing, the judge's concepts that are right: those that share the name which was used."""


class Namesakes:
    """Which concepts a word may mean: a fish is any of the fishes."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self._concepts = concepts
        self._number = {concept.id: number for number, concept in enumerate(concepts)}
        self._by_id = {concept.id: concept for concept in concepts}

    def asked(self, scene: Scene, language: str = "en", text: str = "") -> Asked:
        """What `scene` shows; `text` as it was asked for, whose last words may mean several concepts."""
        ids = dict.fromkeys(item.concept for item in scene.items)
        return Asked(scene, tuple(self._right(concept, language, text) for concept in ids))

    def asked_by(self, prompt: Prompt) -> Asked:
        return self.asked(prompt.scene, prompt.language, prompt.text if prompt.set in OTHER_WORDS else "")

    def _right(self, concept: str, language: str, text: str) -> frozenset[int]:
        name = self._by_id[concept].names[language][0]
        right = {self._number[concept]}
        for other in self._concepts:
            words = (*other.names.get(language, ()), *other.synonyms.get(language, ()))
            if name in other.names.get(language, ()) or any(text.endswith(f" {word}") for word in words):
                right.add(self._number[other.id])
        return frozenset(right)


def marks_of(judge: Judge, asked: Asked, opinion: Opinion, row: int) -> Marks:
    """Each thing that can be right, and whether it is, of picture `row` of `opinion`."""
    marks = _things(asked, opinion.concepts[row])
    marks |= _facts(judge, asked.scene, opinion, row)
    colour = asked.scene.items[0].colour if asked.scene.items else ""
    if colour and len(asked.things) == 1:
        thing = _nearest(opinion.concepts[row], asked.things[0])
        said = judge.colour_of(_row(opinion, row, judge.concepts.device), torch.tensor([thing]))
        marks["colour"] = judge.vocabulary.colours[int(said.argmax())] == colour
    if asked.scene.relation in RELATIONS and len(asked.things) == 2:
        way, sign = RELATIONS[asked.scene.relation]
        first, second = (
            _middle(opinion.cells[row, _nearest(opinion.concepts[row], right)])[way] for right in asked.things
        )
        marks["relation"] = marks["both"] and (first - second) * sign > 0
    return marks


def _things(asked: Asked, logits: torch.Tensor) -> dict[str, bool]:
    if not asked.things:
        return {}
    if len(asked.things) == 1:
        rank = rank_of(logits, asked.things[0])
        return {"top1": rank == 0, "top5": rank < TOP}
    ranks = []
    for number, right in enumerate(asked.things):
        others = frozenset().union(*(asked.things[:number] + asked.things[number + 1 :])) - right
        without = logits.clone()
        without[list(others)] = -torch.inf  # the other thing is no mistake
        ranks.append(rank_of(without, right))
    return {"both": all(rank < TOP for rank in ranks), "both_top1": all(rank == 0 for rank in ranks)}


def _facts(judge: Judge, scene: Scene, opinion: Opinion, row: int) -> dict[str, bool]:
    """The facts that the scene has, but for those that no sentence speaks of."""
    right = {}
    for fact, value in facts_of(scene).items():
        if value:
            right[fact] = judge.vocabulary.facts[fact][int(opinion.facts[fact][row].argmax())] == value
    return right


def _nearest(logits: torch.Tensor, right: Collection[int]) -> int:
    return max(right, key=lambda number: float(logits[number]))


def _row(opinion: Opinion, row: int, device: torch.device) -> Opinion:
    """Of one picture, where the judge is."""
    part = slice(row, row + 1)
    large = (opinion.concepts, opinion.embedding, opinion.cells, opinion.features)
    concepts, embedding, cells, features = (tensor[part].to(device) for tensor in large)
    return Opinion(concepts, {}, embedding, cells, features)


def _middle(cells: torch.Tensor) -> tuple[float, float]:
    """Where a thing is, across and down, 0 to 1, by its logits in the cells of a square."""
    side = round(len(cells) ** 0.5)
    weights = cells.float().softmax(0).view(side, side)
    places = (torch.arange(side) + 0.5) / side
    return float((weights.sum(0) * places).sum()), float((weights.sum(1) * places).sum())


def shares(marks: Sequence[Marks]) -> dict[str, Share]:
    """How often each mark was right, where it could be."""
    names = dict.fromkeys(name for each in marks for name in each)
    return {
        name: Share(sum(each[name] for each in marks if name in each), sum(name in each for each in marks))
        for name in names
    }
