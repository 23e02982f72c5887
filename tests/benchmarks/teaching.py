"""A being that no model knows is taught to the starter: minutes, whether its word draws it, what else moved.

Known again it is by a nearest neighbour among drawings of it that were not learnt from and the model's own
pictures of everything else, in colours and coarse shape: what training never saw of itself. And by the
embedding of the judge that lies in `evaluation/`.
"""

# ruff: noqa: E402 -- the tests' drawings and the rooms are found by path first
from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent.parent)]

import numpy as np
from invented import draw_zorbi, save_zorbis
from measure import Figure
from numpy.typing import NDArray
from PIL import Image

from engine.api.control import Control
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import Pixels
from engine.api.learnt import Lora
from engine.api.training import TrainRequest
from engine.cli.train_evaluate import kept_judge
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

MINUTES = float(os.environ.get("TEACHING_MINUTES", "5"))
OWN = ("zorbi", "zorbi in the snow", "zorbi on the beach", "zorbi at night", "a zorbi", "zorbi on grass")
OTHERS = (
    "a house at night", "a penguin in the snow", "a strawberry", "a dog", "a lion in a field", "a red car",
    "un castillo de noche", "a butterfly", "a rocket", "a guitar",
)  # fmt: skip
HELD_OUT = range(1000, 1040)
SEEDS = (11, 12, 13)
"""Of what is looked at; what it is held against was drawn from others."""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as home:
        os.environ["LIENZO_HOME"] = home
        return _measure(Path(home))


def _measure(home: Path) -> list[Figure]:
    models = Models(Catalog(), "cpu")
    output = home / "zorbi.safetensors"
    request = TrainRequest(
        "starter",
        str(save_zorbis(home / "zorbis", 14)),
        "zorbi",
        str(output),
        class_words="toy",
        minutes=MINUTES,
    )
    losses, seconds = _teach(request, models)
    lora = (Lora(str(output)),)
    before = {prompt: _picture(models, prompt, 1) for prompt in (*OWN, *OTHERS)}
    other_seed = [_distance(_picture(models, prompt, 2), before[prompt]) for prompt in OTHERS]
    moved = [_distance(_picture(models, prompt, 1, lora), before[prompt]) for prompt in OTHERS]
    held_out = [np.asarray(draw_zorbi(seed, 128)) for seed in HELD_OUT]
    drawn = [_picture(models, prompt, seed, lora) for prompt in OWN for seed in SEEDS]
    untaught = [_picture(models, prompt, seed) for prompt in OWN for seed in SEEDS]
    others = list(before.values())
    return [
        Figure("seconds in all", seconds, "s", f"<= {60 * MINUTES * 1.1:g}"),
        Figure("steps", len(losses), ""),
        Figure("loss at the end / at the beginning", _mean(losses[-40:]) / _mean(losses[:40]), ""),
        *_recall("", _looks, held_out, others, drawn, untaught),
        *_recall_by_judge(held_out, others, drawn, untaught),
        Figure("other prompts moved by", _mean(moved), "of 255"),
        Figure("the same / another seed's distance", _mean(moved) / _mean(other_seed), "", "<= 1.5"),
    ]


def _teach(request: TrainRequest, models: Models) -> tuple[list[float], float]:
    losses, seconds = [], 0.0
    for event in run(request, models):
        if isinstance(event, Step) and isinstance(loss := event.extra.get("loss"), float):
            losses.append(loss)
        if isinstance(event, Finished):
            seconds = event.seconds
    return losses, seconds


def _picture(models: Models, prompt: str, seed: int, loras: tuple[Lora, ...] = ()) -> Pixels:
    request = models.catalog.find("starter").request(prompt, loras=loras)
    request = replace(request, sampling=replace(request.sampling, seed=seed))
    events: Iterator = run(request, models, Control(wants_previews=False))
    return next(event for event in events if isinstance(event, ImageReady)).pixels


def _distance(first: Pixels, second: Pixels) -> float:
    return float(np.abs(first.astype(float) - second).mean())


def _look(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Coarse shape (8 x 8) and colours (64 bins), of equal weight."""
    shape = np.asarray(Image.fromarray(pixels).resize((8, 8), Image.Resampling.BOX), float).ravel() / 255
    bins = (pixels // 64).astype(int) @ (16, 4, 1)
    colours = np.bincount(bins.ravel(), minlength=64) / bins.size
    return np.concatenate(
        [shape / np.linalg.norm(shape), np.sqrt(colours) / np.linalg.norm(np.sqrt(colours))]
    )


def _looks(pictures: list[Pixels]) -> NDArray[np.float64]:
    return np.stack([_look(pixels) for pixels in pictures])


def _recall_by_judge(*crowds: list[Pixels]) -> list[Figure]:
    import torch

    from engine.training.evaluation.judge import Judge, judge_pictures

    judge = Judge.load(kept_judge(), torch.device("cpu"))
    return _recall(
        ", by the judge", lambda some: judge_pictures(judge, some).embedding.double().numpy(), *crowds
    )


def _recall(
    how: str, look: Callable[[list[Pixels]], NDArray[np.float64]], held_out: list[Pixels],
    others: list[Pixels], drawn: list[Pixels], untaught: list[Pixels],
) -> list[Figure]:  # fmt: skip
    """How many of `drawn` and of `untaught` are nearer to one of `held_out` than to any of `others`."""
    known, is_it = look([*held_out, *others]), np.arange(len(held_out) + len(others)) < len(held_out)

    def share(pictures: list[Pixels]) -> float:
        apart = np.linalg.norm(look(pictures)[:, None] - known[None], axis=2)
        return 100 * float(is_it[apart.argmin(1)].mean())

    return [
        Figure(f"its word draws it{how}", share(drawn), "%"),
        Figure(f"its word drew it before{how}", share(untaught), "%"),
    ]


def _mean(values: list) -> float:
    return float(np.mean(values))
