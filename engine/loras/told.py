"""What a LoRA's header says beside its tensors: alphas, and the base that it was learnt with."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.api.form import Json
from engine.checkpoints.checkpoint import WeightFile


def _peft_configs(file: WeightFile) -> dict[str, dict[str, Json]]:
    """What diffusers writes of PEFT's configuration into the header, by part; {} where it does not."""
    try:
        told = json.loads(file.metadata.get("lora_adapter_metadata", "{}"))
    except (ValueError, RecursionError):
        return {}
    configs: dict[str, dict[str, Json]] = {}
    for name, value in told.items() if isinstance(told, dict) else ():
        part, _, field = str(name).partition(".")
        configs.setdefault(part, {})[field] = value
    return configs


@dataclass(frozen=True)
class Told:
    """What the header says of alphas."""

    alphas: Mapping[tuple[str, str], float]
    """By part and layer; the layer is "" for all that are not named."""
    stabilised: frozenset[str]
    """Parts whose alpha goes through the root of the rank (https://arxiv.org/abs/2312.03732)."""

    def alpha_of(self, place: tuple[str, str], rank: int) -> float:
        part, _ = place
        alpha = self.alphas.get(place, self.alphas.get((part, ""), float(rank)))
        return alpha * rank**0.5 if part in self.stabilised else alpha


def told_by(file: WeightFile) -> Told:
    configs, alphas = _peft_configs(file), {}
    for part, config in configs.items():
        alpha, pattern = config.get("lora_alpha"), config.get("alpha_pattern")
        if isinstance(alpha, (int, float)):
            alphas[part, ""] = _as_float(alpha)
        for layer, own in pattern.items() if isinstance(pattern, dict) else ():
            if isinstance(own, (int, float)):
                alphas[part, layer] = _as_float(own)
    stabilised = (part for part, config in configs.items() if config.get("use_rslora") is True)
    return Told(alphas, frozenset(stabilised))


def _as_float(number: float) -> float:
    """JSON may hold whole numbers of any length."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def base_told(metadata: Mapping[str, str]) -> str:
    """The title of the base as the file says it, ours or another program's; empty where it does not."""
    keys = ("lienzo.base", "modelspec.architecture", "ss_base_model_version", "ss_sd_model_name")
    return next((metadata[key][:80] for key in keys if metadata.get(key)), "")
