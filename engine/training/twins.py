"""Captions that mean the same: one with a word seen beside pictures, one with a word that never is.

The text encoder learns to give both the same states, so that "hound" draws what "dog" has learnt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.training.tokenizer import Captions


@dataclass(frozen=True, eq=False)
class Twins:
    """Rows of token ids and how their positions belong together, on the device."""

    known: torch.Tensor
    """n x tokens: captions in the words of training."""
    other: torch.Tensor
    """n x tokens: the same in other words."""
    partner: torch.Tensor
    """n x tokens: for each position of `other` the position of `known` whose state it should have."""
    counts: torch.Tensor
    """n x tokens, bool: whether a position counts; before the first other word the two are equal anyway."""

    def __len__(self) -> int:
        return len(self.known)

    def pick(self, size: int, generator: torch.Generator) -> Twins:
        rows = torch.randint(len(self), (size,), device=generator.device, generator=generator)
        return Twins(self.known[rows], self.other[rows], self.partner[rows], self.counts[rows])


def make_twins(pairs: Iterable[tuple[str, str]], captions: Captions, device: torch.device) -> Twins:
    """From (caption, the same in other words)."""
    rows = [(captions.ids(known), captions.ids(other)) for known, other in pairs]
    rows = [(known, other) for known, other in rows if not np.array_equal(known, other)]
    places = [partners(known, other, captions.end) for known, other in rows]
    length = captions.length

    def on_device(arrays: list[NDArray[np.generic]], dtype: torch.dtype) -> torch.Tensor:
        stacked = np.stack(arrays) if arrays else np.zeros((0, length), np.int16)
        return torch.from_numpy(stacked.astype(np.int64)).to(device, dtype)

    return Twins(
        on_device([known for known, _ in rows], torch.int16),
        on_device([other for _, other in rows], torch.int16),
        on_device([place for place, _ in places], torch.int64),
        on_device([counts for _, counts in places], torch.bool),
    )


def partners(
    known: NDArray[np.int16], other: NDArray[np.int16], end: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each position of `other` its partner in `known`, and whether it counts.

    The rows are equal before the changed word and, shifted, behind it. All tokens of the changed word get
    the state of the known word's last token, which has read all of it.
    """
    known_end, other_end = int(np.argmax(known == end)), int(np.argmax(other == end))
    first = int(np.argmax(known != other))
    same = 0
    while same < min(known_end, other_end) - first and known[known_end - same] == other[other_end - same]:
        same += 1
    known_last, other_last = max(first, known_end - same), other_end - same
    place = np.arange(len(other))
    shifted = np.clip(place - (other_end - known_end), 0, len(known) - 1)
    partner = np.where(place < first, place, np.where(place <= other_last, known_last, shifted))
    return partner, place >= first


def twin_loss(
    known: torch.Tensor, other: torch.Tensor, partner: torch.Tensor, counts: torch.Tensor
) -> torch.Tensor:
    """How far the states of `other` are from those of `known` (n x tokens x width); 0 is equal, 2 unrelated.

    `known` is what has been learnt beside pictures: it stands still.
    """
    index = partner.unsqueeze(-1).expand_as(other)
    wanted = known.detach().float().gather(1, index)
    apart = (other.float() - wanted).pow(2).mean(-1) * counts
    size = wanted.pow(2).mean().clamp_min(1e-6)
    return apart.sum() / counts.sum().clamp_min(1) / size
