"""What the network believes the clean latents to be (x0), from one step of any scheduler.

Diffusers' own `pred_original_sample` exists for only some schedulers and is wrong for a preview in
others; the few formulas below cover every parametrisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch


class NoiseLevel(NamedTuple):
    """`sample = alpha * x0 + sigma * noise`, in the space that the scheduler keeps its samples in."""

    alpha: float
    sigma: float

    @property
    def ratio(self) -> float:
        """Noise / signal; 1e9 at zero signal."""
        return self.sigma / self.alpha if self.alpha > self.sigma * 1e-9 else 1e9


def is_flow(scheduler: Any) -> bool:
    """True where samples lie on the straight line from picture to noise, https://arxiv.org/abs/2210.02747."""
    return hasattr(scheduler, "scale_noise") or getattr(scheduler.config, "use_flow_sigmas", False)


def runs_upwards(scheduler: Any) -> bool:
    """True where a flow counts from noise to picture, and its velocity leads there."""
    return bool(getattr(scheduler.config, "invert_sigmas", False))


def has_sigmas(scheduler: Any) -> bool:
    """True where the schedule is a table of sigmas, False where it is one of signal variances by timestep."""
    return getattr(scheduler, "sigmas", None) is not None


def tells_levels(scheduler: Any) -> bool:
    """True where it is a class of ours that says itself what there is at each step."""
    return hasattr(scheduler, "level_at")


def noise_level(scheduler: Any, timestep: torch.Tensor | float) -> NoiseLevel:
    """Of the sample that the network sees at `timestep`. Call it before `scheduler.step`."""
    if not has_sigmas(scheduler) and not tells_levels(scheduler):
        return _from_signal_variance(float(scheduler.alphas_cumprod[int(timestep)]))
    if scheduler.step_index is None:
        scheduler._init_step_index(timestep)  # as `step` itself would
    return _level_at(scheduler, scheduler.step_index)


def noise_level_after(scheduler: Any, timestep: torch.Tensor | float) -> NoiseLevel:
    """Of the sample that `scheduler.step` gave back. Call it after `scheduler.step`."""
    if has_sigmas(scheduler) or tells_levels(scheduler):
        return _level_at(scheduler, scheduler.step_index)
    previous = previous_timestep(scheduler, int(timestep))
    if previous >= 0:
        return _from_signal_variance(float(scheduler.alphas_cumprod[previous]))
    return _from_signal_variance(float(getattr(scheduler, "final_alpha_cumprod", 1.0)))


def previous_timestep(scheduler: Any, timestep: int) -> int:
    """The next lower timestep of the running schedule, -1 after the last."""
    lower = [
        other for other in scheduler.timesteps.tolist() if other < timestep
    ]  # one readback, not one each
    return max(map(int, lower), default=-1)


def _level_at(scheduler: Any, index: Any) -> NoiseLevel:
    if tells_levels(scheduler):
        return scheduler.level_at(int(index))
    middle = getattr(scheduler, "mid_point_sigma", None)
    sigma = scheduler.sigmas[index] if middle is None else middle
    if hasattr(scheduler, "_sigma_to_alpha_sigma_t"):
        alpha, sigma = scheduler._sigma_to_alpha_sigma_t(sigma)
        return NoiseLevel(float(alpha), float(sigma))
    if runs_upwards(scheduler):
        return NoiseLevel(float(sigma), 1.0 - float(sigma))
    return NoiseLevel(1.0 - float(sigma) if is_flow(scheduler) else 1.0, float(sigma))


def _from_signal_variance(signal: float) -> NoiseLevel:
    return NoiseLevel(signal**0.5, (1 - signal) ** 0.5)


def estimate_clean(
    scheduler: Any, model_output: torch.Tensor, timestep: torch.Tensor | float, sample: torch.Tensor
) -> torch.Tensor:
    """x0 in float32, of `sample`'s shape (B x C x H x W). Call it before `scheduler.step`.

    At the last step it is what the step gives back, wherever the schedule ends without noise.
    """
    output, sample = model_output.float(), sample.float()
    level = noise_level(scheduler, timestep)
    if tells_levels(scheduler):
        return scheduler.clean_at(scheduler.step_index, output, sample)
    kind = "flow_prediction" if is_flow(scheduler) else scheduler.config.prediction_type
    if kind == "flow_prediction":  # the velocity from picture to noise
        return sample - level.sigma * (-output if runs_upwards(scheduler) else output)
    if output.shape[1] == 2 * sample.shape[1]:  # with a learnt spread behind the prediction
        output = output[:, : sample.shape[1]]
    if kind == "epsilon":
        # At zero signal the noise says nothing about the picture; the floor keeps the numbers finite.
        return (sample - level.sigma * output) / max(level.alpha, 2**-12)
    if kind == "v_prediction":
        # v is defined for unit variance, https://arxiv.org/abs/2202.00512, appendix D.
        scale = (level.alpha**2 + level.sigma**2) ** 0.5
        return (level.alpha / scale**2) * sample - (level.sigma / scale) * output
    if kind in ("sample", "original_sample"):
        return output
    raise NotImplementedError(f"no estimate for prediction type {kind!r}")


def at_level(
    latents: torch.Tensor, clean: torch.Tensor, level: NoiseLevel, wanted: NoiseLevel
) -> torch.Tensor:
    """`latents` at `level`, whose estimate is `clean`, brought to `wanted` with the same noise."""
    if level.sigma == 0:
        return latents
    noise = (latents - level.alpha * clean) / level.sigma
    return wanted.alpha * clean + wanted.sigma * noise
