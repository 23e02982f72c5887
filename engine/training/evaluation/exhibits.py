"""From pictures and opinions to sheets that one looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.training.evaluation.answers import Answers
from engine.training.evaluation.exam import HELD_OUT, Question
from engine.training.evaluation.figures import KEY_MARKS
from engine.training.evaluation.marks import marks_of
from engine.training.evaluation.metrics import psnr
from engine.training.evaluation.sheet import Labelled, sheet

CONTACTS, PAIRS, SCENES = 64, 16, 32


def sheets_of(answers: Answers) -> dict[str, NDArray[np.uint8]]:
    """By file name."""
    chosen = contact_choice(answers.exam.questions)
    return {
        "contact.png": sheet([_labelled(answers, row) for row in chosen]),
        "nearest.png": _nearest(answers),
        "autoencoder.png": _autoencoder(answers),
        "held-out.png": _held_out(answers),
    }


def contact_choice(questions: Sequence[Question], count: int = CONTACTS) -> list[int]:
    """Rows for the sheet in the card: the lecture's sentences first, then of every set as many."""
    by_set: dict[str, list[int]] = {}
    for row, question in enumerate(questions):
        by_set.setdefault(question.set, []).append(row)
    chosen = by_set.pop("lecture", [])
    share = -(-(count - len(chosen)) // max(1, len(by_set)))
    for rows in by_set.values():
        step = max(1, len(rows) // share)
        chosen = chosen + rows[::step][:share]
    return chosen[:count]


def _labelled(answers: Answers, row: int) -> Labelled:
    question = answers.exam.questions[row]
    marks = marks_of(answers.judge, question.asked, answers.of_drawn, row)
    keys = KEY_MARKS.get(question.set) or tuple(marks)
    wrong = [mark for mark in keys if marks.get(mark) is False]
    seen = answers.judge.vocabulary.concepts[int(answers.of_drawn.concepts[row].argmax())]
    remark = f"judge: {seen}" + (f"; not {', '.join(wrong)}" if wrong else "")
    return Labelled(answers.drawn[row], question.text, remark)


def _nearest(answers: Answers) -> NDArray[np.uint8]:
    """The drawn pictures that are nearest to training, each beside that picture."""
    cosines = answers.nearest.cosines[: len(answers.drawn)]
    shown: list[Labelled] = []
    for row in cosines.argsort(descending=True)[:PAIRS].tolist():
        cosine = f"cosine {float(cosines[row]):.3f}"
        shown.append(Labelled(answers.drawn[row], answers.exam.questions[row].text, "drawn"))
        shown.append(Labelled(answers.nearest.pictures[row], "nearest of training", cosine))
    return sheet(shown)


def _autoencoder(answers: Answers) -> NDArray[np.uint8]:
    shown: list[Labelled] = []
    for row in answers.rows(HELD_OUT)[:PAIRS]:
        decibels = psnr(answers.composed[row], answers.rebuilt[row])
        shown.append(Labelled(answers.composed[row], "held-out scene"))
        shown.append(Labelled(answers.rebuilt[row], "through the autoencoder", f"{decibels:.1f} dB"))
    return sheet(shown)


def _held_out(answers: Answers) -> NDArray[np.uint8]:
    """Captions of held-out scenes: the scene, and what the model draws for its caption."""
    shown: list[Labelled] = []
    for row in answers.rows(HELD_OUT)[:SCENES]:
        shown.append(Labelled(answers.composed[row], answers.exam.questions[row].text, "composed"))
        shown.append(Labelled(answers.drawn[row], "what the model draws for that"))
    return sheet(shown)
