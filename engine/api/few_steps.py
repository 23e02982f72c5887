"""Models and LoRAs that were distilled to few steps: what their makers call them, how they are to be run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from engine.api.request import Sampling


class Distilled(NamedTuple):
    title: str
    """As the field calls it."""
    pattern: str
    scheduler: str
    """For networks that learnt noise; those of flow keep their own."""
    steps: int
    """Where the name does not say."""
    guidance: float = 1.0


KINDS = (
    Distilled("LCM", r"lcm", "lcm", 6),  # https://arxiv.org/abs/2311.05556
    Distilled("Lightning", r"lightning", "euler_sgm", 4),  # https://arxiv.org/abs/2402.13929
    Distilled("Hyper-SD", r"hyper[-_ ]?(?:sd|sdxl|flux|\d*[-_ ]?step)", "ddim_sgm", 8),  # arXiv 2404.13686
    Distilled("DMD2", r"dmd2?", "lcm", 4),  # https://arxiv.org/abs/2405.14867
    Distilled("Turbo", r"turbo", "euler_a", 4),  # https://arxiv.org/abs/2311.17042
)
STEPS_TOLD = re.compile(r"(?<!\d)(\d{1,2})[-_ ]?steps?", re.IGNORECASE)
MOST_STEPS = 16


def distilled(texts: Iterable[str]) -> Distilled | None:
    """What `texts` (a name, a title, ...) say that it is, with the steps that they tell; None for nothing."""
    told = [text for text in texts if text]
    for kind in KINDS:
        pattern = re.compile(rf"(?<![a-z])(?:{kind.pattern})(?![a-z])", re.IGNORECASE)
        if any(pattern.search(text) for text in told):
            counts = [int(match[1]) for text in told if (match := STEPS_TOLD.search(text))]
            steps = next((count for count in counts if 1 <= count <= MOST_STEPS), kind.steps)
            return kind._replace(steps=steps)
    return None


def run_as(kind: Distilled, sampling: Sampling, schedulers: Iterable[str]) -> Sampling:
    """`sampling` as `kind` wants it, with its scheduler where that is one of `schedulers`."""
    is_noise = kind.scheduler in schedulers
    changed = replace(sampling, steps=kind.steps)
    # a network of flow was taught its guidance, or counts it from another number
    return replace(changed, scheduler=kind.scheduler, guidance=kind.guidance) if is_noise else changed
