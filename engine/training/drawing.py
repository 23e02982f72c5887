"""Pictures of the model that is being taught, as it is now: to look at, and to hold on to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from engine.api.errors import Overflow
from engine.api.images import Extent, Pixels
from engine.diffusion import schedulers
from engine.diffusion.decode import decode
from engine.diffusion.embeddings import encode, tokenize
from engine.diffusion.latents import latent_space
from engine.diffusion.tap import Tap
from engine.families.family import LoadedModel, Task

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_GUIDANCE = 7.5


def draw_latents(
    model: LoadedModel,
    text: torch.Tensor,
    size: Extent,
    steps: int,
    seed: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> torch.Tensor:
    """Finished latents (1 x C x h x w) for `text`, an embedding 1 x tokens x width."""
    sampling = model.info.defaults.sampling
    scheduler = schedulers.build(sampling.scheduler, model.scheduler_config, seed, steps)
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, scheduler)
    with torch.no_grad(), Tap(pipeline, is_cancelled=is_cancelled):
        return pipeline(
            prompt_embeds=text,
            negative_prompt_embeds=text_of(model, model.info.defaults.negative_prompt),
            num_inference_steps=steps,
            guidance_scale=min(sampling.guidance, MOST_GUIDANCE),
            guidance_rescale=sampling.guidance_rescale,
            generator=torch.Generator("cpu").manual_seed(seed % 2**63),
            width=size.width,
            height=size.height,
            output_type="latent",
            return_dict=False,
        )[0].clone()


def draw(
    model: LoadedModel,
    text: torch.Tensor,
    size: Extent,
    steps: int,
    seed: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Pixels | None:
    """The picture for `text`; None where the numbers overflowed, which training may mend or not."""
    latents = draw_latents(model, text, size, steps, seed, is_cancelled)
    try:
        with torch.no_grad():
            return decode(latent_space(model.vae), latents, None, lambda _: None)
    except Overflow:
        return None


def text_of(model: LoadedModel, prompt: str) -> torch.Tensor:
    """The embedding of `prompt` as the model reads it now, outside inference mode: it can be learnt with."""
    empty = tokenize(model.tokenizer, "")
    return encode(model.text_encoder(), tokenize(model.tokenizer, prompt), empty).clone()
