"""Where the networks of a diffusers folder lie, and the older names that its weights may go by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import Checkpoint, TensorInfo
from engine.checkpoints.weights import State, meta_tensors, read_tensors

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

PARTS = ("unet", "vae", "text_encoder", "scheduler")
TEXT_PREFIX = "text_model."
POSITION_IDS = "embeddings.position_ids"
OLD_VAE_NAMES = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""diffusers before 0.18 called the VAE's attention so; Stable Diffusion 1.5's own folder still does."""


class FolderLayout:
    """Each part in its own sub-folder, its names those of the class (or of an older version of it)."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        missing = [part for part in PARTS if part not in checkpoint.configs]
        if missing:
            raise UnsupportedModel(
                f"{checkpoint.path.name} has no {missing[0]}. Parts of the model are missing; get it again.",
                path=str(checkpoint.path),
            )
        self.path: Path = checkpoint.path
        self.configs: Mapping[str, Mapping[str, Json]] = {
            part: scheduler_config(config) if part == "scheduler" else config
            for part, config in checkpoint.configs.items()
        }
        width = self.configs["unet"].get("cross_attention_dim")
        self.version = {768: "SD 1.x", 1024: "SD 2.x"}.get(width, "") if isinstance(width, int) else ""
        """For people; empty for an architecture of another size."""
        self._weights = checkpoint.weights

    def tensors(self, part: str) -> dict[str, TensorInfo]:
        return {name: tensor for file in self._weights[part] for name, tensor in file.tensors.items()}

    def shapes(self, part: str) -> dict[str, tuple[int, ...]]:
        """By the names of the part's class."""
        shapes = {name: tensor.shape for name, tensor in self.tensors(part).items() if _wanted(part)(name)}
        return self._renamed(part, shapes)

    def meta(self, part: str) -> State:
        return self._renamed(part, meta_tensors(self._weights[part], _wanted(part)))

    def read(self, part: str, dtype: torch.dtype) -> State:
        return self._renamed(part, read_tensors(self._weights[part], dtype, _wanted(part)))

    def _renamed(self, part: str, state: dict[str, T]) -> dict[str, T]:
        if part == "text_encoder":
            # transformers 5 dropped the prefix that older files have
            return {name.removeprefix(TEXT_PREFIX): tensor for name, tensor in state.items()}
        return {_new_vae_name(name): tensor for name, tensor in state.items()} if part == "vae" else state


def _wanted(part: str) -> Callable[[str], bool]:
    return lambda name: not (part == "text_encoder" and name.endswith(POSITION_IDS))


def _new_vae_name(name: str) -> str:
    head, _, rest = name.partition(".attentions.0.")
    word, dot, kind = rest.partition(".")
    if not rest or word not in OLD_VAE_NAMES:
        return name
    return f"{head}.attentions.0.{OLD_VAE_NAMES[word]}{dot}{kind}"


NUMBERS = {
    "num_train_timesteps": 10_000, "beta_start": 1, "beta_end": 1, "steps_offset": 1_000,
    "sample_max_value": 1_000, "clip_sample_range": 1_000, "dynamic_thresholding_ratio": 1,
}  # fmt: skip
"""Largest values; negative ones are refused."""
WORDS = ("beta_schedule", "prediction_type", "timestep_spacing", "final_sigmas_type", "variance_type")
FLAGS = ("rescale_betas_zero_snr", "clip_sample", "set_alpha_to_one", "thresholding", "skip_prk_steps")


def scheduler_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What a model says about its noise, within bounds; how to sample is the artist's choice."""
    known: dict[str, Json] = {
        name: config[name] for name in (*NUMBERS, *WORDS, *FLAGS, "trained_betas") if name in config
    }
    for name, value in known.items():
        if value is not None and not _is_sane(name, value):
            raise UnsupportedModel(
                f"The scheduler is not usable: its configuration says {name} = {str(value)[:60]}. "
                "Get the model again from its source."
            )
    shift = config.get("snr_shift_scale")
    if type(shift) in (int, float) and 0 < shift <= 100 and shift != 1:  # type: ignore[operator]
        known["trained_betas"] = _shifted_betas(known, float(shift))  # type: ignore[arg-type]
    return known


def _shifted_betas(known: Mapping[str, Json], shift: float) -> list[Json]:
    """The betas of a model whose ratio of signal to noise was divided by `shift`: CogView3, as CogVideoX.

    Linear between the roots of the first and the last one, which is the only schedule that they have.
    """
    count, first, last = (known.get(name) for name in ("num_train_timesteps", "beta_start", "beta_end"))
    roots = np.linspace(float(first or 0.00085) ** 0.5, float(last or 0.012) ** 0.5, int(count or 1000))  # type: ignore[arg-type]
    signal = np.cumprod(1 - roots**2)
    signal = signal / (shift + (1 - shift) * signal)
    previous = np.concatenate([[1.0], signal[:-1]])
    return (1 - signal / previous).tolist()


def _is_sane(name: str, value: Json) -> bool:
    if name in NUMBERS:
        return type(value) in (int, float) and 0 <= value <= NUMBERS[name]  # type: ignore[operator]
    if name == "trained_betas":
        return isinstance(value, list) and len(value) <= 10_000 and all(map(_is_beta, value))
    return isinstance(value, bool) if name in FLAGS else isinstance(value, str) and len(value) <= 40


def _is_beta(value: Json) -> bool:
    return isinstance(value, float) and math.isfinite(value) and 0 <= value <= 1
