"""Captions that mean the same: one with a word seen beside pictures, one with a word that never is.

The text encoder learns to give both the same states, so that "hound" draws what "dog" has learnt.
"""

from __future__ import annotations

import mmap
import multiprocessing
import signal
from collections.abc import Callable, Iterable
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


class PairWriter:
    """Turns pairs of captions into rows of token ids in a process of its own: it takes half a minute."""

    def __init__(
        self, pairs: Callable[[], Iterable[tuple[str, str]]], captions: Captions, most: int, aside: bool
    ) -> None:
        """At most `most` pairs. Without `aside` they are made when they are asked for."""
        self._pairs, self._captions, self._most = pairs, captions, most
        self._process = None
        if aside and "fork" in multiprocessing.get_all_start_methods():
            self._count = mmap.mmap(-1, 8)
            self._memory = mmap.mmap(-1, max(1, most) * 2 * captions.length * 2)
            self._process = multiprocessing.get_context("fork").Process(target=self._write, daemon=True)
            self._process.start()

    def rows(self) -> NDArray[np.int16]:
        """n x 2 x tokens: in the words of training, and in other words."""
        if self._process is None:
            made = [row for pair in self._pairs() if (row := self._row(pair)) is not None]
            return np.stack(made) if made else self._empty(0)
        self._process.join()
        count = int(np.frombuffer(self._count, np.int64)[0])
        return self._shared()[:count].copy()

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join()

    def _write(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends us
        rows, count = self._shared(), 0
        for pair in self._pairs():
            if count < self._most and (row := self._row(pair)) is not None:
                rows[count] = row
                count += 1
        np.frombuffer(self._count, np.int64)[:] = count

    def _row(self, pair: tuple[str, str]) -> NDArray[np.int16] | None:
        known, other = self._captions.ids(pair[0]), self._captions.ids(pair[1])
        return None if np.array_equal(known, other) else np.stack([known, other])

    def _shared(self) -> NDArray[np.int16]:
        return np.frombuffer(self._memory, np.int16)[: self._most * 2 * self._captions.length].reshape(
            self._most, 2, self._captions.length
        )

    def _empty(self, count: int) -> NDArray[np.int16]:
        return np.zeros((count, 2, self._captions.length), np.int16)


def make_twins(rows: NDArray[np.int16], end: int, device: torch.device) -> Twins:
    """From rows of token ids, n x 2 x tokens; `end` is the id of the end mark."""
    places = [partners(known, other, end) for known, other in rows]
    shape = (len(rows), rows.shape[-1])
    partner = np.stack([place for place, _ in places]) if places else np.zeros(shape, np.int64)
    counts = np.stack([counted for _, counted in places]) if places else np.zeros(shape, np.bool_)
    ids = torch.from_numpy(rows).to(device)
    return Twins(
        ids[:, 0], ids[:, 1], torch.from_numpy(partner).to(device), torch.from_numpy(counts).to(device)
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
