"""Training the judge on composed scenes, whose every fact is known."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.api.events import Event
from engine.library.save import save_bytes
from engine.training.blocks import Block, Blocks
from engine.training.evaluation.judge import Judge, Opinion, Size
from engine.training.evaluation.vocabulary import UNKNOWN, Vocabulary
from engine.training.examples import Examples, Tensors
from engine.training.fine_tuning import Facts, fine_tune, repeatable
from engine.training.hardware import put_on
from engine.training.plan import Plan

NOISE = 0.08
"""Largest spread of the noise added to a picture in training, of 2."""


class JudgeTask:
    """Learning to say what a picture shows."""

    name = "judge"
    ends: tuple[str, ...] = ("body.0.", "concepts", "colours.2", "facts", "things", "sharpness")

    def __init__(
        self, vocabulary: Vocabulary, size: Size, path: Path, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.path, self.device, self.dtype = path, device, dtype
        self.network = Judge(vocabulary, size)
        put_on(self.network, device)
        self.network.train()
        self._look = self.network.__call__

    def take(self, block: Block) -> Tensors:
        return {name: torch.from_numpy(array).to(self.device) for name, array in block.arrays.items()}

    def loss(self, rows: Tensors, generator: torch.Generator) -> torch.Tensor:
        pictures = disturbed(rows["picture"], generator)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            opinion = self._look(pictures)
        return judge_loss(self.network, opinion, rows)

    def compile(self, is_wanted: bool) -> None:
        self._look = torch.compile(self.network) if is_wanted else self.network.__call__

    def preview(self, network: torch.nn.Module) -> NDArray[np.uint8] | None:
        return None

    def export(self, network: torch.nn.Module, facts: Facts) -> None:
        assert isinstance(network, Judge)
        save_bytes(self.path, network.to_bytes(facts))


def train_judge(
    vocabulary: Vocabulary, size: Size, blocks: Blocks, plan: Plan, path: Path, device: torch.device,
    dtype: torch.dtype,
) -> Generator[Event]:  # fmt: skip
    """A judge into the file `path`. The examples have `picture` (n x side x side x 3; half of
    `SIDE` costs a quarter, and what is learnt there is a good beginning for the whole) and, as numbers of the
    vocabulary, `concepts` and their `colours` (n x most, `UNKNOWN` where there are fewer) and each fact (n).
    """
    with repeatable(plan.seed):
        task = JudgeTask(vocabulary, size, path, device, dtype)
    examples = Examples(blocks, plan)
    try:
        yield from fine_tune(task, examples, plan, path.with_suffix(".state"), device)
    finally:
        examples.close()


def judge_loss(judge: Judge, opinion: Opinion, rows: Tensors) -> torch.Tensor:
    """The sum of the cross-entropies of everything that is known of each picture."""
    things = rows["concepts"].long()
    loss = _each_thing(opinion.concepts, things) + 0.5 * _each_thing(judge.whole_concepts(opinion), things)
    for fact, said in opinion.facts.items():
        loss = loss + _cross_entropy(said, rows[fact].long())
    for number in range(things.shape[1]):
        loss = loss + 0.5 * _cross_entropy(
            judge.colour_of(opinion, things[:, number]), rows["colours"][:, number].long()
        )
    return loss


def _each_thing(logits: torch.Tensor, things: torch.Tensor) -> torch.Tensor:
    """Each thing of a picture against all that is not in it."""
    known = things != UNKNOWN
    there = torch.zeros_like(logits, dtype=torch.bool).scatter_(1, things.clamp_min(0), known)
    absent = logits.masked_fill(there, -torch.inf).logsumexp(1, keepdim=True)
    present = logits.gather(1, things.clamp_min(0))
    losses = functional.softplus(absent - present) * known
    return losses.sum() / known.sum().clamp_min(1)


def _cross_entropy(logits: torch.Tensor, facts: torch.Tensor) -> torch.Tensor:
    known = facts != UNKNOWN
    losses = functional.cross_entropy(logits.float(), facts.clamp_min(0), reduction="none") * known
    return losses.sum() / known.sum().clamp_min(1)


def disturbed(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Pictures as a model might draw them: softer, noisier, lighter or darker, moved, n x 3 x side x side.

    So the judge looks at what is shown, not at how crisp the edges are.
    """
    count, side, device = len(pixels), pixels.shape[1], pixels.device
    pictures = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1

    def chance(*shape: int) -> torch.Tensor:
        return torch.rand((count, *shape), device=device, generator=generator)

    scale, shift = 1 + 0.1 * (chance(1, 1) - 0.3), 0.12 * (chance(2, 1) - 0.5)
    motion = torch.cat([torch.eye(2, device=device) * scale, shift], dim=2)
    grid = functional.affine_grid(motion, [count, 3, side, side], align_corners=False)
    pictures = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    soft = functional.interpolate(pictures, scale_factor=0.5, mode="bilinear", antialias=True)
    soft = functional.interpolate(soft, size=(side, side), mode="bilinear")
    pictures = pictures + chance(1, 1, 1) * (soft - pictures)
    pictures = pictures * (1 + 0.2 * (chance(1, 1, 1) - 0.5)) + 0.2 * (chance(1, 1, 1) - 0.5)
    noise = torch.randn(pictures.shape, device=device, generator=generator)
    return (pictures + NOISE * chance(1, 1, 1) ** 2 * noise).contiguous(memory_format=torch.channels_last)
