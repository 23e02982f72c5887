"""What a model's folder says about its guider: how what the words add is added, beside how much of it.

How much (`guidance_scale`) is the artist's; a folder's number is where the control begins. The fields are
those of diffusers' guiders (`guider_config.json`); guiders of other classes are refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import Checkpoint

GUIDERS = ("guider", "ocr_guider")
"""Parts of a folder that are guiders."""
SCALE = "guidance_scale"
_NUMBERS: dict[str, tuple[float, float]] = {
    "guidance_rescale": (0, 1), "start": (0, 1), "stop": (0, 1), "eta": (-10, 10),
    "adaptive_projected_guidance_scale": (0, 100), "adaptive_projected_guidance_momentum": (-1, 1),
    "adaptive_projected_guidance_rescale": (0, 10_000), "adaptive_projected_guidance_start_step": (0, 10_000),
}  # fmt: skip
_MAY_BE_NONE = ("momentum", "rescale")
_FLAGS = ("use_original_formulation", "enabled")


def guiders_of(checkpoint: Checkpoint) -> dict[str, dict[str, Json]]:
    """Part to its settings. Raises `UnsupportedModel` where one is out of range."""
    return {part: _settings(checkpoint.configs[part]) for part in GUIDERS if part in checkpoint.configs}


def scale_of(checkpoint: Checkpoint) -> float | None:
    """How much the folder recommends; None where it says nothing that can be used."""
    value = _number(checkpoint.configs.get(GUIDERS[0], {}).get(SCALE))
    return value if value is not None and 0 <= value <= 30 else None


def _settings(config: Mapping[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in config.items():
        if name in _FLAGS and isinstance(value, bool):
            found[name] = value
        elif name in _NUMBERS:
            low, high = _NUMBERS[name]
            number = _number(value)
            is_absent = value is None and name.endswith(_MAY_BE_NONE)
            if not is_absent and (number is None or not low <= number <= high):
                raise UnsupportedModel(
                    f"The guider is not usable: its configuration says {name} = {str(value)[:60]}. "
                    "Get the model again from its source."
                )
            found[name] = value
    return found


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
