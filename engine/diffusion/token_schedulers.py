"""The sampler of networks that write a picture as tokens of a code: at each step the surest are decided.

aMUSEd (https://arxiv.org/abs/2401.01808), after MaskGIT: noise is a mark that stands for any token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

TOKENS, AMUSED = "tokens", "amused"
"""What `prediction_type` says of their networks, and the id of the sampler."""
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


def is_token_config(config: Mapping[str, Json]) -> bool:
    return config.get("prediction_type") == TOKENS


def build_token(id: str, base_config: Mapping[str, Json]) -> Any:
    """A new scheduler for one picture. Raises `BadRequest` for another id than `AMUSED`."""
    if id != AMUSED:
        raise BadRequest("scheduler", f"{id!r} is not one of: {AMUSED}")
    from engine.diffusion.token_classes import TokenScheduler  # torch's weight

    told: dict[str, Any] = {name: value for name, value in base_config.items() if name != "prediction_type"}
    return TokenScheduler(**told)
