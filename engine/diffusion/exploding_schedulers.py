"""Samplers of networks whose noise grows until it drowns the picture, which itself never fades.

Such networks tell the score at a spread of noise (https://arxiv.org/abs/2011.13456, "VE"), and follow no
others: predictor and corrector take turns in their makers' own sampler, a few steps of second order with
noise laid on before each do in Karras' (https://arxiv.org/abs/2206.00364, algorithm 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

SCORE, KARRAS = "score_sde_ve", "karras_ve"
"""What `prediction_type` says of their networks: whose sampler the folder names; the ids of both, too."""
LABELS = {SCORE: "Score SDE VE", KARRAS: "Karras VE"}
SAMPLER = {"KarrasVeScheduler": KARRAS}
"""Class of a folder's scheduler to the sampler; any other is `SCORE`."""

NUMBERS: Mapping[str, tuple[float, float]] = {
    "snr": (1e-6, 100.0), "sigma_min": (1e-6, 100.0), "sigma_max": (1e-3, 100_000.0),
    "sampling_eps": (1e-9, 0.5), "correct_steps": (0, 16), "s_noise": (0.0, 10.0), "s_churn": (0.0, 10_000.0),
    "s_min": (0.0, 100_000.0), "s_max": (0.0, 100_000.0),
}  # fmt: skip
"""Of either: the least and the largest that is taken."""


def exploding_infos() -> tuple[SchedulerInfo, ...]:
    return tuple(SchedulerInfo(id, label, True) for id, label in LABELS.items())


def exploding_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What such a model says of its noise, within bounds."""
    known: dict[str, Json] = {"prediction_type": SAMPLER.get(str(config.get("_class_name")), SCORE)}
    for name, (low, high) in NUMBERS.items():
        value = config.get(name)
        wanted = int if name == "correct_steps" else (int, float)
        if isinstance(value, wanted) and not isinstance(value, bool) and low <= value <= high:  # type: ignore[operator]
            known[name] = value
    return known


def is_exploding_config(config: Mapping[str, Json]) -> bool:
    return config.get("prediction_type") in LABELS


def build_exploding(id: str, base_config: Mapping[str, Json]) -> Any:
    """A new scheduler `id` for one picture; one that the folder does not name begins as diffusers has it.

    Raises `BadRequest` for an unknown id.
    """
    if id not in LABELS:
        raise BadRequest("scheduler", f"{id!r} is not one of: {', '.join(LABELS)}")
    from engine.diffusion.exploding_classes import KarrasScheduler, ScoreScheduler  # torch's weight

    told = {name: base_config[name] for name in NUMBERS if name in base_config}
    own = told if id == base_config["prediction_type"] else {}
    return KarrasScheduler(own) if id == KARRAS else ScoreScheduler(own)
