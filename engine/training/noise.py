"""How a clean latent becomes noise, and what the network is asked for.

The schedule is Stable Diffusion's, bent so that the last step is pure noise (Lin et al., "Common diffusion
noise schedules and sample steps are flawed", 2024). The target is v (Salimans and Ho, 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

TIMESTEPS = 1_000
SCHEDULER: dict[str, Any] = {
    "num_train_timesteps": TIMESTEPS, "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "prediction_type": "v_prediction", "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing", "steps_offset": 1, "algorithm_type": "dpmsolver++", "solver_order": 2,
}  # fmt: skip
"""For `diffusers.DPMSolverMultistepScheduler`."""
MIN_SNR_GAMMA = 5.0


@dataclass(frozen=True)
class NoiseLevels:
    """Share of signal and of noise at each of the `TIMESTEPS`; their squares add up to 1."""

    signal: torch.Tensor
    noise: torch.Tensor

    @classmethod
    def on(cls, device: torch.device) -> NoiseLevels:
        start, end = SCHEDULER["beta_start"] ** 0.5, SCHEDULER["beta_end"] ** 0.5
        betas = torch.linspace(start, end, TIMESTEPS, dtype=torch.float64) ** 2
        signal = (1 - betas).cumprod(0).sqrt()
        signal = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
        noise = (1 - signal**2).clamp_min(0).sqrt()
        return cls(signal.float().to(device), noise.float().to(device))

    def at(self, timesteps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Signal and noise for a batch, each n x 1 x 1 x 1."""
        return self.signal[timesteps].view(-1, 1, 1, 1), self.noise[timesteps].view(-1, 1, 1, 1)

    def weights(self, timesteps: torch.Tensor) -> torch.Tensor:
        """Weights of the v loss, n: min-SNR (Hang et al., 2023) where there is signal, else 1.

        As published it gives pure noise no weight at all, and the first step of every picture is pure noise.
        """
        snr = (self.signal[timesteps] / self.noise[timesteps].clamp_min(1e-4)) ** 2
        return (MIN_SNR_GAMMA / (snr + 1)).clamp_max(1)


def spread_timesteps(count: int, generator: torch.Generator) -> torch.Tensor:
    """`count` timesteps, one from each of `count` equal parts: less luck in a batch's loss.

    Slightly more of them are noisy, where layout and the thing itself are decided.
    """
    device = generator.device
    shares = torch.arange(count, device=device) + torch.rand(count, device=device, generator=generator)
    return ((shares / count).pow(0.9) * TIMESTEPS).long().clamp(0, TIMESTEPS - 1)
