"""Variants of a finished model that look at a picture: one is told what to change, one fills what is missing.

Both are its own network with more input channels, which begin at zero: the first step draws what the model
would draw, and learns from there. Stock `StableDiffusionInstructPix2PixPipeline`s
(https://arxiv.org/abs/2211.09800) and `StableDiffusionInpaintPipeline`s run what comes out.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Protocol, cast

import diffusers
import numpy as np
import torch
from diffusers import ModelMixin, UNet2DConditionModel
from numpy.typing import NDArray

from engine.api.errors import UnsupportedModel
from engine.api.events import Event
from engine.library.save import save_bytes
from engine.training.blocks import Block, Blocks
from engine.training.control import PREVIEW_STEPS, PREVIEWS, drawn_ids, side_by_side
from engine.training.examples import Examples, Tensors
from engine.training.export import INDEX
from engine.training.fine_tuning import Facts, fine_tune
from engine.training.frozen import Frozen, to_pixels, to_unit
from engine.training.hardware import put_on
from engine.training.network_folder import save_json, save_network
from engine.training.noise import spread_timesteps
from engine.training.noising import sample, weighted_loss
from engine.training.plan import Plan

WITHOUT = 0.05
"""Share of examples without words, without the picture, and without both (section 3.2.1 of the paper)."""


class Variant(Protocol):
    """What besides noise and words goes into the network."""

    name: str
    pipeline: str
    """diffusers' class that runs it."""
    channels: int
    """Of the network's input."""

    def take(self, block: Block) -> Tensors: ...

    def beside(self, rows: Tensors, generator: torch.Generator | None) -> torch.Tensor:
        """n x more channels x h x w; without a generator nothing is left out."""
        ...

    def shown(self, rows: Tensors) -> NDArray[np.uint8]:
        """What is given, as pictures."""
        ...


class Instructed:
    """Before, and a sentence what to change."""

    name, pipeline = "edit", "StableDiffusionInstructPix2PixPipeline"

    def __init__(self, frozen: Frozen) -> None:
        self._frozen, self.channels = frozen, 2 * frozen.channels
        if frozen.channels != 4:
            raise UnsupportedModel(
                "The stock edit pipeline wants a model with 4 latent channels. Choose another base."
            )

    def take(self, block: Block) -> Tensors:
        frozen = self._frozen
        before = frozen.encode(to_unit(block.arrays["before"], frozen.device))
        # the pipeline gives the network the latents as they are encoded, without the model's factor
        return {
            "latents": frozen.encode(to_unit(block.arrays["picture"], frozen.device)),
            "before": before / frozen.vae.config["scaling_factor"],
            "ids": caption_ids(frozen, block),
        }

    def beside(self, rows: Tensors, generator: torch.Generator | None) -> torch.Tensor:
        before = rows["before"].float()
        if generator is None:
            return before
        chance = torch.rand(len(before), device=before.device, generator=generator)
        return before * (chance >= 2 * WITHOUT).view(-1, 1, 1, 1)

    def shown(self, rows: Tensors) -> NDArray[np.uint8]:
        return to_pixels(
            self._frozen.decode(rows["before"].float() * self._frozen.vae.config["scaling_factor"])
        )


class Filled:
    """A picture with a hole, where the hole is, and a sentence."""

    name, pipeline = "inpaint", "StableDiffusionInpaintPipeline"

    def __init__(self, frozen: Frozen) -> None:
        self._frozen, self.channels = frozen, 2 * frozen.channels + 1
        if frozen.channels != 4:
            raise UnsupportedModel(
                "The stock inpainting pipeline wants a model with 4 latent channels. Choose another base."
            )

    def take(self, block: Block) -> Tensors:
        frozen = self._frozen
        pixels = to_unit(block.arrays["picture"], frozen.device)
        hole = torch.from_numpy(block.arrays["hole"]).to(frozen.device)[:, None].float() / 255
        hole = (hole >= 0.5).float()
        side = pixels.shape[-1] // frozen.factor
        return {
            "latents": frozen.encode(pixels),
            "around": frozen.encode(pixels * (hole < 0.5)),
            "hole": torch.nn.functional.interpolate(hole, size=(side, side)),  # nearest, as the pipeline does
            "ids": caption_ids(frozen, block),
        }

    def beside(self, rows: Tensors, generator: torch.Generator | None) -> torch.Tensor:
        return torch.cat([rows["hole"].float(), rows["around"].float()], dim=1)

    def shown(self, rows: Tensors) -> NDArray[np.uint8]:
        return to_pixels(self._frozen.decode(rows["around"]))


VARIANTS: dict[str, type[Instructed] | type[Filled]] = {"edit": Instructed, "inpaint": Filled}


def caption_ids(frozen: Frozen, block: Block) -> torch.Tensor:
    """n x sentences x tokens."""
    ids = frozen.ids([caption for captions in block.captions for caption in captions])
    return ids.view(len(block), len(block.captions[0]), -1).to(frozen.device)


def widened(unet: UNet2DConditionModel, channels: int) -> UNet2DConditionModel:
    """A copy of `unet` in full precision that reads `channels`; the new ones change nothing yet."""
    config = {**unet.config, "in_channels": channels}
    network = cast(UNet2DConditionModel, UNet2DConditionModel.from_config(config)).float()
    weights = {name: weight.float() for name, weight in unet.state_dict().items()}
    known = weights["conv_in.weight"]
    weights["conv_in.weight"] = known.new_zeros((known.shape[0], channels, *known.shape[2:]))
    weights["conv_in.weight"][:, : known.shape[1]] = known
    network.load_state_dict(weights)
    return network


class EditTask:
    """Learning to draw beside a picture."""

    ends: tuple[str, ...] = ("conv_in", "conv_out", "embedding")

    def __init__(self, variant: Variant, frozen: Frozen, folder: Path, dtype: torch.dtype) -> None:
        self.name, self.folder, self.dtype = variant.name, folder, dtype
        self.variant, self._frozen = variant, frozen
        self.network: torch.nn.Module = widened(frozen.unet, variant.channels)
        put_on(self.network, frozen.device)
        self.network.train()
        self._predict = self._plain
        self._empty = frozen.ids([""])
        self._shown: Tensors = {}

    def take(self, block: Block) -> Tensors:
        return self.variant.take(block)

    def loss(self, rows: Tensors, generator: torch.Generator) -> torch.Tensor:
        clean = rows["latents"].float()
        self._shown = self._shown or {name: value[:PREVIEWS].clone() for name, value in rows.items()}
        noise = torch.randn(clean.shape, device=clean.device, generator=generator)
        steps = spread_timesteps(len(clean), generator)
        ids, _ = drawn_ids(rows["ids"], self._empty, 2 * WITHOUT, generator)
        words = self._frozen.embed(ids)
        noisy = self._frozen.noising.noisy(clean, noise, steps)
        given = self.variant.beside(rows, generator)
        predicted = self._predict(torch.cat([noisy, given], dim=1), steps, words)
        return weighted_loss(self._frozen.noising, predicted, clean, noise, steps)

    def compile(self, is_wanted: bool) -> None:
        self._predict = torch.compile(self._plain) if is_wanted else self._plain

    @torch.no_grad()
    def preview(self, network: torch.nn.Module) -> NDArray[np.uint8] | None:
        """What is given above what is made of it."""
        if not self._shown:
            return None
        frozen, given = self._frozen, self.variant.beside(self._shown, None)
        words = frozen.embed(self._shown["ids"][:, 0])
        noise = torch.randn(self._shown["latents"].shape).to(frozen.device)

        def predict(noisy: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
            return self._with_network(network, torch.cat([noisy, given], dim=1), steps, words)

        pictures = frozen.decode(sample(frozen.noising, predict, noise, PREVIEW_STEPS))
        return side_by_side(self.variant.shown(self._shown), to_pixels(pictures))

    def export(self, network: torch.nn.Module, facts: Facts) -> None:
        assert isinstance(network, ModelMixin)
        size = save_network(self.folder / "unet", network)
        save_json(self.folder / "training.json", {**facts, "bytes": size})

    def _plain(self, noisy: torch.Tensor, steps: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        return self._with_network(self.network, noisy, steps, words)

    def _with_network(
        self, network: torch.nn.Module, noisy: torch.Tensor, steps: torch.Tensor, words: torch.Tensor
    ) -> torch.Tensor:
        with torch.autocast(self._frozen.device.type, self.dtype, enabled=self.dtype != torch.float32):
            return network(noisy, steps, encoder_hidden_states=words.float(), return_dict=False)[0]


def train_edit(
    variant: Variant, frozen: Frozen, blocks: Blocks, plan: Plan, out: Path, dtype: torch.dtype
) -> Generator[Event]:
    """`variant` of the model into the folder `out`: its `unet`; `complete` adds the other parts.

    The examples of `blocks` have `picture` (what is to come out, n x h x w x 3) and `before` (the same), or
    `hole` (n x h x w, 255 where it is to be filled).
    """
    task, examples = EditTask(variant, frozen, out, dtype), Examples(blocks, plan)
    try:
        yield from fine_tune(task, examples, plan, out / "state.safetensors", frozen.device)
    finally:
        examples.close()


def complete(pipeline: str, base: Path, out: Path) -> None:
    """Copy the other parts of `base` beside the trained network, so that `out` loads as it is."""
    for part in ("vae", "text_encoder", "tokenizer", "scheduler"):
        (out / part).mkdir(parents=True, exist_ok=True)
        for file in sorted((base / part).iterdir()):
            save_bytes(out / part / file.name, file.read_bytes())
    told = {"_class_name": pipeline, "_diffusers_version": diffusers.__version__}
    save_json(out / "model_index.json", {**INDEX, **told})
