"""The autoencoder learns to write a picture small and to read it back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from engine.api.form import Json
from engine.api.images import Pixels
from engine.training.bank import Bank, autocast, seeded, to_latents, to_network, to_pictures
from engine.training.checkpoints import State, named
from engine.training.ema import Average
from engine.training.networks import count_flops
from engine.training.optim import Optimizer
from engine.training.phase import Work

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

LATENT_NOISE = 0.05
"""Added to latents while learning, so that near ones mean near pictures; their spread settles around 1."""
LATENT_PULL = 1e-4
"""Keeps latents around zero."""
KEPT_VARIANCE = math.exp(-8.0)
"""Of the exported posterior, in units of the latents' variance: as good as none."""
ENDS = ("conv_in", "conv_out", "quant_conv")
"""No maps between hidden layers, so not Muon's."""


def opponent(x: torch.Tensor) -> torch.Tensor:
    """Luma and two strengthened chroma channels (n x 3 x h x w): colours are learnt early that way."""
    red, green, blue = x.unbind(1)
    luma = (red + green + blue) / 3
    return torch.stack([luma, 1.2 * (red - green), 1.2 * (blue - (red + green) / 2)], 1)


def reconstruction_loss(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Squares, absolute differences at four scales, and edges at two; pictures of -1 to 1."""
    made, wanted = opponent(made.float()), opponent(wanted)
    loss = F.mse_loss(made, wanted) + (made - wanted).abs().mean() + 0.25 * _edges(made, wanted)
    for scale in (2, 4, 8):
        small, small_wanted = F.avg_pool2d(made, scale), F.avg_pool2d(wanted, scale)
        loss = loss + 0.5 * (small - small_wanted).abs().mean()
        if scale == 2:
            loss = loss + 0.25 * _edges(small, small_wanted)
    return loss


def _edges(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean difference of the steps between neighbours."""
    across = (made[..., 1:] - made[..., :-1]) - (wanted[..., 1:] - wanted[..., :-1])
    down = (made[..., 1:, :] - made[..., :-1, :]) - (wanted[..., 1:, :] - wanted[..., :-1, :])
    return across.abs().mean() + down.abs().mean()


def psnr(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Of each picture, in dB; pictures of -1 to 1."""
    return 10 * torch.log10(4 / (made.clamp(-1, 1) - wanted).pow(2).mean((1, 2, 3)).clamp_min(1e-9))


class AutoencoderLearner:
    """Both halves; or the decoder alone, once a denoiser has learnt the latents."""

    warmup = 100

    def __init__(
        self,
        network: AutoencoderKL,
        bank: Bank,
        held_out: torch.Tensor,
        work: Work,
        *,
        batch: int,
        fresh: float,
        crop: int = 0,
        decoder_only: bool = False,
        rate: float = 1e-3,
        matrix_rate: float = 0.01,
        decay: float = 0.5,
        average_decay: float = 0.998,
    ) -> None:
        """`held_out`: pictures (bytes, n x side x side x 3) to measure on. `fresh`: new scenes a step.

        `crop`: side of the squares that the first three fifths learn from, 0 for whole pictures. They give
        more steps a minute on a processor; whole pictures have the statistics of real use.
        """
        self.name = "decoder" if decoder_only else "autoencoder"
        self.network, self.decoder_only, self.decay = network, decoder_only, decay
        self._bank, self._held_out, self._work = bank, held_out, work
        self._fresh, self._crop, self.samples = fresh, crop, batch
        network.requires_grad_(True)
        if decoder_only:
            for part in (network.encoder, network.quant_conv):
                if part is not None:
                    part.requires_grad_(False)
        self.optimizer = Optimizer(
            network.named_parameters(),
            matrix_rate=matrix_rate,
            rate=rate,
            betas=(0.9, 0.99),
            decay=1e-4,
            left_out=ENDS,
            ranks=work.ranks,
        )
        self.average = Average(network, average_decay)
        self._generator = torch.Generator(work.device)
        self._compute = self._plain
        self._used = self._side
        self._whole_flops = self._count()

    @property
    def flops(self) -> float:
        """Of the last step."""
        return self._whole_flops * (self._used / self._side) ** 2

    def _count(self) -> float:
        network, device = self.average.network, self._work.device
        picture = torch.zeros(1, 3, self._side, self._side, device=device)
        latent = to_latents(network, picture)
        encoding = count_flops(lambda: to_latents(network, picture))
        decoding = count_flops(lambda: to_pictures(network, latent))
        return self.samples * ((1 if self.decoder_only else 3) * encoding + 3 * decoding)

    @property
    def _side(self) -> int:
        return self._bank.pictures.rows["pixels"].shape[1]

    def feed(self, share: float) -> None:
        self._bank.feed(self._fresh)

    def loss(self, step: int, share: float) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        phase = 2 if self.decoder_only else 0
        generator = seeded(self._generator, self._work.seed, self._work.ranks.rank, phase, step)
        pixels = self._bank.pictures.rows["pixels"][self._bank.pictures.pick(self.samples, generator)]
        side = self._side
        if self._crop and share < 0.6:
            side = self._crop
            y, x = torch.randint(self._side - side + 1, (2,), generator=generator, device=generator.device)
            pixels = pixels[:, y : y + side, x : x + side]
        self._used = side
        wanted = to_network(pixels)
        scale = 2 ** (len(self.network.config["block_out_channels"]) - 1)
        shape = (self.samples, self.network.config["latent_channels"], side // scale, side // scale)
        noise = torch.randn(shape, generator=generator, device=generator.device)
        unit = 1 / self.network.config["scaling_factor"] if self.decoder_only else 1.0
        with autocast(wanted.device):
            loss, rebuilt, spread = self._compute(wanted, LATENT_NOISE * unit * noise)
        return loss, {"reconstruction": rebuilt, "latent_spread": spread}

    def _plain(
        self, wanted: torch.Tensor, noise: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        with torch.set_grad_enabled(not self.decoder_only):
            latent = to_latents(self.network, wanted)
        made = to_pictures(self.network, latent + noise)
        rebuilt = reconstruction_loss(made, wanted)
        pull = latent.float().pow(2).mean()
        loss = rebuilt if self.decoder_only else rebuilt + LATENT_PULL * pull
        return loss, rebuilt.detach(), pull.detach().sqrt()

    def follow(self, step: int) -> None:
        self.average.follow(step)

    def compile(self, wanted: bool) -> None:
        self._compute = torch.compile(self._plain, dynamic=False) if wanted else self._plain

    def state(self) -> dict[str, torch.Tensor]:
        return {
            **named("network", self.network.state_dict()),
            **named("average", self.average.network.state_dict()),
            **named("optimizer", self.optimizer.state()),
        }

    def load(self, state: State) -> None:
        self.network.load_state_dict(state.part("network"))
        self.average.network.load_state_dict(state.part("average"))
        self.optimizer.load(state.part("optimizer"))

    def facts(self) -> Mapping[str, Json]:
        return self._bank.facts()

    def measure(self) -> tuple[dict[str, float], Pixels | None]:
        """PSNR on the held-out scenes; the picture shows some of them above what came back."""
        made = torch.cat([self._rebuilt(part) for part in self._held_out.split(8)])
        wanted = to_network(self._held_out)
        values = psnr(made, wanted)
        figures = {"psnr": float(values.mean()), "psnr_median": float(values.median())}
        return figures, sheet(torch.cat([wanted[:8], made[:8]]), columns=min(8, len(made)))

    @torch.no_grad()
    def _rebuilt(self, pixels: torch.Tensor) -> torch.Tensor:
        network, wanted = self.average.network, to_network(pixels)
        with autocast(wanted.device):
            return to_pictures(network, to_latents(network, wanted)).float()


def sheet(pictures: torch.Tensor, columns: int) -> Pixels:
    """Pictures (n x 3 x h x w, -1 to 1) side by side."""
    size, _, height, width = pictures.shape
    rows = -(-size // columns)
    grid = np.full((rows * height, columns * width, 3), 255, np.uint8)
    values = pictures.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
    for index, picture in enumerate(values.permute(0, 2, 3, 1).cpu().numpy()):
        y, x = index // columns * height, index % columns * width
        grid[y : y + height, x : x + width] = picture
    return grid


@torch.no_grad()
def settle(network: AutoencoderKL, bank: Bank, scenes: int = 512) -> dict[str, float]:
    """Give the latents mean 0 and spread 1, as the stock pipelines expect, without changing any picture.

    They know a factor but no shift, so the means go into the 1 x 1 convolutions on both sides, and so does
    half of the way to equal spread of the channels. The posterior's variance becomes as good as none.
    """
    count = min(scenes, bank.pictures.filled)
    latent = torch.cat(
        [_mean_of(network, pixels) for pixels in bank.pictures.rows["pixels"][:count].split(16)]
    )
    channels = latent.shape[1]
    mean, spread = latent.mean((0, 2, 3)), latent.std((0, 2, 3))
    stretch = (spread / spread.mean()).sqrt()
    before, after = network.quant_conv, network.post_quant_conv
    assert before is not None and after is not None and after.bias is not None and before.bias is not None
    after.bias += after.weight[:, :, 0, 0] @ mean
    after.weight *= stretch[None, :, None, None]
    before.bias[:channels] = (before.bias[:channels] - mean) / stretch
    before.weight[:channels] /= stretch[:, None, None, None]
    centred = (latent - mean[None, :, None, None]) / stretch[None, :, None, None]
    overall = float(centred.std())
    before.weight[channels:] = 0
    before.bias[channels:] = math.log(KEPT_VARIANCE) + 2 * math.log(overall)
    network.register_to_config(scaling_factor=1 / overall)
    return {"scaling_factor": 1 / overall, "largest_mean": float(mean.abs().max())}


def _mean_of(network: AutoencoderKL, pixels: torch.Tensor) -> torch.Tensor:
    with autocast(pixels.device):
        return to_latents(network, to_network(pixels)).float()
