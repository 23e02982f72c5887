"""The denoiser and the text encoder learn together: from a noisy latent and a caption to the clean latent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from engine.api.form import Json
from engine.api.images import Pixels
from engine.training.autoencoder import sheet
from engine.training.bank import Bank, autocast, seeded
from engine.training.checkpoints import State, named
from engine.training.ema import Average
from engine.training.networks import count_flops
from engine.training.noise import spread_timesteps, starter_noising
from engine.training.noising import weighted_loss
from engine.training.optim import Optimizer
from engine.training.phase import Work
from engine.training.sampling import draw
from engine.training.twins import Twins, twin_loss

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

PHASE = 1
"""Its place in the row of random numbers; see `bank.seeded`."""
DROPPED = 0.1
"""Captions that are left out, so that guidance has something to lead away from."""
TWIN_WEIGHT = 0.1
ENDS = ("unet.conv_in", "unet.conv_out", "embedding")
"""No maps between hidden layers, so not Muon's."""
ADAM = ("optimizer.adam.step.", "optimizer.adam.exp_avg.", "optimizer.adam.exp_avg_sq.")


@dataclass(frozen=True, eq=False)
class Looks:
    """What the half-learnt denoiser is measured and looked at with."""

    autoencoder: AutoencoderKL
    prompts: torch.Tensor
    """Token ids, n x tokens, of sentences to draw."""
    latents: torch.Tensor
    """Of held-out scenes, n x 4 x side x side."""
    tokens: torch.Tensor
    """A caption of each, n x tokens."""


class DenoiserLearner:
    name = "denoiser"
    warmup = 200
    decay = 0.45

    def __init__(
        self,
        text_encoder: CLIPTextModel,
        unet: UNet2DConditionModel,
        bank: Bank,
        nothing: torch.Tensor,
        looks: Looks,
        work: Work,
        *,
        batch: int,
        fresh: float,
        twins: Twins | None = None,
        twin_batch: int = 0,
        rate: float = 1e-3,
        matrix_rate: float = 0.01,
        average_decay: float = 0.998,
    ) -> None:
        """`nothing`: token ids of the empty caption. `fresh`: new scenes a step."""
        self.networks = nn.ModuleDict({"text_encoder": text_encoder, "unet": unet})
        self.samples = batch
        self._bank, self._nothing, self._looks, self._work = bank, nothing, looks, work
        self._fresh = fresh
        self._twins = twins if twins is not None and len(twins) and twin_batch else None
        self._twin_batch = twin_batch
        self._noising = starter_noising(work.device)
        self.optimizer = Optimizer(
            self.networks.named_parameters(),
            matrix_rate=matrix_rate,
            rate=rate,
            left_out=ENDS,
            ranks=work.ranks,
        )
        self.average = Average(self.networks, average_decay)
        self._generator = torch.Generator(work.device)
        self._compute = self._plain
        self.flops = self._count()

    @property
    def text_encoder(self) -> CLIPTextModel:
        """The average one, which is exported."""
        return cast("CLIPTextModel", self.average.network["text_encoder"])

    @property
    def unet(self) -> UNet2DConditionModel:
        """The average one, which is exported."""
        return cast("UNet2DConditionModel", self.average.network["unet"])

    def _count(self) -> float:
        side, device = self.unet.config["sample_size"], self._work.device
        ids = self._nothing.long().unsqueeze(0)
        latent = torch.zeros(1, self.unet.config["in_channels"], side, side, device=device)
        time = torch.zeros(1, dtype=torch.long, device=device)
        with torch.no_grad():
            states = self.text_encoder(ids).last_hidden_state
        reading = count_flops(lambda: self.text_encoder(ids).last_hidden_state)
        denoising = count_flops(lambda: self.unet(latent, time, states).sample)
        twins = 2 * self._twin_batch if self._twins is not None else 0
        return 3 * (self.samples * denoising + (self.samples + twins) * reading)

    def feed(self, share: float) -> None:
        self._bank.feed(self._fresh)

    def loss(self, step: int, share: float) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        generator = seeded(self._generator, self._work.seed, self._work.ranks.rank, PHASE, step)
        clean, ids = self._batch(generator)
        timesteps = spread_timesteps(self.samples, generator)
        noise = torch.randn(clean.shape, generator=generator, device=clean.device)
        noisy = self._noising.noisy(clean, noise, timesteps)
        target = self._noising.target(clean, noise, timesteps)
        weights = self._noising.weights(timesteps)
        twins = self._twins.pick(self._twin_batch, generator) if self._twins is not None else None
        if twins is not None:
            ids = torch.cat([ids, twins.known, twins.other])
        places = (twins.partner, twins.counts) if twins is not None else ()
        with autocast(clean.device):
            loss, seen, apart = self._compute(ids.long(), timesteps, noisy, target, weights, *places)
        return loss, {"v_loss": seen, "twin_loss": apart} if twins is not None else {"v_loss": seen}

    def _batch(self, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents and one caption of each, some left out."""
        latents = self._bank.latents
        assert latents is not None, "the bank has no latents yet: call encode_all first"
        rows = latents.pick(self.samples, generator)
        captions = latents.rows["tokens"].shape[1]
        device = rows.device
        which = torch.randint(captions, (self.samples,), device=device, generator=generator)
        dropped = torch.rand(self.samples, device=device, generator=generator) < DROPPED
        ids = torch.where(dropped[:, None], self._nothing, latents.rows["tokens"][rows, which])
        return latents.rows["latents"][rows].float(), ids

    def _plain(
        self,
        ids: torch.Tensor,
        timesteps: torch.Tensor,
        noisy: torch.Tensor,
        target: torch.Tensor,
        weights: torch.Tensor,
        partner: torch.Tensor | None = None,
        counts: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        count = len(noisy)
        states = self.networks["text_encoder"](ids).last_hidden_state
        made = self.networks["unet"](noisy, timesteps, states[:count]).sample
        seen = ((made.float() - target).pow(2).mean((1, 2, 3)) * weights).mean()
        if partner is None or counts is None:
            return seen, seen.detach(), seen.detach()
        known, other = states[count:].chunk(2)
        apart = twin_loss(known, other, partner, counts)
        return seen + TWIN_WEIGHT * apart, seen.detach(), apart.detach()

    def follow(self, step: int) -> None:
        self.average.follow(step)

    def compile(self, wanted: bool) -> None:
        self._compute = torch.compile(self._plain, dynamic=False) if wanted else self._plain

    def state(self) -> dict[str, torch.Tensor]:
        state = {
            **named("network", self.networks.state_dict()),
            **named("average", self.average.network.state_dict()),
            **named("optimizer", self.optimizer.state()),
        }
        return {portable(name): tensor for name, tensor in state.items()}

    def load(self, state: State) -> None:
        here = {portable(name): name for name in self._names()}
        state = State({here.get(name, name): tensor for name, tensor in state.tensors.items()}, state.facts)
        self.networks.load_state_dict(state.part("network"))
        self.average.network.load_state_dict(state.part("average"))
        self.optimizer.load(state.part("optimizer"))

    def _names(self) -> Iterator[str]:
        """All that a state may hold, as this transformers calls it."""
        for name in self.networks.state_dict():
            for place in ("network.", "average.", "optimizer.momentum.", *ADAM):
                yield f"{place}{name}"

    def facts(self) -> Mapping[str, Json]:
        return self._bank.facts()

    def measure(self) -> tuple[dict[str, float], Pixels | None]:
        """The v loss on held-out scenes, at fixed noise; and what the prompts draw."""
        drawn = draw(
            self.text_encoder, self.unet, self._looks.autoencoder, self._looks.prompts, self._nothing
        )
        return {"held_out_v_loss": self._held_out_loss()}, sheet(drawn, columns=4)

    @torch.no_grad()
    def _held_out_loss(self) -> float:
        clean = self._looks.latents
        generator = torch.Generator(clean.device).manual_seed(0)
        timesteps = spread_timesteps(len(clean), generator)
        noise = torch.randn(clean.shape, generator=generator, device=clean.device)
        noisy = self._noising.noisy(clean, noise, timesteps)
        with autocast(clean.device):
            states = self.text_encoder(self._looks.tokens.long()).last_hidden_state
            made = self.unet(noisy, timesteps, states).sample
        return float(weighted_loss(self._noising, made, clean, noise, timesteps))


def portable(name: str) -> str:
    """A tensor's name without the level that some versions of transformers have, so that a run can move."""
    return name.replace("text_encoder.text_model.", "text_encoder.")
