"""What the model knows already, held on to while it learns: prior preservation.

DreamBooth (Ruiz et al., https://arxiv.org/abs/2208.12242) lets the model draw pictures of the class and
learns from them beside the lessons. Here the answers on them are held to the model's own answers before, not
to the noise: as in "Learning without Forgetting" (Li and Hoiem, https://arxiv.org/abs/1606.09282), which says
the same with less chance in it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import torch

from engine.api.events import Event, Loading
from engine.api.images import Extent
from engine.api.prompt import literal, plain
from engine.api.training import TrainRequest
from engine.training.drawing import draw_latents, words_of
from engine.training.folder import Lesson, without_trigger
from engine.training.lessons import PRIOR, Batch, generator_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.families.loaded_model import LoadedModel

STEPS = 8
"""Of a picture to hold on to: enough to be like the model's, as it is seen in noise anyway."""
MOST_OF_THE_TIME = 0.3
"""Of the minutes of a teaching may go into these pictures; a slow machine then has fewer of them."""
FEWEST = 4
EVERYDAY = (
    "a house", "a tree", "a dog", "a cat", "a person", "a face", "a flower", "a car", "the sea", "a mountain",
    "a city at night", "a bird", "food on a table", "a room", "a sunset", "an animal", "a drawing",
    "a photograph",
)  # fmt: skip
"""What people ask for: that too shall stay as it is."""


def prompts_to_hold(request: TrainRequest, lessons: Sequence[Lesson], model: LoadedModel) -> list[str]:
    """No words at all, the class, captions without the trigger, the model's examples, everyday things.

    The first is half of every guided step.
    """
    own = [without_trigger(lesson, request) for lesson in lessons]
    examples = [prompt for prompts in model.info.examples.values() for prompt in prompts]
    wanted = dict.fromkeys(["", request.class_words, *own[:8], *examples, *EVERYDAY])
    return [
        prompt
        for prompt in dict.fromkeys(map(plain, wanted))
        if request.trigger.casefold() not in prompt.casefold()
    ]


class Prior:
    """The model's own pictures with their prompts."""

    def __init__(self, latents: Sequence[torch.Tensor], prompts: Sequence[str], seed: int) -> None:
        self._latents, self._prompts, self._seed = list(latents), list(prompts), seed

    def batch(self, step: int, count: int) -> Batch:
        """Of `step`, counted from 0."""
        generator = generator_for(self._seed, PRIOR, step)
        chosen = torch.randint(len(self._latents), (count,), generator=generator).tolist()
        clean = torch.cat([self._latents[place] for place in chosen])
        return Batch(clean, tuple(self._prompts[place] for place in chosen), generator)


def draw_prior(
    request: TrainRequest,
    lessons: Sequence[Lesson],
    model: LoadedModel,
    size: Extent,
    is_cancelled: Callable[[], bool],
) -> Generator[Event, None, Prior | None]:
    """Draws `request.prior_pictures`, or as many as the time allows; None where nothing is to be held."""
    count = request.prior_pictures
    if not count or not request.prior_weight:
        return None
    prompts = prompts_to_hold(request, lessons, model)
    latents, drawn = [], []
    latest = math.inf if request.steps else time.monotonic() + 60 * request.minutes * MOST_OF_THE_TIME
    for number in range(count):
        if number >= FEWEST and time.monotonic() > latest:
            break  # the first prompts are those that matter most
        yield Loading("prior", number / count)
        prompt = prompts[number % len(prompts)]
        words = words_of(model, literal(prompt))
        latents.append(draw_latents(model, words, size, STEPS, request.seed + number, is_cancelled).float())
        drawn.append(prompt)
    return Prior(latents, drawn, request.seed)
