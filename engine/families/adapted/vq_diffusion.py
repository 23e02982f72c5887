"""VQ-Diffusion, whose pipeline reads its words in the midst of its call and keeps its tokens in a row.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers
import torch

from engine.families.adapted.around import Around


class VQDiffusion(diffusers.VQDiffusionPipeline):
    """Its call is diffusers' own."""

    model_cpu_offload_seq = "text_encoder->transformer->vae"

    def __init__(
        self,
        tokenizer: Any,
        text_encoder: Any,
        learned_classifier_free_sampling_embeddings: Any,
        transformer: Any,
        scheduler: Any,
        vae: Any,
    ) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, transformer=transformer, scheduler=scheduler,
            vae=vae,
            learned_classifier_free_sampling_embeddings=learned_classifier_free_sampling_embeddings,
        )  # fmt: skip

    @property
    def vqvae(self) -> Any:
        return self.vae

    def encode_prompt(self, prompt: str, device: Any) -> tuple[Any, Any]:
        """What is said, and what it is held against, each 1 x tokens x width."""
        against, said = super()._encode_prompt(prompt, 1, True).chunk(2)
        return said, against

    def truncate(self, log_p_x_0: Any, truncation_rate: float) -> Any:
        """Of a step that is passed over nothing is asked."""
        return log_p_x_0 if log_p_x_0.ndim < 3 else super().truncate(log_p_x_0, truncation_rate)

    def __call__(
        self, *, prompt_embeds: Any, against: Any, latents: Any = None, height: int, width: int, **call: Any
    ) -> Any:
        stock: Any = diffusers.VQDiffusionPipeline.__call__
        row = latents if latents is None else latents.flatten(1)
        return stock(_Seen(self, prompt_embeds, against), "", latents=row, **call)


class _Seen(Around):
    """The pipeline as its own call has it: with its words read, and its tokens in a row."""

    def __init__(self, pipeline: VQDiffusion, said: Any, against: Any) -> None:
        super().__init__(pipeline)
        self._said, self._against = said, against
        self.scheduler = _InARow(pipeline.scheduler, pipeline.transformer)

    def _encode_prompt(self, prompt: str, count: int, is_guided: bool) -> Any:
        return torch.cat([self._against, self._said]) if is_guided else self._said


class _InARow(Around):
    """Its scheduler, which has the tokens as a picture."""

    def __init__(self, scheduler: Any, transformer: Any) -> None:
        super().__init__(scheduler)
        self._size = transformer.height, transformer.width

    def step(self, model_output: Any, timestep: Any, sample: Any, generator: Any = None) -> Any:
        made = self.inner.step(
            model_output, timestep=timestep, sample=sample.unflatten(1, self._size), generator=generator
        )
        return diffusers.schedulers.scheduling_vq_diffusion.VQDiffusionSchedulerOutput(made[0].flatten(1))
