"""unCLIP as Karlo has it: a prior imagines what CLIP would see, a decoder draws it small, two make it larger.

diffusers has all three loops in one call. Each is run here by itself: the others are given nothing to do.
Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import diffusers
import torch

from engine.families.adapted.schedules import Left, walked
from engine.families.adapted.unclip import seen_by
from engine.families.heeded import ITSELF, heeding
from engine.families.loaded_model import Denoised, LoadedModel
from engine.families.stages import FIRST_SCHEDULER

PRIOR_STEPS, PRIOR_GUIDANCE, LARGER_STEPS = 25, 4.0, 7
"""As its makers set them."""


class Nothing:
    """A schedule without steps."""

    timesteps = torch.empty(0)
    init_noise_sigma = 1.0

    def set_timesteps(self, *asked: Any, **called: Any) -> None: ...


class UpToTheDecoder:
    """Leaves before anything is projected, with that and with which of the words' tokens count."""

    text_mask: Any

    def _encode_prompt(self, *asked: Any, **called: Any) -> Any:
        stock: Any = super()
        read = stock._encode_prompt(*asked, **called)
        self.text_mask = read[2]
        return read

    def text_proj(self, **made: Any) -> Any:
        raise Left(made)


class Imagining(UpToTheDecoder, diffusers.UnCLIPPipeline):
    """The first loop: from words to what CLIP would see."""

    def __init__(self, prior: Any, text_encoder: Any, tokenizer: Any, prior_scheduler: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            prior=prior, text_encoder=text_encoder, tokenizer=tokenizer, prior_scheduler=prior_scheduler
        )


class Seeing(UpToTheDecoder, diffusers.UnCLIPImageVariationPipeline):
    """In the first loop's place: what CLIP sees in a picture, and what is read where there are no words."""

    def __init__(
        self, text_encoder: Any, tokenizer: Any, image_encoder: Any, feature_extractor: Any = None
    ) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            text_encoder=text_encoder, tokenizer=tokenizer, image_encoder=image_encoder,
            feature_extractor=feature_extractor,
        )  # fmt: skip


class Karlo(diffusers.UnCLIPPipeline):
    """The second loop, which draws 64 pixels a side."""

    model_cpu_offload_seq = "decoder"
    prior_scheduler: Any = Nothing()

    def __init__(self, decoder: Any, scheduler: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(decoder=decoder, scheduler=scheduler)

    @property
    def unet(self) -> Any:
        return self.decoder

    @property
    def decoder_scheduler(self) -> Any:
        return self.scheduler

    def __call__(
        self,
        *,
        seen: Any,
        prompt_embeds: Any,
        projected: Any,
        added: Any,
        text_mask: Any,
        num_inference_steps: int,
        guidance_scale: float,
        generator: Any = None,
        latents: Any = None,
        **rest: Any,
    ) -> Any:
        self._read = (prompt_embeds, projected, text_mask)
        self.prior: Any = SimpleNamespace(
            config=SimpleNamespace(embedding_dim=seen.shape[1]), post_process_latents=lambda latents: latents
        )
        self.text_proj: Any = Projected((projected, added), projected.shape[1] - text_mask.shape[1])
        return super().__call__(
            prompt="", prior_latents=seen, decoder_num_inference_steps=num_inference_steps,
            decoder_guidance_scale=guidance_scale, decoder_latents=latents, generator=generator,
        )  # fmt: skip

    def _encode_prompt(self, *asked: Any, **called: Any) -> Any:
        return self._read


class Projected:
    """What a network has said already."""

    def __init__(self, said: tuple[Any, ...], context: int) -> None:
        self.said, self.clip_extra_context_tokens = said, context

    def __call__(self, **asked: Any) -> tuple[Any, ...]:
        return self.said


class Larger(diffusers.UnCLIPPipeline):
    """The third loop: four times as large."""

    prior_scheduler: Any = Nothing()
    decoder_scheduler: Any = Nothing()

    def __init__(self, super_res_first: Any, super_res_last: Any, super_res_scheduler: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            super_res_first=super_res_first, super_res_last=super_res_last,
            super_res_scheduler=super_res_scheduler,
        )  # fmt: skip

    def enlarge(self, small: Any, generator: Any) -> Any:
        """`small` is 1 x 3 x h x w from -1 to 1; the picture goes from 0 to 1."""
        nothing = torch.zeros(1, 1, dtype=small.dtype, device=small.device)
        self._read = (nothing, nothing[None], nothing.bool())
        self.prior: Any = SimpleNamespace(
            config=SimpleNamespace(embedding_dim=1), post_process_latents=lambda latents: latents
        )
        self.text_proj: Any = Projected((nothing[None], nothing), 0)
        self.decoder: Any = SimpleNamespace(
            config=SimpleNamespace(in_channels=3, sample_size=small.shape[-1])
        )
        (image,) = self(
            prompt="", prior_latents=nothing, decoder_latents=small, generator=generator, output_type="np",
            super_res_num_inference_steps=LARGER_STEPS, return_dict=False,
        )  # fmt: skip
        return torch.from_numpy(image).permute(0, 3, 1, 2)

    def _encode_prompt(self, *asked: Any, **called: Any) -> Any:
        return self._read


def _counted(model: LoadedModel, part: str, steps: int, say: Callable[[float], None]) -> Any:
    """The scheduler that the folder says for `part`; `say` is told the share of `steps` that are done."""
    scheduler = walked(diffusers.UnCLIPScheduler, model, part)
    step, done = scheduler.step, iter(range(1, steps + 1))

    def counted(*asked: Any, **called: Any) -> Any:
        made = step(*asked, **called)
        say(next(done) / steps)
        return made

    scheduler.step = counted
    return scheduler


def karlo_prior(
    model: LoadedModel, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """What the decoder is told: the words, and what CLIP would see of the picture, in both its ways."""
    parts = model.components
    stock: Any = heeding(Imagining, ITSELF)
    pipeline = stock(
        parts["prior"], parts["text_encoder"], parts["tokenizer"],
        _counted(model, FIRST_SCHEDULER, PRIOR_STEPS, say),
    )  # fmt: skip
    say(0.0)
    return _told(
        parts["text_proj"], pipeline, prompt=told["prompt"], generator=generator,
        prior_num_inference_steps=PRIOR_STEPS, prior_guidance_scale=PRIOR_GUIDANCE,
    )  # fmt: skip


def karlo_sight(
    model: LoadedModel, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """The same of what CLIP sees in a picture, without words."""
    parts = model.components
    say(0.0)
    pipeline: Any = Seeing(parts["text_encoder"], parts["tokenizer"], parts["image_encoder"])
    made = _told(
        parts["text_proj"], pipeline, image_embeddings=seen_by(parts["image_encoder"], told["pictures"])
    )
    say(1.0)
    return made


def _told(text_proj: Any, pipeline: Any, **call: Any) -> dict[str, Any]:
    """What the decoder is told, where `pipeline` would ask for it to be projected."""
    pipeline.set_progress_bar_config(disable=True)
    try:
        pipeline(**call)
    except Left as left:
        made = left.made
    else:
        raise AssertionError("the stock pipeline asked nobody to project what the decoder is told")
    projected, added = text_proj(**made)
    return {
        "seen": made["image_embeddings"], "prompt_embeds": made["prompt_embeds"], "projected": projected,
        "added": added, "text_mask": pipeline.text_mask,
    }  # fmt: skip


def karlo_enlarged(model: LoadedModel, denoised: Denoised) -> Any:
    """1 x 3 x H x W from 0 to 1."""
    first, last = model.later("super_res_first"), model.later("super_res_last")
    schedule = _counted(model, "super_res_scheduler", LARGER_STEPS, denoised.say)
    pipeline: Any = Larger(first, last, schedule)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.enlarge(denoised.latents.to(first.dtype), denoised.generator)
