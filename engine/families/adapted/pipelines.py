"""Stock pipelines that would not do as they are told: diffusers' own, with what each needs put right first.

Importing this costs torch; `Kind.adapted` names the classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import diffusers
import numpy as np

from engine.api.errors import BadRequest
from engine.diffusion.guider_classes import Momentum


class HalfForTheMap(diffusers.DiffusionPipeline):
    """Half of its network's channels are a map's, which is laid there on the way into the network."""

    def prepare_latents(self, batch_size: int, num_channels_latents: int, *call: Any, **more: Any) -> Any:
        prepare: Any = super().prepare_latents  # type: ignore[misc]
        return prepare(batch_size, num_channels_latents // 2, *call, **more)


class CogView4Control(HalfForTheMap, diffusers.CogView4Pipeline):
    """Of the canny and other maps of CogView4."""


class FluxControl(HalfForTheMap, diffusers.FluxPipeline):
    """Canny and Depth of FLUX.1."""


class CogView3(diffusers.CogView3PlusPipeline):
    """Puts zeros in the place of an embedded negative prompt; here it does so for an empty one alone."""

    def encode_prompt(
        self,
        prompt: Any,
        negative_prompt: Any = None,
        do_classifier_free_guidance: bool = True,
        num_images_per_prompt: int = 1,
        prompt_embeds: Any = None,
        negative_prompt_embeds: Any = None,
        max_sequence_length: int = 224,
        device: Any = None,
        dtype: Any = None,
    ) -> Any:
        return super().encode_prompt(
            prompt,
            (negative_prompt or None) if negative_prompt_embeds is None else "",
            do_classifier_free_guidance,
            num_images_per_prompt,
            prompt_embeds,
            negative_prompt_embeds,
            max_sequence_length,
            device,
            dtype,
        )


class NarrowLatents(diffusers.StableDiffusionPipeline):
    """Some of its network's channels are depth, or a mask and what it leaves: laid there on the way in."""

    def prepare_latents(self, batch_size: int, num_channels_latents: int, *call: Any, **more: Any) -> Any:
        return super().prepare_latents(batch_size, self.vae.config.latent_channels, *call, **more)


class LatentDiffusion(diffusers.LDMTextToImagePipeline):
    """Calls its parts as others do."""

    model_cpu_offload_seq = "text_encoder->unet->vae"

    def __init__(self, tokenizer: Any, text_encoder: Any, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, unet=unet, scheduler=scheduler, vae=vae
        )
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)

    @property
    def bert(self) -> Any:
        return self.text_encoder

    @property
    def reading(self) -> Any:
        """The part of the text encoder that reads."""
        return self.text_encoder.model


class HiDream(diffusers.HiDreamImagePipeline):
    """Stretches every size to the area of a million pixels, unless it takes another area for its own."""

    def __call__(self, *, width: int, height: int, **call: Any) -> Any:
        self._refuse_too_large(width, height)
        side = math.sqrt(width * height) / self.vae_scale_factor
        self.default_sample_size = side * (1 + 1e-9)  # it rounds down
        return super().__call__(width=width, height=height, **call)

    def _refuse_too_large(self, width: int, height: int) -> None:
        """A picture that is no square is filled up to as many cells as the network knows."""
        config = self.transformer.config
        rows, columns = config.max_resolution
        most = rows * columns * self.vae_scale_factor**2
        if width * height > most and width != height:
            raise BadRequest(
                "width",
                f"{width} x {height} is more than HiDream draws: at most {most:,} pixels. "
                "Make the picture smaller; enlarge it afterwards.",
                at_most_px=most,
            )


class HunyuanImage(diffusers.HunyuanImagePipeline):
    """Is told by `guidance_scale`, and guides as the guiders do that its makers put into the folder."""

    LATE = 38
    """First step of the projected guidance where letters are to be drawn; its makers' number."""

    def __init__(
        self,
        scheduler: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        text_encoder_2: Any,
        tokenizer_2: Any,
        transformer: Any,
        guider: dict[str, Any] | None = None,
        ocr_guider: dict[str, Any] | None = None,
    ) -> None:
        """`guider`, `ocr_guider`: what the folder says of them, but for how much they guide."""
        super().__init__(scheduler, vae, text_encoder, tokenizer, text_encoder_2, tokenizer_2, transformer)
        late: dict[str, Any] = {"adaptive_projected_guidance_start_step": self.LATE}
        self._told = guider or {}, ocr_guider or late

    def __call__(self, *, guidance_scale: float, **call: Any) -> Any:
        if self.transformer.config.guidance_embeds:
            return super().__call__(distilled_guidance_scale=guidance_scale, **call)
        self.guider, self.ocr_guider = (
            ProjectedMixGuidance(**told, guidance_scale=guidance_scale) for told in self._told
        )
        self.guider.scheduler = self.ocr_guider.scheduler = self.scheduler
        return super().__call__(**call)


class HunyuanRefiner(diffusers.HunyuanImageRefinerPipeline):
    """Is told by `guidance_scale`; where it was not taught its guidance, it guides as its folder says."""

    def __init__(
        self,
        scheduler: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        transformer: Any,
        guider: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(scheduler, vae, text_encoder, tokenizer, transformer)
        self._told = guider

    def __call__(self, *, guidance_scale: float, **call: Any) -> Any:
        if self.transformer.config.guidance_embeds:
            return super().__call__(distilled_guidance_scale=guidance_scale, **call)
        if self._told is not None:
            self.guider = ProjectedMixGuidance(**self._told, guidance_scale=guidance_scale)
            self.guider.scheduler = self.scheduler
        return super().__call__(**call)


class ProjectedMixGuidance(diffusers.AdaptiveProjectedMixGuidance):
    """Keeps its momentum with the scheduler's history, where a branch finds it (arxiv.org/abs/2410.02416)."""

    scheduler: Any = None

    def prepare_inputs(self, data: Any) -> Any:
        prepared = super().prepare_inputs(data)
        if self._step == 0:
            self.momentum_buffer = Momentum(self.adaptive_projected_guidance_momentum, self.scheduler)
        return prepared


class QwenImage21(diffusers.QwenImage21Pipeline):
    """Takes the steps that its folder names whatever is asked; here only where as many are asked for."""

    def __call__(self, *, num_inference_steps: int, **call: Any) -> Any:
        own = self.config["sample_sigmas"]
        if own and len(own) != num_inference_steps:
            call["sigmas"] = np.linspace(1.0, 1 / num_inference_steps, num_inference_steps)
        return super().__call__(num_inference_steps=num_inference_steps, **call)


class PRX(diffusers.PRXPipeline):
    """Mends a prompt's spelling by a library that is not here; here it is read as it was typed."""

    @property
    def text_preprocessor(self) -> AsTyped:
        return AsTyped()

    @text_preprocessor.setter
    def text_preprocessor(self, value: object) -> None:
        """Its own is not taken."""


class PRXPixel(diffusers.PRXPixelPipeline):
    """As PRX: it mends spelling by a library that is not here."""

    def _tokenize_prompts(self, prompts: Any, device: Any, **unheeded: Any) -> Any:
        read = self.tokenizer(
            [prompt.strip() for prompt in prompts],
            padding="max_length",
            max_length=self.config["prompt_max_tokens"],
            truncation=True,
            return_attention_mask=True,
            return_tensors="pt",
        )
        return read["input_ids"].to(device), read["attention_mask"].bool().to(device)


class AsTyped:
    """What stands in for PRX's preprocessor."""

    def clean_text(self, text: str) -> str:
        return text.strip()

    basic_clean = clean_text


class Ideogram4(diffusers.Ideogram4Pipeline):
    """Fills every prompt up with 2,048 marks that nobody looks at, and ends with an error beyond.

    Here nothing is filled up, which makes each step much shorter, and the rest of a longer one is not read.
    """

    LONGEST = 2048

    def __call__(self, *, prompt: str, also_said: Sequence[str] = (), **call: Any) -> Any:
        """`also_said`: what else is said while this picture is drawn."""
        around = self._tokens(self._said(""))
        offsets = self.tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)[
            "offset_mapping"
        ]
        if len(offsets) > self.LONGEST - around:
            prompt = prompt[: offsets[self.LONGEST - around][0]]
        longest = max(self._tokens(self._said(text)) for text in (prompt, *also_said))
        length = min(longest, self.LONGEST)
        return super().__call__(prompt=prompt, max_sequence_length=length, **call)

    def _said(self, prompt: str) -> str:
        messages = [{"role": "user", "content": [{"type": "text", "text": prompt}]}]
        return self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)

    def _tokens(self, text: str) -> int:
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])
