"""How a model's clean latents become noise, and what its network is asked for: as it was itself trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from engine.api.form import Json
from engine.diffusion.flow_schedulers import is_flow_config

MIN_SNR_GAMMA = 5.0
"""Of https://arxiv.org/abs/2303.09556."""
Predict = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""What a network says of noisy latents (B x C x h x w) at timesteps (B)."""
MIDDLE, REACH = 0.0, 1.0
"""Of the logits of flow matching's times in training (https://arxiv.org/abs/2403.03206, section 3.1)."""


def noising_of(scheduler_config: Mapping[str, Json], device: torch.device) -> Noising | FlowNoising:
    """As the model of this scheduler was trained."""
    if is_flow_config(scheduler_config):
        return FlowNoising.of(scheduler_config)
    return Noising.of(scheduler_config, device)


@dataclass(frozen=True, eq=False)
class Noising:
    """Shares of signal and of noise at each timestep; their squares add up to 1."""

    signal: torch.Tensor
    noise: torch.Tensor
    prediction: str
    """`epsilon`, `v_prediction` or `sample`."""

    @staticmethod
    def of(scheduler_config: Mapping[str, Json], device: torch.device) -> Noising:
        from diffusers import DDPMScheduler  # reads every way in which a model tells its betas

        scheduler = DDPMScheduler.from_config(dict(scheduler_config))
        variance = scheduler.alphas_cumprod.double().clamp(0, 1)  # type: ignore[union-attr]
        prediction = str(scheduler_config.get("prediction_type", "epsilon"))
        return Noising(
            variance.sqrt().float().to(device), (1 - variance).sqrt().float().to(device), prediction
        )

    @property
    def timesteps(self) -> int:
        return len(self.signal)

    def noisy(self, clean: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """`clean` (B x C x h x w) with `noise`, at `timesteps` (B, whole numbers)."""
        signal, share = self._at(timesteps)
        return signal * clean + share * noise

    def target(self, clean: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """What the network should say of `noisy`."""
        if self.prediction == "v_prediction":  # https://arxiv.org/abs/2202.00512, appendix D
            signal, share = self._at(timesteps)
            return signal * noise - share * clean
        return noise if self.prediction == "epsilon" else clean

    def clean(self, predicted: torch.Tensor, noisy: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """The estimate of the clean latents (x0) in what the network said of `noisy`."""
        signal, share = self._at(timesteps)
        if self.prediction == "sample":
            return predicted
        if self.prediction == "v_prediction":
            return signal * noisy - share * predicted
        return (noisy - share * predicted) / signal.clamp_min(1e-3)

    def weights(self, timesteps: torch.Tensor) -> torch.Tensor:
        """B weights of the squared error: min-SNR (Hang et al., https://arxiv.org/abs/2303.09556).

        As published it gives pure noise no weight where the network says v or the picture itself; but there
        the layout is decided, so it stays 1.
        """
        snr = (self.signal[timesteps] / self.noise[timesteps].clamp_min(1e-4)).square()
        match self.prediction:
            case "epsilon":
                return (MIN_SNR_GAMMA / snr.clamp_min(1e-8)).clamp_max(1)
            case "v_prediction":
                return (MIN_SNR_GAMMA / (snr + 1)).clamp_max(1)
        return snr.clamp(1, MIN_SNR_GAMMA)

    def spread(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """`count` timesteps, one from each of `count` equal parts: less luck in a small batch's loss."""
        shares = (torch.arange(count) + torch.rand(count, generator=generator)) / count
        order = torch.randperm(count, generator=generator)
        return (shares[order] * self.timesteps).long().clamp_max(self.timesteps - 1).to(self.signal.device)

    def _at(self, timesteps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shape = (-1, 1, 1, 1)
        return self.signal[timesteps].view(shape), self.noise[timesteps].view(shape)


@dataclass(frozen=True)
class FlowNoising:
    """Flow matching: straight from a picture to noise, and the network says in which direction."""

    shift: float
    """More than 1 trains more where noise is high, as large pictures need it."""
    steps: int
    """What the network's clock says at pure noise."""

    @staticmethod
    def of(scheduler_config: Mapping[str, Json]) -> FlowNoising:
        """A shift that follows the picture's size is left out: then times are as the logits have them."""
        is_dynamic = scheduler_config.get("use_dynamic_shifting") is True
        shift = 1.0 if is_dynamic else float(str(scheduler_config.get("shift", 1.0)))
        return FlowNoising(shift, int(str(scheduler_config.get("num_train_timesteps", 1000))))

    def noisy(self, clean: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """`clean` (B x C x h x w) with `noise`, at `timesteps` (B, real numbers)."""
        share = (timesteps / self.steps).view(-1, 1, 1, 1).to(clean)
        return (1 - share) * clean + share * noise

    def target(self, clean: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """What the network should say."""
        return noise - clean

    def weights(self, timesteps: torch.Tensor) -> torch.Tensor:
        """All alike: how often a time comes says how much it matters."""
        return torch.ones_like(timesteps)

    def spread(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """`count` times, one from each of `count` equally likely parts."""
        shares = (torch.arange(count) + torch.rand(count, generator=generator)) / count
        shares = shares[torch.randperm(count, generator=generator)].clamp(1e-4, 1 - 1e-4)
        sigmas = torch.sigmoid(MIDDLE + REACH * torch.special.ndtri(shares))
        return self.steps * self.shift * sigmas / (1 + (self.shift - 1) * sigmas)


def weighted_loss(
    noising: Noising | FlowNoising,
    predicted: torch.Tensor,
    clean: torch.Tensor,
    noise: torch.Tensor,
    timesteps: torch.Tensor,
) -> torch.Tensor:
    """The mean squared error of `predicted` (B x C x h x w), weighted so that no noise level rules."""
    wrong = (predicted.float() - noising.target(clean, noise, timesteps)).square().mean(dim=(1, 2, 3))
    return (noising.weights(timesteps) * wrong).mean()


@torch.no_grad()
def sample(noising: Noising, predict: Predict, start: torch.Tensor, count: int) -> torch.Tensor:
    """Clean latents out of the noise `start` in `count` steps, for looking on while training (DDIM)."""
    last = noising.timesteps - 1
    steps = torch.linspace(last, last / count, count).round().long().to(start.device)
    clean = latents = start
    for number, step in enumerate(steps):
        here = step.expand(len(start))
        clean = noising.clean(predict(latents, here).float(), latents, here)
        if number + 1 < count:
            signal, share = noising.signal[step], noising.noise[step]
            noise = (latents - signal * clean) / share
            latents = noising.noisy(clean, noise, steps[number + 1].expand(len(start)))
    return clean
