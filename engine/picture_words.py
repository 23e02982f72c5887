"""The sentences that a picture follows: which at which step, how much, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.api.images import Extent
from engine.api.prompt_steps import every_step, sentences
from engine.api.request import GenerationRequest
from engine.conditioning.fitting import fitted_mask
from engine.conditioning.sentences import Ground, Voice
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.kept import step_levels
from engine.families.family import LoadedModel, Reads

LAID_OUT_IN = 0.25
"""Share of the steps in which each region is by itself."""


@dataclass(frozen=True, eq=False)
class Said:
    """All that is said to the network while one picture is made."""

    voices: tuple[Voice, ...]
    """The whole picture's first: one, or those that `AND` joins; then one for each region."""
    negative: tuple[str, ...]
    """For each step."""

    @staticmethod
    def of(request: GenerationRequest, total: int) -> Said:
        """`total`: steps that are run."""
        whole = [
            Voice(every_step(sentence.text, total), sentence.weight) for sentence in sentences(request.prompt)
        ]
        places = [
            Voice(every_step(region.prompt, total), region.weight, fitted_mask(region.mask, request.extent))
            for region in request.regions
            if region.prompt.strip() and region.weight > 0
        ]
        return Said((*whole, *places), every_step(request.negative_prompt, total))

    @property
    def first(self) -> tuple[str, str]:
        """Prompt and negative prompt that the pipeline is called with."""
        return self.voices[0].texts[0], self.negative[0]

    @cached_property
    def is_plain(self) -> bool:
        """True where the pipeline is told everything at once, and nothing else happens."""
        return len(self.voices) == 1 and len({*self.voices[0].texts}) == len({*self.negative}) == 1

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every prompt with the negative prompt that stands beside it, once."""
        found = [pair for voice in self.voices for pair in zip(voice.texts, self.negative, strict=True)]
        return tuple(dict.fromkeys(found))


def ground_for(
    said: Said, model: LoadedModel, extent: Extent, scheduler: Any, steps: int, seed: int
) -> Ground | None:
    """What the regions of a new picture see around themselves at first; None where none has to.

    `scheduler` is a spare one: it is spoilt by this.
    """
    import torch

    has_regions = any(voice.mask is not None for voice in said.voices)
    is_known = model.has_stock_batch and not is_flow_config(model.scheduler_config)
    if not (has_regions and is_known and model.reads is Reads.LATENTS):
        return None
    scheduler.set_timesteps(steps)
    levels = step_levels(scheduler)[: math.ceil(steps * LAID_OUT_IN)]
    cell = model.space.cell_px
    grey = model.space.encode(torch.zeros(1, 3, 8 * cell, 8 * cell)).float().mean((2, 3), keepdim=True)
    shape = (1, grey.shape[1], extent.height // cell, extent.width // cell)
    noise = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed ^ 1))
    return Ground(grey, noise.to(grey.device), tuple(levels))


def texts_of(request: GenerationRequest, total: int) -> list[tuple[str, str]]:
    """Every text that an encoder will be given, with the field that it stands in; masks are not looked at."""
    whole = [sentence.text for sentence in sentences(request.prompt)]
    places = [region.prompt for region in request.regions]
    prompts = [step for text in (*whole, *places) for step in every_step(text, total)]
    found = [("prompt", text) for text in prompts]
    found += [("negative_prompt", text) for text in every_step(request.negative_prompt, total)]
    return list(dict.fromkeys(found))
