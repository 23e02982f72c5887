"""A diffusion model that makes pictures larger: its pipeline runs once, its networks tile by tile.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import diffusers
import torch

from engine.checkpoints.checkpoint import Checkpoint
from engine.checkpoints.foreign_files import unsafe
from engine.diffusion.tap import Answer
from engine.diffusion.tiled_network import vae_in_tiles
from engine.diffusion.tiles import Span, shares, spans
from engine.networks.class_networks import load_part, load_tokenizer
from engine.networks.original.upscaler import SCHEDULERS as SCHEDULERS_OF_FILE
from engine.networks.original.upscaler import OriginalUpscaler
from engine.networks.upscaling_pipelines import LDM, Told, UpscalingPipeline
from engine.tokenizers.clip import openai_vocabulary, transformers_tokenizer

GUIDANCE = 9.0
"""Of the fourfold one, as its pipeline has it. The twofold one reads its words without, as its makers do."""
SCHEDULERS = (
    "DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler", "LMSDiscreteScheduler", "DPMSolverMultistepScheduler",
)  # fmt: skip
"""Classes that a folder may name."""


class DiffusionUpscaler(torch.nn.Module):
    """1 x 3 x H x W from 0 to 1 to latents of the same, larger, and those to pixels.

    The whole is drawn at once, from one noise and with one chance at every step; only its network goes over
    it tile by tile, blended where two overlap (MultiDiffusion, https://arxiv.org/abs/2302.08113). Tiles drawn
    one by one agree on nothing: where they overlap, the mean of two is duller than either.
    """

    def __init__(self, kind: UpscalingPipeline, pipeline: Any) -> None:
        super().__init__()
        self.kind = kind
        networks = {name: part for name, part in pipeline.components.items() if hasattr(part, "parameters")}
        if "vqvae" in networks:
            networks["vae"] = networks.pop("vqvae")
        self.parts = torch.nn.ModuleDict(networks)
        self._pipeline = pipeline

    def drawn(
        self, given: torch.Tensor, told: Told, tile_px: int, overlap_px: int, say: Callable[[float], None]
    ) -> torch.Tensor:
        """The latents of `given`, whose sides and tiles are multiples of the kind's, as they are decoded.

        `say` is told the share of its steps that are done.
        """
        cell = self.kind.px_per_cell
        down, across = (spans(side // cell, tile_px // cell, overlap_px // cell) for side in given.shape[-2:])
        steps = told.steps or self.kind.steps
        count, done = len(down) * len(across) * steps, 0

        def passed() -> None:
            nonlocal done
            done += 1
            say(min(1.0, done / count))

        with ExitStack() as inside:
            inside.enter_context(_standing_at(self.parts["unet"], "forward", _in_tiles(down, across, passed)))
            inside.enter_context(_standing_at(self.parts["vae"], "decode", lambda _: _leave))
            if len(down) * len(across) > 1:
                inside.enter_context(vae_in_tiles(self.parts["vae"]))  # to encode
            try:
                self._pipeline(
                    generator=torch.Generator().manual_seed(told.seed), num_inference_steps=steps,
                    output_type="pt", return_dict=False, **self._asked(given, told),
                )  # fmt: skip
            except _Drawn as drawn:
                return drawn.latents
        raise AssertionError("a pipeline decodes what it has drawn")

    def decoded(self, latents: torch.Tensor) -> torch.Tensor:
        """The pixels of `latents`, or of a tile of them, from 0 to 1."""
        vae: Any = self.parts["vae"]
        made = vae.decode(latents.to(next(vae.parameters()).dtype), return_dict=False)[0]
        return (made / 2 + 0.5).clamp(0, 1)

    def _asked(self, given: torch.Tensor, told: Told) -> dict[str, Any]:
        if "text_encoder" not in self.kind.parts:
            # any more chance would not come from the seed: its pipeline tells the scheduler of none
            return {"image": given * 2 - 1, "eta": 0.0}
        if self.kind.noise_level is None:
            return {"image": given, "prompt": told.prompt, "guidance_scale": float(bool(told.prompt))}
        return {
            "image": given, "prompt": told.prompt, "negative_prompt": told.negative_prompt,
            "guidance_scale": GUIDANCE, "noise_level": told.noise_level,
        }  # fmt: skip


class _Drawn(BaseException):
    """Leaves a pipeline where it would decode the whole at once."""

    def __init__(self, latents: torch.Tensor) -> None:
        super().__init__()
        self.latents = latents


def _leave(latents: torch.Tensor, *_: Any, **__: Any) -> NoReturn:
    raise _Drawn(latents)


@contextmanager
def _standing_at(network: Any, name: str, around: Callable[[Any], Any]) -> Iterator[None]:
    """Inside, `network.name` is what `around` makes of it."""
    setattr(network, name, around(getattr(network, name)))
    try:
        yield
    finally:
        delattr(network, name)


def _in_tiles(
    down: tuple[Span, ...], across: tuple[Span, ...], passed: Callable[[], None]
) -> Callable[[Any], Any]:
    """Of a network's `forward` one that goes over its first argument in tiles; each is told to `passed`."""

    def around(forward: Any) -> Any:
        def tiled(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Answer:
            whole: Any = None
            for row, weight_down in zip(down, shares(down), strict=True):
                for column, weight_across in zip(across, shares(across), strict=True):
                    place = (..., slice(row.start, row.stop), slice(column.start, column.stop))
                    part = forward(sample[place], *args, **kwargs)[0]
                    passed()
                    if len(down) * len(across) == 1:
                        return Answer((part,))
                    if whole is None:
                        whole = part.new_zeros(*part.shape[:-2], *sample.shape[-2:], dtype=torch.float32)
                    weight = torch.from_numpy(weight_down[:, None] * weight_across[None]).to(part.device)
                    whole[place] += part.float() * weight
            return Answer((whole.to(sample.dtype),))

        return tiled

    return around


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
