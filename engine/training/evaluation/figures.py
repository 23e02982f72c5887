"""From pictures and opinions to the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from engine.diffusion.devices import device_title
from engine.training.evaluation.answers import Answers
from engine.training.evaluation.exam import BY_TABLE, HELD_OUT
from engine.training.evaluation.judge import Opinion
from engine.training.evaluation.marks import marks_of, shares
from engine.training.evaluation.metrics import Share, frechet_distance, psnr, ssim
from engine.training.evaluation.report import (
    Distance,
    Mark,
    Nearness,
    Reconstruction,
    Report,
    Sentence,
    SetResult,
)

KEY_MARKS: dict[str, tuple[str, ...]] = {
    "labels": ("top1", "top5"), "spanish": ("top1", "top5"), "synonyms": ("top1", "top5"),
    "unseen words": ("top1", "top5"), BY_TABLE: ("top1", "top5"),
    "two objects": ("both", "both_top1", "relation"),
    "counts": ("count", "top5"), "weather": ("weather", "top5"), "places": ("place", "top5"),
    "colours": ("colour", "top5"), "styles": ("style", "top5"), "lecture": (),
}  # fmt: skip
"""What a set asks for; of held-out scenes everything counts."""
PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
SINGLE_THINGS = ("labels", "spanish", "synonyms", "unseen words", BY_TABLE)


def report_of(answers: Answers, trained: int) -> Report:
    """Everything but costs and training, which the model's pictures do not tell.

    `trained`: how many training pictures were looked at.
    """
    painter, judge = answers.painter, answers.judge
    return Report(
        model=painter.folder.name, side=painter.side, steps=painter.steps, guidance=painter.guidance,
        guidance_rescale=painter.guidance_rescale, dtype=str(painter.dtype).removeprefix("torch."),
        seed=answers.seed, device=device_title(painter.device),
        judge={"concepts": len(judge.vocabulary.concepts), **judge.history},
        reconstruction=reconstruction(answers), sets=tuple(set_results(answers)),
        lecture=tuple(lecture(answers)), distance=distance(answers), nearness=nearness(answers, trained),
        costs=(), bytes_by_part=bytes_by_part(painter.folder), missed=tuple(missed_prompts(answers)),
    )  # fmt: skip


def nearness(answers: Answers, trained: int) -> Nearness:
    cosines, drawn = answers.nearest.cosines, len(answers.drawn)
    return Nearness(trained, *_middle_and_highest(cosines[:drawn]), *_middle_and_highest(cosines[drawn:]))


def reconstruction(answers: Answers) -> Reconstruction:
    rows = answers.rows(HELD_OUT)
    decibels = [psnr(answers.composed[row], answers.rebuilt[row]) for row in rows]
    alike = [ssim(answers.composed[row], answers.rebuilt[row]) for row in rows]
    return Reconstruction(
        len(rows), round(float(np.mean(decibels)), 2), round(float(np.median(decibels)), 2),
        round(min(decibels), 2), round(float(np.mean(alike)), 4),
    )  # fmt: skip


def set_results(answers: Answers) -> Iterator[SetResult]:
    for name in dict.fromkeys(question.set for question in answers.exam.questions):
        rows = answers.rows(name)
        drawn, ceiling, rebuilt = (
            _shares(answers, opinion, rows)
            for opinion in (answers.of_drawn, answers.of_composed, answers.of_rebuilt)
        )
        names = [mark for mark in KEY_MARKS.get(name, tuple(drawn)) if mark in drawn]
        if names:
            marks = (Mark(mark, drawn[mark], ceiling[mark], rebuilt[mark]) for mark in names)
            yield SetResult(name, len(rows), tuple(marks))


def _shares(answers: Answers, opinion: Opinion, rows: Sequence[int]) -> dict[str, Share]:
    questions = answers.exam.questions
    return shares([marks_of(answers.judge, questions[row].asked, opinion, row) for row in rows])


def lecture(answers: Answers) -> list[Sentence]:
    questions = answers.exam.questions
    return [
        Sentence(questions[row].text, questions[row].language, _seen(answers, row))
        for row in answers.rows("lecture")
    ]


def _seen(answers: Answers, row: int) -> str:
    """What the judge says of a drawn picture, in a few words."""
    vocabulary, opinion = answers.judge.vocabulary, answers.of_drawn
    things = [vocabulary.concepts[int(number)] for number in opinion.concepts[row].topk(3).indices]
    facts = {
        fact: vocabulary.facts[fact][int(logits[row].argmax())] for fact, logits in opinion.facts.items()
    }
    return (
        f"{', '.join(things)}; {facts['count']} things, {facts['pose']}; "
        f"{facts['place']}, {facts['time']}, weather {facts['weather']}, "
        f"covered in snow: {facts['covered']}"
    )


def distance(answers: Answers) -> Distance:
    rows = answers.rows(HELD_OUT)
    model, own = answers.of_drawn.embedding[rows], answers.of_composed.embedding[rows]
    rebuilt, other = answers.of_rebuilt.embedding[rows], answers.of_others.embedding
    to_others = [
        round(frechet_distance(crowd.double().numpy(), other.double().numpy()), 4)
        for crowd in (model, own, rebuilt, answers.of_unasked.embedding)
    ]
    return Distance(len(rows), *to_others)


def missed_prompts(answers: Answers) -> list[str]:
    missed = []
    for row, question in enumerate(answers.exam.questions):
        marks = marks_of(answers.judge, question.asked, answers.of_drawn, row)
        if question.set in SINGLE_THINGS and not marks["top5"]:
            nearest = answers.judge.vocabulary.concepts[int(answers.of_drawn.concepts[row].argmax())]
            missed.append(f"{question.text} ({nearest})")
    return missed


def _middle_and_highest(cosines: torch.Tensor) -> tuple[float, float]:
    return round(float(cosines.median()), 4), round(float(cosines.max()), 4)


def bytes_by_part(folder: Path) -> dict[str, int]:
    """What each part of a model takes on disk."""
    return {
        part: sum(file.stat().st_size for file in (folder / part).rglob("*") if file.is_file())
        for part in PARTS
        if (folder / part).is_dir()
    }
