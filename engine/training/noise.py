"""The noise that the starter is taught with, and at which steps of it.

The schedule is Stable Diffusion's, bent so that the last step is pure noise (Lin et al., "Common diffusion
noise schedules and sample steps are flawed", 2024). The target is v (Salimans and Ho, 2022).
"""

from __future__ import annotations

from typing import Any

import torch

from engine.training.noising import Noising

TIMESTEPS = 1_000
SCHEDULER: dict[str, Any] = {
    "num_train_timesteps": TIMESTEPS, "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "prediction_type": "v_prediction", "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing", "steps_offset": 1, "algorithm_type": "dpmsolver++", "solver_order": 2,
}  # fmt: skip
"""For `diffusers.DPMSolverMultistepScheduler`."""


def starter_noising(device: torch.device) -> Noising:
    """What the starter is taught with."""
    start, end = SCHEDULER["beta_start"] ** 0.5, SCHEDULER["beta_end"] ** 0.5
    betas = torch.linspace(start, end, TIMESTEPS, dtype=torch.float64) ** 2
    signal = (1 - betas).cumprod(0).sqrt()
    signal = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
    noise = (1 - signal**2).clamp_min(0).sqrt()
    return Noising(signal.float().to(device), noise.float().to(device), SCHEDULER["prediction_type"])


def spread_timesteps(count: int, generator: torch.Generator) -> torch.Tensor:
    """`count` timesteps, one from each of `count` equal parts: less luck in a batch's loss.

    Slightly more of them are noisy, where layout and the thing itself are decided.
    """
    device = generator.device
    shares = torch.arange(count, device=device) + torch.rand(count, device=device, generator=generator)
    return ((shares / count).pow(0.9) * TIMESTEPS).long().clamp(0, TIMESTEPS - 1)
