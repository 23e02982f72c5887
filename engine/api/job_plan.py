"""What a job needs of a device's memory and what will be done about it, known before anything is loaded."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from engine.api.images import Extent
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, Speed

DECODED_TILE_PX = 512
"""Side of the tiles in which a picture is developed where it does not fit at once."""
DENOISED_BYTES_PER_PX = 1200
"""What a denoiser holds beside its weights for each pixel of the picture, at 32 bits: reckoned for Stable
Diffusion's widest level with both prompts, a few arrays at once."""


class Measure(enum.StrEnum):
    """What is done, or tried, where memory is short; from the lightest."""

    SHORT_NUMBERS = "short_numbers"
    """16 bits a number: half the memory."""
    TILED_DECODE = "tiled_decode"
    """The picture is developed in tiles."""
    OFFLOAD = "offload"
    """Networks wait outside the graphics card while they do not work."""


@dataclass(frozen=True)
class JobPlan:
    weights_bytes: int
    """Of all networks, in the format in which they are computed."""
    working_bytes: int
    """The most that one of them holds besides, for a picture of the job's size."""
    free_bytes: int
    """Of the device; 0 where it cannot be told."""
    measures: tuple[Measure, ...] = ()
    needed_bytes: int = 0
    """With the measures taken."""

    @property
    def fits(self) -> bool:
        return not self.free_bytes or self.needed_bytes <= self.free_bytes


def number_bytes(speed: Speed, device: str, has_short: bool = True) -> int:
    """Bytes of a number at `speed` on `device` (torch's name); `has_short`: it computes in 16 bits."""
    return 2 if device.startswith("cuda") or (speed is not Speed.EXACT and has_short) else 4


def plan_job(
    info: ModelInfo, extent: Extent, number: int, free_bytes: int = 0, has_own_memory: bool = False
) -> JobPlan:
    """How a picture of `extent` by the model `info` fits into `free_bytes`.

    Args:
        number: Bytes of a number, 2 or 4.
        free_bytes: Of the device, the model not loaded; 0 where it cannot be told.
        has_own_memory: True for a graphics card, whose networks can wait in the computer's memory.
    """
    area, share = extent.width * extent.height, number / 4
    weights = [part.parameters * number for part in info.parts]
    denoising = round(DENOISED_BYTES_PER_PX * area * share)
    decoding = round(info.capabilities.bytes_per_px * area * share)
    measures = [Measure.SHORT_NUMBERS] if number == 2 else []
    loaded = sum(weights)
    needed = loaded + max(denoising, decoding)
    if free_bytes and needed > free_bytes and decoding > denoising:
        measures.append(Measure.TILED_DECODE)
        tile = min(area, DECODED_TILE_PX**2)
        decoding = round(info.capabilities.bytes_per_px * tile * share)
        needed = loaded + max(denoising, decoding)
    if free_bytes and needed > free_bytes and has_own_memory and weights:
        measures.append(Measure.OFFLOAD)
        needed = max(weights) + max(denoising, decoding)
    return JobPlan(loaded, max(denoising, decoding), free_bytes, tuple(measures), needed)


def worked_extent(request: GenerationRequest, info: ModelInfo) -> Extent:
    """What goes through the network at once: of what is refined in tiles, one."""
    upscale = request.upscale
    if upscale is None:
        return request.extent
    side = upscale.tile_px or min(info.defaults.width, info.defaults.height)
    return Extent(min(side, request.width), min(side, request.height))
