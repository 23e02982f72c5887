"""Samplers of networks that write a picture as tokens of a code. Noise is a mark that stands for any token.

aMUSEd decides the surest at each step (https://arxiv.org/abs/2401.01808, after MaskGIT); VQ-Diffusion draws
each anew, and may take it back (https://arxiv.org/abs/2111.14822).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

TOKENS, AMUSED, VQ = "tokens", "amused", "vq_diffusion"
"""What `prediction_type` says of their networks, and the ids of the samplers."""
CHANCES = ("alpha_cum_start", "alpha_cum_end", "gamma_cum_start", "gamma_cum_end")
"""Of a token to stay as it is, and to be the mark, at the first and the last of VQ-Diffusion's steps."""
MOST_TOKENS = 1 << 20
"""Of a code."""


def token_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(AMUSED, "aMUSEd", True),)


def token_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What such a model says of its mark and of how many tokens each step decides, within bounds."""
    known: dict[str, Json] = {"prediction_type": TOKENS}
    mark = config.get("mask_token_id")
    if type(mark) is int and 0 < mark < MOST_TOKENS:
        known["mask_token_id"] = mark
    if config.get("masking_schedule") in ("cosine", "linear"):
        known["masking_schedule"] = config["masking_schedule"]
    return known


def vq_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(VQ, "VQ-Diffusion", True),)


def vq_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What VQ-Diffusion says of its code and its chances, within bounds."""
    known: dict[str, Json] = {"prediction_type": TOKENS}
    for name, least, most in (("num_vec_classes", 2, MOST_TOKENS), ("num_train_timesteps", 2, 10_000)):
        value = config.get(name)
        if type(value) is int and least <= value <= most:
            known[name] = value
    for name in CHANCES:
        value = config.get(name)
        if isinstance(value, float) and 0 < value < 1:
            known[name] = value
    return known


def is_token_config(config: Mapping[str, Json]) -> bool:
    return config.get("prediction_type") == TOKENS


def build_token(id: str, base_config: Mapping[str, Json], steps: int) -> Any:
    """A new scheduler for one picture of `steps` steps.

    Raises `BadRequest` for another id than the model's own, and for more steps than it was taught.
    """
    own = VQ if "num_vec_classes" in base_config else AMUSED
    if id != own:
        raise BadRequest("scheduler", f"{id!r} is not one of: {own}")
    from engine.diffusion.token_classes import TokenScheduler, VQScheduler  # torch's weight

    told: dict[str, Any] = {name: value for name, value in base_config.items() if name != "prediction_type"}
    if own == AMUSED:
        return TokenScheduler(**told)
    scheduler: Any = VQScheduler(**told)
    most = int(scheduler.config.num_train_timesteps)
    if steps > most:
        raise BadRequest("steps", f"at most {most}, which this model was taught", at_most=most)
    return scheduler
