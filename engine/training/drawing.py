"""Pictures of the model that is being taught, as it is now: to look at, and to hold on to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from engine.api.errors import Overflow
from engine.api.images import Extent, Pixels
from engine.diffusion import schedulers
from engine.diffusion.decode import decode
from engine.diffusion.tap import EndWithLatents, LeaveLoop, Tap
from engine.families.family import Inputs, Task
from engine.families.loaded_model import LoadedModel
from engine.families.words import NEGATIVE
from engine.training.telling import Words

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_GUIDANCE = 7.5


def draw_latents(
    model: LoadedModel,
    words: Words,
    size: Extent,
    steps: int,
    seed: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> torch.Tensor:
    """Finished latents (1 x C x h x w) for `words`, a prompt's embedding."""
    sampling = model.info.defaults.sampling
    guidance = min(sampling.guidance, MOST_GUIDANCE)
    negative = words_of(model, model.info.defaults.negative_prompt, True) if model.is_guided(guidance) else {}
    call = {
        **words,
        **{f"{NEGATIVE}{name}": tensor for name, tensor in negative.items()},
        "num_inference_steps": steps,
        "generator": torch.Generator("cpu").manual_seed(seed % 2**63),
        "output_type": "latent",
        "return_dict": False,
        **model.arguments(Inputs(size, None, None, 1.0, guidance, sampling.guidance_rescale)),
    }
    scheduler = schedulers.build(sampling.scheduler, model.scheduler_config, seed, steps)
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, scheduler)
    try:
        with torch.no_grad(), Tap(pipeline, [EndWithLatents(steps)], is_cancelled):
            latents = pipeline(**model.finished_call(call))[0]
    except LeaveLoop as left:
        assert left.latents is not None
        latents = left.latents
    return model.unpack(latents, size).clone()


def draw(
    model: LoadedModel,
    words: Words,
    size: Extent,
    steps: int,
    seed: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Pixels | None:
    """The picture for `words`; None where the numbers overflowed, which training may mend or not."""
    latents = draw_latents(model, words, size, steps, seed, is_cancelled)
    try:
        with torch.no_grad():
            return decode(model.space, latents, None, lambda _: None)
    except Overflow:
        return None


def words_of(model: LoadedModel, prompt: str, is_negative: bool = False) -> Words:
    """The embedding of `prompt` as the model reads it now, outside inference mode: it can be learnt with.

    Of a long one the first piece, so that all are of one length.
    """
    assert model.reader is not None
    read = model.reader.read(model, prompt, None, is_negative, 1)
    with torch.no_grad():
        made = model.reader.encode(model, read, ())
    return {name: tensor.clone().to(model.device) for name, tensor in made.items()}
