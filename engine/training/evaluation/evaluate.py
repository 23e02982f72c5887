"""Everything that is measured of a model, one after the other, and written down."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from engine.api.events import Event, Finished, Loading, Step
from engine.api.form import Json
from engine.diffusion.devices import device_title
from engine.library.save import save_bytes
from engine.training.data.pack import Sprites
from engine.training.evaluation.card import card
from engine.training.evaluation.drawing import Painter
from engine.training.evaluation.exam import HELD_OUT, Exam, Question
from engine.training.evaluation.judge import Judge, Opinion, judge_pictures
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
    Training,
)
from engine.training.evaluation.sheet import Labelled, png, sheet
from engine.training.evaluation.speed import SPEED_STEPS, Cost, cost_of

Pictures = Sequence[NDArray[np.uint8]]

KEY_MARKS: dict[str, tuple[str, ...]] = {
    "labels": ("top1", "top5"), "spanish": ("top1", "top5"), "synonyms": ("top1", "top5"),
    "unseen words": ("top1", "top5"), "two objects": ("both", "both_top1", "relation"),
    "counts": ("count", "top5"), "weather": ("weather", "top5"), "places": ("place", "top5"),
    "colours": ("colour", "top5"), "styles": ("style", "top5"), "lecture": (),
}  # fmt: skip
"""What a set asks for; of held-out scenes everything counts."""
PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
PAIRS_SHOWN = 16
LOOKED_AT_TOGETHER = 64


@dataclass(frozen=True)
class Extent:
    """How much is measured. The defaults take about half an hour on two cores, a few minutes on a GPU."""

    prompts: int = 64
    """Of each set, at most."""
    scenes: int = 128
    """Held-out scenes for the autoencoder and the distance."""
    trained: int = 2_000
    """Training pictures that the nearest are looked for among."""
    seed: int = 20_000
    steps: int = 0
    """Of each picture; 0: the model's own."""
    measures_speed: bool = True


def evaluate(
    folder: Path, judge_path: Path, sprites: Sprites, out: Path, extent: Extent, device: torch.device,
    training: Sequence[Training] = (),
) -> Generator[Event]:  # fmt: skip
    """Measure the model in `folder`; into `out` go `evaluation.json`, `README.md` (the card) and sheets.

    Raises `UnsupportedModel` and `UnreadableFile`. Closing the iterator stops; nothing is written then.
    """
    began = time.monotonic()
    yield Loading("model")
    painter, judge = Painter(folder, device), Judge.load(judge_path, device)
    painter.steps = extent.steps or painter.steps
    exam = Exam(sprites, extent.prompts, extent.scenes)
    run = _Evaluation(painter, judge, exam, extent)
    yield from run.compose()
    yield from run.draw()
    yield Loading("training pictures")
    run.compare_with_training()
    costs: tuple[Cost, ...] = ()
    if extent.measures_speed:
        costs = yield from measure_speed(folder)
    report = run.report(folder, costs, tuple(training))
    report = replace(report, seconds=round(time.monotonic() - began, 1))
    out.mkdir(parents=True, exist_ok=True)
    for name, picture in run.sheets().items():
        save_bytes(out / name, png(picture))
    save_bytes(out / "evaluation.json", report.to_bytes())
    save_bytes(out / "README.md", card(report, sprites).encode())
    extra = {"done": True, "report": str(out / "evaluation.json")}
    yield Finished(len(exam.questions), time.monotonic() - began, cast(dict[str, Json], extra))


def measure_speed(folder: Path) -> Generator[Event, None, tuple[Cost, ...]]:
    """Seconds and memory at each of `SPEED_STEPS`, in processes of their own."""
    costs = []
    for steps in SPEED_STEPS:
        yield Loading("speed")
        costs.append(cost_of(folder, steps))
    return tuple(costs)


class _Evaluation:
    def __init__(self, painter: Painter, judge: Judge, exam: Exam, extent: Extent) -> None:
        self.painter, self.judge, self.exam, self.extent = painter, judge, exam, extent
        self.drawn: list[NDArray[np.uint8]] = []
        self.unasked: list[NDArray[np.uint8]] = []

    def compose(self) -> Generator[Event]:
        """The faultless pictures: of every question, and of as many held-out scenes again."""
        side, scenes = self.painter.side, [question.asked.scene for question in self.exam.questions]
        others = self.exam.scenes[self.extent.scenes :]
        composed: list[NDArray[np.uint8]] = []
        for number, scene in enumerate([*scenes, *others]):
            composed.append(self.exam.picture(scene, side))
            if number % 50 == 0:
                yield Loading("scenes", number / (len(scenes) + len(others)))
        self.composed, self.others = composed[: len(scenes)], composed[len(scenes) :]
        yield Loading("autoencoder")
        self.rebuilt = self.painter.through_autoencoder(self.composed)
        yield Loading("judge")
        self.composed_opinion = judge_pictures(self.judge, self.composed)
        self.rebuilt_opinion = judge_pictures(self.judge, self.rebuilt)
        self.other_opinion = judge_pictures(self.judge, self.others)

    def draw(self) -> Generator[Event]:
        """What the model draws for every question, and for no words at all."""
        texts = [question.text for question in self.exam.questions]
        asked = [*texts, *[""] * self.extent.scenes]
        before = time.monotonic()
        for number, picture in enumerate(self.painter.paint(asked, self.extent.seed), 1):
            (self.drawn if number <= len(texts) else self.unasked).append(picture)
            seconds, before = time.monotonic() - before, time.monotonic()
            yield Step(number, len(asked), 0.0, picture, seconds=seconds, extra={"phase": "drawing"})
        self.opinion = judge_pictures(self.judge, self.drawn)
        self.unasked_opinion = judge_pictures(self.judge, self.unasked)

    def compare_with_training(self) -> None:
        """For each picture the nearest of the training pictures; only what one needs is kept of those."""
        nearest = _Nearest(len(self.drawn) + len(self.others))
        wanted = torch.cat([self.opinion.embedding, self.other_opinion.embedding])
        trained = self.exam.training_pictures(self.extent.trained, self.painter.side)
        while some := list(islice(trained, LOOKED_AT_TOGETHER)):
            nearest.look(wanted, judge_pictures(self.judge, some).embedding, some)
        self.nearest = nearest

    def report(
        self, folder: Path, costs: tuple[Cost, ...], training: tuple[Training, ...]
    ) -> Report:  # fmt: skip
        vocabulary, painter = self.judge.vocabulary, self.painter
        near = self.nearest.cosines
        drawn, held = near[: len(self.drawn)], near[len(self.drawn) :]
        return Report(
            model=folder.name, side=painter.side, steps=painter.steps, guidance=painter.guidance,
            seed=self.extent.seed, device=device_title(painter.device),
            judge={"concepts": len(vocabulary.concepts), **self.judge.history},
            reconstruction=self._reconstruction(), sets=tuple(self._sets()), lecture=tuple(self._lecture()),
            distance=self._distance(),
            nearness=Nearness(
                self.extent.trained, *_middle_and_highest(drawn), *_middle_and_highest(held)
            ),
            costs=costs, bytes_by_part=bytes_by_part(folder), missed=tuple(self._missed()), training=training,
        )  # fmt: skip

    def sheets(self) -> dict[str, NDArray[np.uint8]]:
        return {
            "contact.png": sheet([self._labelled(number) for number in contact_choice(self.exam.questions)]),
            "nearest.png": self._nearest_sheet(),
            "autoencoder.png": self._autoencoder_sheet(),
            "held-out.png": self._held_out_sheet(),
        }

    # parts of the report

    def _reconstruction(self) -> Reconstruction:
        rows = self._rows(HELD_OUT)
        decibels = [psnr(self.composed[row], self.rebuilt[row]) for row in rows]
        alike = [ssim(self.composed[row], self.rebuilt[row]) for row in rows]
        return Reconstruction(
            len(rows), round(float(np.mean(decibels)), 2), round(float(np.median(decibels)), 2),
            round(min(decibels), 2), round(float(np.mean(alike)), 4),
        )  # fmt: skip

    def _sets(self) -> Iterator[SetResult]:
        for name in dict.fromkeys(question.set for question in self.exam.questions):
            rows = self._rows(name)
            drawn, ceiling, rebuilt = (
                self._shares(opinion, rows)
                for opinion in (self.opinion, self.composed_opinion, self.rebuilt_opinion)
            )
            names = [mark for mark in KEY_MARKS.get(name, tuple(drawn)) if mark in drawn]
            if names:
                marks = (Mark(mark, drawn[mark], ceiling[mark], rebuilt[mark]) for mark in names)
                yield SetResult(name, len(rows), tuple(marks))

    def _shares(self, opinion: Opinion, rows: Sequence[int]) -> dict[str, Share]:
        questions = self.exam.questions
        return shares([marks_of(self.judge, questions[row].asked, opinion, row) for row in rows])

    def _lecture(self) -> list[Sentence]:
        questions = self.exam.questions
        return [
            Sentence(questions[row].text, questions[row].language, self._seen(row))
            for row in self._rows("lecture")
        ]

    def _seen(self, row: int) -> str:
        """What the judge says of a drawn picture, in a few words."""
        vocabulary, opinion = self.judge.vocabulary, self.opinion
        things = [vocabulary.concepts[int(number)] for number in opinion.concepts[row].topk(3).indices]
        facts = {
            fact: vocabulary.facts[fact][int(logits[row].argmax())] for fact, logits in opinion.facts.items()
        }
        return (
            f"{', '.join(things)}; {facts['count']} things, {facts['pose']}; "
            f"{facts['place']}, {facts['time']}, weather {facts['weather']}, "
            f"covered in snow: {facts['covered']}"
        )

    def _distance(self) -> Distance:
        rows = self._rows(HELD_OUT)
        model, own = self.opinion.embedding[rows], self.composed_opinion.embedding[rows]
        rebuilt, other = self.rebuilt_opinion.embedding[rows], self.other_opinion.embedding
        to_others = [
            round(frechet_distance(crowd.double().numpy(), other.double().numpy()), 4)
            for crowd in (model, own, rebuilt, self.unasked_opinion.embedding)
        ]
        return Distance(len(rows), *to_others)

    def _missed(self) -> list[str]:
        missed = []
        for row, question in enumerate(self.exam.questions):
            marks = marks_of(self.judge, question.asked, self.opinion, row)
            if question.set in ("labels", "spanish", "synonyms", "unseen words") and not marks["top5"]:
                nearest = self.judge.vocabulary.concepts[int(self.opinion.concepts[row].argmax())]
                missed.append(f"{question.text} ({nearest})")
        return missed

    def _rows(self, name: str) -> list[int]:
        return [row for row, question in enumerate(self.exam.questions) if question.set == name]

    # sheets

    def _labelled(self, row: int) -> Labelled:
        question = self.exam.questions[row]
        marks = marks_of(self.judge, question.asked, self.opinion, row)
        keys = KEY_MARKS.get(question.set) or tuple(marks)
        wrong = [mark for mark in keys if marks.get(mark) is False]
        seen = self.judge.vocabulary.concepts[int(self.opinion.concepts[row].argmax())]
        remark = f"judge: {seen}" + (f"; not {', '.join(wrong)}" if wrong else "")
        return Labelled(self.drawn[row], question.text, remark)

    def _nearest_sheet(self) -> NDArray[np.uint8]:
        """The drawn pictures that are nearest to training, each beside that picture."""
        cosines = self.nearest.cosines[: len(self.drawn)]
        shown: list[Labelled] = []
        for row in cosines.argsort(descending=True)[:PAIRS_SHOWN].tolist():
            cosine = f"cosine {float(cosines[row]):.3f}"
            shown.append(Labelled(self.drawn[row], self.exam.questions[row].text, "drawn"))
            shown.append(Labelled(self.nearest.pictures[row], "nearest of training", cosine))
        return sheet(shown)

    def _autoencoder_sheet(self) -> NDArray[np.uint8]:
        shown: list[Labelled] = []
        for row in self._rows(HELD_OUT)[:16]:
            decibels = psnr(self.composed[row], self.rebuilt[row])
            shown.append(Labelled(self.composed[row], "held-out scene"))
            shown.append(Labelled(self.rebuilt[row], "through the autoencoder", f"{decibels:.1f} dB"))
        return sheet(shown)

    def _held_out_sheet(self) -> NDArray[np.uint8]:
        """Captions of held-out scenes: the scene, and what the model draws for its caption."""
        shown: list[Labelled] = []
        for row in self._rows(HELD_OUT)[:32]:
            shown.append(Labelled(self.composed[row], self.exam.questions[row].text, "composed"))
            shown.append(Labelled(self.drawn[row], "what the model draws for that"))
        return sheet(shown)


class _Nearest:
    """For each of many pictures the nearest that was looked at, by the cosine of the embeddings."""

    def __init__(self, count: int) -> None:
        self.cosines = torch.full((count,), -1.0)
        self.pictures: list[NDArray[np.uint8]] = [np.zeros((1, 1, 3), np.uint8)] * count

    def look(self, wanted: torch.Tensor, embeddings: torch.Tensor, pictures: Pictures) -> None:
        best, which = (wanted @ embeddings.T).max(1)
        for row in (best > self.cosines).nonzero().flatten().tolist():
            self.pictures[row] = pictures[int(which[row])]
        self.cosines = torch.maximum(self.cosines, best)


def _middle_and_highest(cosines: torch.Tensor) -> tuple[float, float]:
    return round(float(cosines.median()), 4), round(float(cosines.max()), 4)


def bytes_by_part(folder: Path) -> dict[str, int]:
    """What each part of a model takes on disk."""
    return {
        part: sum(file.stat().st_size for file in (folder / part).rglob("*") if file.is_file())
        for part in PARTS
        if (folder / part).is_dir()
    }


def contact_choice(questions: Sequence[Question], count: int = 64) -> list[int]:
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
