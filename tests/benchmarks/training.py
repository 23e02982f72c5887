"""Samples a second of our trainer against a plain diffusers loop over the same networks, in one run.

The plain loop is what diffusers' own text-to-image example does: pictures go through the autoencoder at every
step, captions through the text encoder, AdamW over all weights, an average of them, the loss read each time.
It is measured as it is and with latents made beforehand. On a GPU ours is compiled; that time is not counted.
"""

# ruff: noqa: E402 -- the tests' shapes and the rooms are found by path first
from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent.parent)]

import numpy as np
import torch
from diffusers import DDPMScheduler
from diffusers.training_utils import EMAModel
from measure import Figure, in_turns, median_ratio
from shapes import Shapes

from engine.training import hardware
from engine.training.bank import Bank, autocast, to_network
from engine.training.denoiser import DenoiserLearner, Looks
from engine.training.flow import Flow, empty_chunk
from engine.training.networks import STARTER, build_autoencoder, build_text_encoder, build_unet
from engine.training.noise import SCHEDULER
from engine.training.phase import Work
from engine.training.tokenizer import Captions, learn_vocabulary

ROUNDS = 3
SIZES = STARTER
"""What is trained. At a tiny size one would measure the fixed cost of Muon, which weighs a twentieth here."""


def measure() -> list[Figure]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    hardware.prepare(device)
    batch, steps = (256, 20) if device.type == "cuda" else (16, 1)
    captions = Captions(learn_vocabulary(Shapes().texts(200), SIZES.words), SIZES.tokens)
    bank = filled_bank(captions, batch, device)
    autoencoder = build_autoencoder(SIZES).to(device).eval()
    for _ in bank.encode_all(autoencoder):
        pass
    ours = Ours(bank, autoencoder, captions, batch, device)
    plain, plain_latents = (Plain(bank, autoencoder, captions, batch, device, made) for made in (False, True))
    against = in_turns(lambda: ours.speed(steps), lambda: plain.speed(steps), ROUNDS)
    against_latents = in_turns(lambda: ours.speed(steps), lambda: plain_latents.speed(steps), ROUNDS)
    speed = float(np.median([first for first, _ in against]))
    peak = hardware.peak_flops(device)
    return [
        Figure("samples a second", speed, "1/s", note=f"batch {batch}, {device.type}"),
        Figure("model FLOPs used", 100 * speed * ours.flops_each / peak, "%", note="of the device's peak"),
        Figure("times the plain loop", median_ratio(against), "x", "> 1"),
        Figure("times the plain loop with latents", median_ratio(against_latents), "x", "> 1"),
    ]


def filled_bank(captions: Captions, batch: int, device: torch.device) -> Bank:
    source = Shapes().scenes(captions, SIZES.side, seed=0)
    bank = Bank(Flow(source, 8), empty_chunk(source, 8), device, capacity=batch, kept=batch, steady=True)
    for _ in bank.fill(max(8, batch)):
        pass
    return bank


class Ours:
    def __init__(self, bank, autoencoder, captions: Captions, batch: int, device: torch.device) -> None:
        nothing = torch.from_numpy(captions.nothing).to(device)
        looks = Looks(
            autoencoder,
            nothing[None],
            torch.zeros(1, 4, SIZES.latent_side, SIZES.latent_side, device=device),
            nothing[None],
        )
        self.learner = DenoiserLearner(
            build_text_encoder(SIZES, len(captions.vocabulary.ids)).to(device),
            build_unet(SIZES).to(device),
            bank,
            nothing,
            looks,
            Work(device),
            batch=batch,
            fresh=0,
        )
        self.device, self.batch, self.flops_each = device, batch, self.learner.flops / batch
        self.learner.compile(device.type == "cuda")
        self.speed(1)  # compiled here, and not counted

    def speed(self, steps: int) -> float:
        hardware.synchronize(self.device)
        began = time.perf_counter()
        for step in range(steps):
            loss, _ = self.learner.loss(step, 0.0)
            loss.backward()
            self.learner.optimizer.step(1.0)
            self.learner.follow(step)
        hardware.synchronize(self.device)
        return steps * self.batch / (time.perf_counter() - began)


class Plain:
    def __init__(self, bank, autoencoder, captions: Captions, batch: int, device, latents_made: bool) -> None:
        self.bank, self.autoencoder, self.batch, self.device = bank, autoencoder, batch, device
        self.latents_made = latents_made
        self.text = build_text_encoder(SIZES, len(captions.vocabulary.ids)).to(device)
        self.unet = build_unet(SIZES).to(device)
        config = {
            name: value for name, value in SCHEDULER.items() if name not in ("algorithm_type", "solver_order")
        }
        self.scheduler = DDPMScheduler(**config)
        self.weights = [*self.text.parameters(), *self.unet.parameters()]
        self.optimizer = torch.optim.AdamW(self.weights, lr=1e-4)
        self.average = EMAModel(self.weights)
        self.speed(1)

    def speed(self, steps: int) -> float:
        began = time.perf_counter()
        for _ in range(steps):
            self.step()
        return steps * self.batch / (time.perf_counter() - began)

    def step(self) -> float:
        rows = torch.randint(self.bank.pictures.filled, (self.batch,))
        ids = self.bank.pictures.rows["tokens"][rows.to(self.device), 0].long()
        with autocast(self.device):
            latents = self.latents(rows.to(self.device))
            noise = torch.randn_like(latents)
            times = torch.randint(1000, (self.batch,), device=self.device)
            noisy = self.scheduler.add_noise(latents, noise, times)
            target = self.scheduler.get_velocity(latents, noise, times)
            made = self.unet(noisy, times, self.text(ids)[0]).sample
            loss = torch.nn.functional.mse_loss(made.float(), target.float())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.step(self.weights)
        return loss.item()

    def latents(self, rows: torch.Tensor) -> torch.Tensor:
        if self.latents_made:
            return self.bank.latents.rows["latents"][rows].float()
        with torch.no_grad():
            pictures = to_network(self.bank.pictures.rows["pixels"][rows])
            return self.autoencoder.encode(pictures).latent_dist.sample().float()
