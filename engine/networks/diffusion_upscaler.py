"""A diffusion model that makes pictures larger, as one network: its pipeline runs once for each tile.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import torch
from torch.nn import functional

from engine.checkpoints.checkpoint import Checkpoint
from engine.checkpoints.foreign_files import unsafe
from engine.networks.class_networks import load_part, load_tokenizer
from engine.networks.original.upscaler import SCHEDULERS as SCHEDULERS_OF_FILE
from engine.networks.original.upscaler import OriginalUpscaler
from engine.networks.upscaling_pipelines import LDM, Told, UpscalingPipeline
from engine.tokenizers.clip import openai_vocabulary, transformers_tokenizer

GUIDANCE = 9.0
"""Of the one that reads words, as its pipeline has it; the others are not guided."""
SCHEDULERS = (
    "DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler", "LMSDiscreteScheduler", "DPMSolverMultistepScheduler",
)  # fmt: skip
"""Classes that a folder may name."""


class DiffusionUpscaler(torch.nn.Module):
    """1 x 3 x H x W from 0 to 1 to the same, larger."""

    def __init__(self, kind: UpscalingPipeline, pipeline: Any) -> None:
        super().__init__()
        self.kind = kind
        networks = {name: part for name, part in pipeline.components.items() if hasattr(part, "parameters")}
        self.parts = torch.nn.ModuleDict(networks)
        self._pipeline = pipeline

    def forward(self, given: torch.Tensor, told: Told, say: Callable[[float], None]) -> torch.Tensor:
        """`say` is told the share of its steps that are done."""
        height, width = given.shape[-2:]
        below, right = -height % self.kind.multiple, -width % self.kind.multiple
        given = functional.pad(given, (0, right, 0, below), mode="replicate") if below or right else given
        steps, done = told.steps or self.kind.steps, 0

        def count(*_: object) -> None:
            nonlocal done
            done += 1
            say(min(1.0, done / steps))

        hook = self.parts["unet"].register_forward_hook(count)
        try:
            made = self._pipeline(
                generator=torch.Generator().manual_seed(told.seed), num_inference_steps=steps,
                output_type="pt", return_dict=False, **self._asked(given, told),
            )[0]  # fmt: skip
        finally:
            hook.remove()
        return made[..., : height * self.kind.scale, : width * self.kind.scale]

    def _asked(self, given: torch.Tensor, told: Told) -> dict[str, Any]:
        if not self.kind.reads_words:
            if "text_encoder" not in self.kind.parts:
                # any more chance would not come from the seed: its pipeline tells the scheduler of none
                return {"image": given * 2 - 1, "eta": 0.0}
            return {"image": given, "prompt": "", "guidance_scale": 0.0}
        return {
            "image": given, "prompt": told.prompt, "negative_prompt": told.negative_prompt,
            "guidance_scale": GUIDANCE, "noise_level": told.noise_level,
        }  # fmt: skip


def load_diffusion_upscaler(
    kind: UpscalingPipeline,
    checkpoint: Checkpoint | OriginalUpscaler,
    dtype: torch.dtype,
    device: torch.device,
) -> DiffusionUpscaler:
    """Raises `UnsafeFile` or `UnsupportedModel` where its parts are damaged or not what they say."""
    if isinstance(checkpoint, OriginalUpscaler):
        return _of_one_file(kind, checkpoint, dtype, device)
    name = str(checkpoint.configs["model_index"]["_class_name"])
    parts: dict[str, Any] = {part: load_part(checkpoint, part, dtype, device) for part in kind.parts}
    parts["scheduler"] = _scheduler(checkpoint, "scheduler")
    if name == LDM:
        pipeline: Any = diffusers.LDMSuperResolutionPipeline(
            vqvae=parts["vae"], unet=parts["unet"], scheduler=parts["scheduler"]
        )
    else:
        parts["tokenizer"] = load_tokenizer(checkpoint, "tokenizer")
        more: dict[str, Any] = {}
        if kind.noise_level is not None:
            more["low_res_scheduler"] = _scheduler(checkpoint, "low_res_scheduler")
        pipeline = getattr(diffusers, name)(**parts, **more)
    pipeline.set_progress_bar_config(disable=True)
    return DiffusionUpscaler(kind, pipeline)


def _of_one_file(
    kind: UpscalingPipeline, layout: OriginalUpscaler, dtype: torch.dtype, device: torch.device
) -> DiffusionUpscaler:
    schedulers = {
        part: getattr(diffusers, str(config["_class_name"])).from_config(dict(config))
        for part, config in SCHEDULERS_OF_FILE.items()
    }
    places = int(str(layout.configs["text_encoder"]["max_position_embeddings"]))
    pipeline: Any = diffusers.StableDiffusionUpscalePipeline(
        **{part: layout.load(part, dtype, device) for part in kind.parts},
        tokenizer=transformers_tokenizer(openai_vocabulary(pad="!"), places), **schedulers,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return DiffusionUpscaler(kind, pipeline)


def _scheduler(checkpoint: Checkpoint, part: str) -> Any:
    config = checkpoint.configs.get(part, {})
    name = str(config.get("_class_name"))
    if name not in SCHEDULERS:
        raise unsafe(checkpoint.path, f"has no usable {part}", "Get the model again from its source.")
    kind: Any = getattr(diffusers, name)
    return kind.from_config(dict(config))
