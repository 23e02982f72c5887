"""Figures: how near two pictures, two crowds of pictures, and what was asked and what is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy.linalg
import torch
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

Pictures = Sequence[NDArray[np.uint8]]


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Peak signal to noise in dB; two like pictures have 100."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return min(100.0, 10 * np.log10(255**2 / max(error, 1e-9)))


def ssim(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Structural similarity as published (Wang et al. 2004: gaussian windows), mean of the channels."""
    likeness = structural_similarity(
        one, other, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False,
    )  # fmt: skip
    return float(cast(float, likeness))  # alone, as neither gradient nor map is asked for


def frechet_distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Between two crowds of embeddings (n x width), as the FID: https://arxiv.org/abs/1706.08500."""
    mean = one.mean(0) - other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = scipy.linalg.sqrtm(first @ second)
    return float(mean @ mean + np.trace(first + second - 2 * np.real(root)))


@dataclass(frozen=True)
class Share:
    """`right` of `asked`, with the interval that 95 of 100 such samples keep to."""

    right: int
    asked: int

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's."""
        if not self.asked:
            return 0.0, 1.0
        z, n, p = 1.96, self.asked, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        return max(0.0, middle - half), min(1.0, middle + half)

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.asked + other.asked)


def rank_of(logits: torch.Tensor, right: Collection[int]) -> int:
    """How many concepts are nearer than the nearest of `right`: 0 is top-1. `logits`: concepts."""
    best = max(float(logits[number]) for number in right)
    others = torch.ones(len(logits), dtype=torch.bool)
    others[list(right)] = False
    return int((logits[others] > best).sum())
