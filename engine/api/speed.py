"""What each speed does to a model: a table that the artist sees before choosing, and the engine follows."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec

from engine.api.form import Json
from engine.api.model_info import ModelInfo
from engine.api.request import Speed

UNETS = ("UNet2DConditionModel",)
"""Classes whose inner levels can be kept from one step to the next."""


class Lever(enum.StrEnum):
    """One thing that makes it faster and changes the numbers."""

    SHORT_NUMBERS = "short_numbers"
    """16 bits a number, where the device computes in them."""
    SPARSE_GUIDANCE = "sparse_guidance"
    """The negative prompt is asked only now and then, and steps between are carried on."""
    DEEP_CACHE = "deep_cache"
    """Of some steps only the outermost level of the U-Net is computed."""
    CHANNELS_LAST = "channels_last"
    """The channels of a pixel lie side by side in memory; other last bits."""
    FAST_ATTENTION = "fast_attention"
    """Attention is computed by the kernel that is the fastest on the card; other last bits."""
    EIGHT_BIT_ATTENTION = "eight_bit_attention"
    """Attention is computed in 8 bits inside, where SageAttention is installed and the quickest."""
    COMPILED_BLOCKS = "compiled_blocks"
    """Blocks that repeat are compiled for the card, where Triton is there; other last bits."""
    EASY_CACHE = "easy_cache"
    """Steps that would change little are carried on instead of computed."""


@dataclass(frozen=True)
class Level:
    """How far a speed goes, where its levers act at all."""

    guided_above: float = 1.0
    """Sparse guidance begins once noise / signal is below this."""
    guided_every: int = 0
    """It asks in every so many steps; 0 is in all."""
    whole_every: int = 0
    """One in so many passes through a U-Net is whole; 0 is all."""
    tolerance: float = 0.0
    """Of the cache for other networks: how much spared passes may have changed; 0 spares none."""


LEVELS: Mapping[Speed, Level] = {
    Speed.EXACT: Level(),
    Speed.FAST: Level(guided_every=2, tolerance=0.05),
    Speed.FASTEST: Level(guided_above=2.0, guided_every=2, whole_every=2, tolerance=0.15),
}
LEAST_DEEP_STEPS = 20
"""Of fewer the inner levels change too much from one to the next: on the starter at 12 steps they would make
fastest's error 4.1 of 255 instead of 1.7 for a seventh of its time, at 24 steps 1.6 instead of 0.8."""
COMPUTED_FIRST = 0.15
"""Share of the steps that the cache for other networks always computes: there the picture is laid out."""


def stamp() -> str:
    """Another one where the levels do something else: what was measured of them before does not count."""
    told = repr((sorted(LEVELS.items()), LEAST_DEEP_STEPS, COMPUTED_FIRST, list(Lever)))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def levers_of(info: ModelInfo, speed: Speed, device: str = "cpu") -> tuple[Lever, ...]:
    """What `speed` does to pictures of the model `info` on `device` (torch's name); most important first."""
    if speed is Speed.EXACT or info.path is None:
        return ()
    level, levers = LEVELS[speed], [Lever.SHORT_NUMBERS]
    is_card = device.startswith("cuda")
    if can_carry_guidance(info):
        levers.append(Lever.SPARSE_GUIDANCE)
        if level.whole_every and is_unet(info):
            levers.append(Lever.DEEP_CACHE)
    elif level.tolerance and info.prediction_type == "flow":
        levers.append(Lever.EASY_CACHE)
    if is_card and speed is Speed.FASTEST:
        levers.append(Lever.COMPILED_BLOCKS)
    if is_card:
        levers.append(Lever.FAST_ATTENTION)
    if is_card and speed is Speed.FASTEST and not is_unet(info) and has_sage_attention():
        levers.append(Lever.EIGHT_BIT_ATTENTION)
    if is_card and is_unet(info):  # a processor gains nothing by it: 0 to 2 hundredths at real size
        levers.append(Lever.CHANNELS_LAST)
    return tuple(levers)


@cache
def has_sage_attention() -> bool:
    """True where its package is installed."""
    return find_spec("sageattention") is not None


def is_unet(info: ModelInfo) -> bool:
    return any(part.class_name in UNETS for part in info.parts)


def can_carry_guidance(info: ModelInfo) -> bool:
    """True where the network learnt noise and not flow, and is asked with and without the prompt at once.

    Tokens are drawn by chance at every step: what was said at another does not carry on.
    """
    can = info.capabilities
    return (
        info.prediction_type not in ("flow", "tokens")
        and can.guidance
        and can.prompt
        and not can.needs_picture
    )


@dataclass(frozen=True)
class Measured:
    """What a speed cost and changed, against exact with the same seeds, on one machine."""

    speed: Speed
    time_ratio: float
    """Of exact's time; the ways of reading the prompt and developing the picture are counted."""
    mean_error: float
    """Mean absolute difference of the pixels, of 255."""
    worst_error: float
    """That of the picture that differs most."""
    psnr_db: float
    """Median of the pictures."""
    pictures: int
    seconds: float = 0.0
    """Of a picture, the median; 0 where that was not kept."""
    exact_seconds: float = 0.0
    """Of the same picture at exact."""
    extra: Mapping[str, Json] = field(default_factory=dict)
