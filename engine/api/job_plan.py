"""What a job needs of a device's memory and what will be done about it, known before anything is loaded."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from engine.api.images import Extent
from engine.api.model_info import ModelInfo, Part
from engine.api.request import GenerationRequest, Speed

AUTOENCODER = "vae"
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
    EIGHT_BITS = "eight_bits"
    """Weights are kept in 8 bits a number and unpacked layer by layer: half of 16 bits, other pixels."""
    GROUP_OFFLOAD = "group_offload"
    """The denoiser too waits outside, and comes layer by layer."""


GROUP_SHARE = 0.1
"""Of a denoiser's weights what is on the card at once, where it comes layer by layer."""
PLAIN_FORMATS = frozenset(("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", ""))
"""Number formats that are computed in another; all else stays packed as it is in the file."""


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


def is_half(speed: Speed, device: str) -> bool:
    """Whether they are float16, as models are published: exact on a card."""
    return device.startswith("cuda") and speed is Speed.EXACT


def plan_job(
    info: ModelInfo,
    extent: Extent,
    number: int,
    free_bytes: int = 0,
    has_own_memory: bool = False,
    may_pack: bool = False,
    is_half: bool = False,
) -> JobPlan:
    """How a picture of `extent` by the model `info` fits into `free_bytes`.

    Args:
        info: Its parts are counted, loaded or not.
        extent: What goes through the networks at once.
        number: Bytes of a number, 2 or 4.
        free_bytes: Of the device, the model not loaded; 0 where it cannot be told.
        has_own_memory: True for a graphics card, whose networks can wait in the computer's memory.
        may_pack: True where pixels may differ from exact's.
        is_half: True where numbers of 2 bytes are float16, in which more layers keep 32 bits.
    """
    area, share = extent.width * extent.height, number / 4
    denoising = round(DENOISED_BYTES_PER_PX * area * share)
    decoding = round(info.capabilities.bytes_per_px * area * share)
    weights = {part.name: _held(part, number, is_half) for part in info.parts}
    measures = [Measure.SHORT_NUMBERS] if number == 2 else []
    loaded = sum(weights.values())

    def is_short() -> bool:
        return bool(free_bytes) and needed > free_bytes

    needed = loaded + max(denoising, decoding)
    if is_short() and decoding > denoising:
        measures.append(Measure.TILED_DECODE)
        tile = min(area, DECODED_TILE_PX**2)
        decoding = round(info.capabilities.bytes_per_px * tile * share)
        needed = loaded + max(denoising, decoding)
    working = max(denoising, decoding)
    if is_short() and has_own_memory and _one_at_a_time(weights) < loaded:
        measures.append(Measure.OFFLOAD)
        needed = _one_at_a_time(weights) + working
    if is_short() and may_pack and (packed := _packed(info, weights)) != weights:
        measures.append(Measure.EIGHT_BITS)
        weights, loaded = packed, sum(packed.values())
        needed = (_one_at_a_time(weights) if Measure.OFFLOAD in measures else loaded) + working
    if is_short() and has_own_memory and weights:
        measures.append(Measure.GROUP_OFFLOAD)
        needed = _one_at_a_time({name: _in_groups(name, size) for name, size in weights.items()}) + working
    return JobPlan(loaded, working, free_bytes, tuple(measures), needed)


def _held(part: Part, number: int, is_half: bool) -> int:
    """Bytes that its weights take in memory, with the layers that keep 32 bits."""
    is_plain = PLAIN_FORMATS.issuperset(part.dtype.split("/"))
    longer = (part.exact + part.exact_in_half * is_half) * (4 - number)
    return part.parameters * number + longer if is_plain or _is_text(part.name) else part.bytes


def _packed(info: ModelInfo, weights: Mapping[str, int]) -> dict[str, int]:
    """The same where the weights of all but the autoencoder are in 8 bits a number."""
    smaller = {part.name: part.parameters for part in info.parts if part.name != AUTOENCODER}
    return {name: min(size, smaller.get(name, size)) for name, size in weights.items()}


def _one_at_a_time(weights: Mapping[str, int]) -> int:
    """The autoencoder stays on the card; of the others one is there."""
    others = [size for name, size in weights.items() if name != AUTOENCODER]
    return weights.get(AUTOENCODER, 0) + max(others, default=0)


def _in_groups(name: str, size: int) -> int:
    return size if _is_text(name) or name == AUTOENCODER else round(size * GROUP_SHARE)


def _is_text(name: str) -> bool:
    return name.startswith("text_encoder")


def worked_extent(request: GenerationRequest, info: ModelInfo) -> Extent:
    """What goes through the network at once: of what is refined in tiles, one."""
    upscale = request.upscale
    if upscale is None:
        return request.extent
    side = upscale.tile_px or min(info.defaults.width, info.defaults.height)
    return Extent(min(side, request.width), min(side, request.height))
