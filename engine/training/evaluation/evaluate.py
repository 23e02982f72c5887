"""Everything that is measured of a model, one after the other, and written down."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from engine.api.events import Event, Finished, Loading
from engine.diffusion.devices import fast_dtype
from engine.library.save import save_bytes
from engine.models.words.other_words import table_in
from engine.training.data.pack import Sprites
from engine.training.evaluation.answers import Answers
from engine.training.evaluation.card import card
from engine.training.evaluation.drawing import Painter
from engine.training.evaluation.exam import Exam
from engine.training.evaluation.exhibits import sheets_of
from engine.training.evaluation.figures import report_of
from engine.training.evaluation.judge import Judge
from engine.training.evaluation.report import Training
from engine.training.evaluation.sheet import png
from engine.training.evaluation.speed import SPEED_STEPS, Cost, cost_of


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
    fast: bool = False
    """Paint in 16 bits where the device computes in them."""


def evaluate(
    folder: Path, judge_path: Path, sprites: Sprites, out: Path, extent: Extent, device: torch.device,
    training: Sequence[Training] = (),
) -> Generator[Event]:  # fmt: skip
    """Measure the model in `folder`; into `out` go `evaluation.json`, `README.md` (the card) and sheets.

    Raises `UnsupportedModel` and `UnreadableFile`. Closing the iterator stops; what was drawn by then lies in
    `out/drawn`, and the next call goes on from there.
    """
    began = time.monotonic()
    yield Loading("model")
    painter = Painter(folder, device, fast_dtype(device) if extent.fast else torch.float32)
    judge = Judge.load(judge_path, device)
    painter.steps = extent.steps or painter.steps
    exam = Exam(sprites, extent.prompts, extent.scenes, table_in(folder))
    answers = Answers(painter, judge, exam, extent.seed)
    yield from answers.compose()
    yield from answers.draw(out / "drawn")
    yield Loading("training pictures")
    answers.compare_with_training(extent.trained)
    report = replace(report_of(answers, extent.trained), training=tuple(training))
    if extent.measures_speed:
        report = replace(report, costs=(yield from measure_speed(folder)))
    report = replace(report, seconds=round(time.monotonic() - began, 1))
    out.mkdir(parents=True, exist_ok=True)
    for name, picture in sheets_of(answers).items():
        save_bytes(out / name, png(picture))
    save_bytes(out / "evaluation.json", report.to_bytes())
    save_bytes(out / "README.md", card(report, sprites).encode())
    yield Finished(len(answers.drawn), time.monotonic() - began, {"done": True})


def measure_speed(folder: Path) -> Generator[Event, None, tuple[Cost, ...]]:
    """Seconds and memory at each of `SPEED_STEPS`, in processes of their own."""
    costs = []
    for steps in SPEED_STEPS:
        yield Loading("speed")
        costs.append(cost_of(folder, steps))
    return tuple(costs)
