"""What a family's networks learnt to take away: what is read of its schedule, and who walks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from engine.api.form import Json
from engine.api.model_info import SchedulerInfo
from engine.checkpoints.folder_layout import scheduler_config
from engine.diffusion.consistency_schedulers import (
    consistency_config,
    consistency_infos,
    trigflow_config,
    trigflow_infos,
)
from engine.diffusion.cosine_schedulers import cosine_config, cosine_infos, unclip_config, unclip_infos
from engine.diffusion.exploding_schedulers import exploding_config, exploding_infos
from engine.diffusion.flow_schedulers import flow_infos
from engine.diffusion.schedulers import scheduler_infos
from engine.diffusion.token_schedulers import TOKENS as WRITTEN
from engine.diffusion.token_schedulers import token_config, token_infos, vq_config, vq_infos


class Noise(NamedTuple):
    """One way to learn noise."""

    title: str
    """What a model's card says of it; empty where its configuration says more."""
    config: Callable[[Mapping[str, Json]], dict[str, Json]]
    """Of a folder's scheduler what is about the model, within bounds."""
    samplers: Callable[[], tuple[SchedulerInfo, ...]]
    is_taught: bool = True
    """Whether Lienzo can train networks on it."""


FLOW_NUMBERS = (
    "num_train_timesteps", "shift", "base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len",
    "shift_terminal",
)  # fmt: skip


def flow_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What a flow-matching model says about its schedule, within bounds."""
    known: dict[str, Json] = {"prediction_type": "flow_prediction"}
    for name in FLOW_NUMBERS:
        value = config.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100_000:
            known[name] = value
    if "shift" not in known and isinstance(config.get("flow_shift"), (int, float)):
        known["shift"] = config["flow_shift"]
    if config.get("use_dynamic_shifting") is True:
        known["use_dynamic_shifting"] = True
    if config.get("invert_sigmas") is True:
        known["invert_sigmas"] = True
    if config.get("time_shift_type") in ("exponential", "linear"):
        known["time_shift_type"] = config["time_shift_type"]
    return known


DIFFUSION = Noise("", scheduler_config, scheduler_infos)
FLOW = Noise("flow", flow_config, flow_infos)
CLIPPED = Noise("", lambda config: {**scheduler_config(config), "in_pixels": True}, scheduler_infos)
"""Diffusion whose estimates are cut to their range at every step, though they are no pixels: Kandinsky."""
FROM_NOTHING = Noise(
    "", lambda config: {"steps_offset": 0, **scheduler_config(config)}, scheduler_infos, is_taught=False
)
"""Diffusion whose steps begin at 0, as diffusers has it, where its makers say nothing of it."""
TRIGFLOW = Noise("trigflow", trigflow_config, trigflow_infos, is_taught=False)
CONSISTENCY = Noise("consistency", consistency_config, consistency_infos, is_taught=False)
COSINE = Noise("cosine", cosine_config, cosine_infos, is_taught=False)
UNCLIP = Noise("unclip", unclip_config, unclip_infos, is_taught=False)
EXPLODING = Noise("score", exploding_config, exploding_infos, is_taught=False)
TOKENS = Noise(WRITTEN, token_config, token_infos, is_taught=False)
VQ_TOKENS = Noise(WRITTEN, vq_config, vq_infos, is_taught=False)
