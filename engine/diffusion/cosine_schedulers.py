"""The sampler of Würstchen and Stable Cascade, whose time runs from 1 to 0 along a cosine.

https://arxiv.org/abs/2306.00637
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

COSINE = "wuerstchen"
"""What `prediction_type` says of its networks; the id of the sampler, too."""
NUMBERS: Mapping[str, tuple[float, float]] = {"scaler": (1e-3, 100.0), "s": (1e-6, 1.0)}
"""Of its noise: the least and the largest that is taken."""


def cosine_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(COSINE, "DDPM Würstchen", True),)


def cosine_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What such a model says of its noise, within bounds."""
    known: dict[str, Json] = {"prediction_type": COSINE}
    for name, (low, high) in NUMBERS.items():
        value = config.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            known[name] = value
    return known


def is_cosine_config(config: Mapping[str, Json]) -> bool:
    return config.get("prediction_type") == COSINE


def build_cosine(id: str, base_config: Mapping[str, Json]) -> Any:
    """A new scheduler for one picture. Raises `BadRequest` for another id than the model's own."""
    if id != COSINE:
        raise BadRequest("scheduler", f"{id!r} is not one of: {COSINE}")
    from engine.diffusion.cosine_classes import CosineScheduler  # torch's weight

    known: dict[str, Any] = {name: base_config[name] for name in NUMBERS if name in base_config}
    return CosineScheduler(**known)
