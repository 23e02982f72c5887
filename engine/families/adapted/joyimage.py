"""JoyImage Edit and Plus, whose scheduler is shown the picture that is drawn, and none that is read.

Importing this costs torch.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import diffusers
import torch
from transformers.modeling_outputs import BaseModelOutput

from engine.families.adapted.schedules import stepping


class BeforeTheNorm(torch.nn.Module):
    """A text encoder whose answer is what its last layer says: the network learnt that, and not its norm."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, **told: Any) -> BaseModelOutput:
        said: list[Any] = []
        last = self.encoder.model.language_model.layers[-1]
        hook = last.register_forward_hook(lambda layer, given, answer: said.append(answer))
        try:
            self.encoder(**told)
        finally:
            hook.remove()
        return BaseModelOutput(last_hidden_state=said[0][0] if isinstance(said[0], tuple) else said[0])


class Reading:
    """Reads words and pictures by what the last layer of its text encoder says."""

    text_encoder: Any

    @cached_property
    def reading(self) -> BeforeTheNorm:
        return BeforeTheNorm(self.text_encoder)

    def _get_last_decoder_hidden_states(self, forward_fn: Any, **told: Any) -> torch.Tensor:
        return self.reading(**told).last_hidden_state


class JoyImageEdit(Reading, diffusers.JoyImageEditPipeline):
    """Draws sizes of about a million pixels, unless it is told others, and sees the same each time."""

    def __call__(self, *, width: int, height: int, **call: Any) -> Any:
        sizes: Any = self.vae_image_processor
        sizes.get_default_height_width = lambda *unheeded: (height, width)
        with stepping(self.scheduler, self._step_the_last):
            return super().__call__(width=width, height=height, **call)

    @staticmethod
    def _step_the_last(step: Any, output: Any, timestep: Any, sample: torch.Tensor, **more: Any) -> Any:
        """B x 2 x C x 1 x h x w: the picture that is read, and the one that is drawn."""
        made = step(output[:, -1, :, 0], timestep, sample[:, -1, :, 0], **more)
        return (torch.cat([sample[:, :-1], made[0][:, None, :, None]], dim=1), *made[1:])

    def prepare_latents(self, *asked: Any, **more: Any) -> Any:
        """Latents as the scheduler has them; of the picture the middle of what is likely, not a chance."""
        *first, latents = asked
        if latents is not None:
            latents = latents[:, None, :, None]
        prepare: Any = super().prepare_latents
        encode = self.vae.encode
        self.vae.encode = lambda pixels: _certain(encode(pixels))
        try:
            return prepare(*first, latents, **more)
        finally:
            del self.vae.encode


class JoyImageEditPlus(Reading, diffusers.JoyImageEditPlusPipeline):
    """As the other: its scheduler is shown the tokens of the picture that is drawn, which come first."""

    def __call__(self, *, width: int, height: int, **call: Any) -> Any:
        side = self.vae_scale_factor_spatial * self.transformer.config.patch_size[-1]
        own = (height // side) * (width // side)

        def step_the_first(step: Any, output: Any, timestep: Any, sample: torch.Tensor, **more: Any) -> Any:
            """B x tokens x C x 1 x 2 x 2: those of the picture that is drawn, and of each that is read."""
            made = step(output[:, :own].flatten(2), timestep, sample[:, :own].flatten(2), **more)
            drawn = made[0].reshape(-1, own, *sample.shape[2:])
            return (torch.cat([drawn, sample[:, own:]], dim=1), *made[1:])

        with stepping(self.scheduler, step_the_first):
            return super().__call__(width=width, height=height, **call)

    def prepare_latents(self, *, latents: torch.Tensor | None = None, **asked: Any) -> Any:
        """Latents as the scheduler has them, in the place of noise."""
        prepare: Any = super().prepare_latents
        begun, *rest = prepare(**asked)
        if latents is not None:
            begun[:, : latents.shape[1]] = latents.view(*latents.shape[:2], *begun.shape[2:])
        return (begun, *rest)


def _certain(encoded: Any) -> Any:
    encoded.latent_dist.sample = encoded.latent_dist.mode
    return encoded
