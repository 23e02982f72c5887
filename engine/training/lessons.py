"""The lessons as the network reads them: latents by size, the words beside them; every batch by its number.

What a step learns from follows from the seed and the step's number alone: a training that goes on after a
kill meets the same batches, noise and timesteps as one that was never broken off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.api.images import Extent, Pixels
from engine.training.buckets import as_floats, bucket_of, bucket_sizes, fitted

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel

EPOCH, STEP, PRIOR = 1, 2, 3
"""What a generator is for, so that two of one number are not alike."""


def generator_for(seed: int, purpose: int, number: int) -> torch.Generator:
    """The chance of one step or epoch; the same in every run."""
    mixed = (seed * 0x9E3779B97F4A7C15 + purpose * 0xBF58476D1CE4E5B9 + number * 0x94D049BB133111EB) % 2**63
    return torch.Generator("cpu").manual_seed(mixed)


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the autoencoder makes of one picture: a Gaussian, each 1 x C x h x w, in denoiser space."""

    mean: torch.Tensor
    spread: torch.Tensor
    words: str
    sha256: str = ""
    """Of the pixels as they came: latents may differ in a bit from device to device."""

    @property
    def shape(self) -> torch.Size:
        return self.mean.shape

    def sample(self, generator: torch.Generator) -> torch.Tensor:
        noise = torch.randn(self.mean.shape, generator=generator)
        return self.mean + self.spread * noise.to(self.mean)


@dataclass(frozen=True, eq=False)
class Batch:
    clean: torch.Tensor
    """B x C x h x w."""
    words: tuple[str, ...]
    generator: torch.Generator
    """For its noise and timesteps."""


def encode(model: LoadedModel, pixels: Pixels, words: str, sizes: Sequence[Extent]) -> Encoded:
    """`pixels` at the nearest of `sizes`, as latents."""
    height, width = pixels.shape[:2]
    fitting = fitted(pixels, bucket_of(Extent(width, height), sizes))
    image = torch.from_numpy(as_floats(fitting))[None]
    with torch.no_grad():
        mean, spread = model.space.likely(image)
    return Encoded(
        mean.float(),
        spread.float(),
        words,
        hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest(),
    )


def sizes_for(model: LoadedModel, resolution: int) -> tuple[Extent, ...]:
    """The buckets of `model`; `resolution` 0 is its own."""
    defaults = model.info.defaults
    side = resolution or round((defaults.width * defaults.height) ** 0.5)
    return bucket_sizes(side, model.grid_px)


class Lessons:
    """Batches of equal size, each picture once an epoch."""

    def __init__(self, pictures: Sequence[Encoded], batch: int, seed: int) -> None:
        self._pictures = tuple(pictures)
        self._batch, self._seed = batch, seed
        self._epoch = lru_cache(maxsize=2)(self._make_epoch)
        self.batches_per_epoch = len(self._make_epoch(0))

    def __len__(self) -> int:
        return len(self._pictures)

    def key(self, base_sha256: str) -> str:
        """Equal exactly for the same pictures with the same words, as the model of that hash reads them."""
        digest = hashlib.sha256(base_sha256.encode())
        for picture in self._pictures:
            told = (tuple(picture.shape), picture.words, picture.sha256)
            digest.update(repr(told).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def batch(self, step: int) -> Batch:
        """The one of `step`, counted from 0."""
        epoch, index = divmod(step, self.batches_per_epoch)
        chosen = [self._pictures[number] for number in self._epoch(epoch)[index]]
        generator = generator_for(self._seed, STEP, step)
        clean = torch.cat([picture.sample(generator) for picture in chosen])
        return Batch(clean, tuple(picture.words for picture in chosen), generator)

    def _make_epoch(self, epoch: int) -> list[list[int]]:
        """Every picture's number once, in batches of one size each; a bucket's last is filled up."""
        generator = generator_for(self._seed, EPOCH, epoch)
        buckets: dict[torch.Size, list[int]] = {}
        for number in torch.randperm(len(self._pictures), generator=generator).tolist():
            buckets.setdefault(self._pictures[number].shape, []).append(number)
        batches = []
        for numbers in buckets.values():
            for start in range(0, len(numbers), self._batch):
                whole = numbers[start : start + self._batch]
                batches.append([whole[place % len(whole)] for place in range(self._batch)])
        return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]
