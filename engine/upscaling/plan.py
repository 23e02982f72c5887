"""What an enlargement needs of a device's memory, what is done about it and how long it takes, beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.images import Extent
from engine.api.job_plan import JobPlan, is_half, number_bytes, plan_job
from engine.api.model_info import ModelInfo
from engine.api.request import Speed, steps_run
from engine.api.upscale import Upscale, UpscalerInfo
from engine.upscaling.passes import OVERLAP_SHARE, REFINED_OVERLAP_SHARE, TILE_PX, network_work, tiles_of

RESULT_BYTES_PER_PX = {"SRVGG": 64}
"""What a network holds for each pixel that it makes of a tile, at 32 bits: measured on tiles of 128 and 256
pixels with 64 features, fourfold."""
USUAL_BYTES_PER_PX = 706
"""RRDB's, which keeps its features at the full size of the result."""
DECODED_BYTES_PER_PX = 5120
"""Of a diffusion model, whose autoencoder takes the most: five arrays of 256 channels at full size."""
PICTURE_BYTES_PER_PX = 15
"""Of the result itself: one band of it in float32, and 8-bit copies."""
USUAL_SCALE = 4
"""Of a network whose scale its header does not say."""


@dataclass(frozen=True)
class Machine:
    """Where it is done."""

    device: str = "cpu"
    """As torch names it."""
    free_bytes: int = 0
    """0 where it cannot be told."""
    has_short_numbers: bool = True
    speed: Speed = Speed.EXACT
    network_paces: Mapping[str, float] = field(default_factory=dict)
    """Seconds for each pixel that goes into a network, a step where it draws in steps; by its name."""
    model_pace: float | None = None
    """Seconds a pixel and step."""

    @property
    def has_own_memory(self) -> bool:
        return self.device.startswith("cuda")


@dataclass(frozen=True)
class EnlargePlan:
    """Of one picture."""

    memory: JobPlan
    tile_px: int = 0
    """Side of what is worked on at once; 0: there are no tiles."""
    tiles: int = 0
    """0 where the picture's size is not known."""
    seconds: float | None = None
    """None where it was never done here."""


def plan_enlarging(
    upscale: Upscale,
    strength: float,
    source: Extent | None,
    network: UpscalerInfo | None,
    model: ModelInfo | None,
    machine: Machine,
) -> EnlargePlan:
    """`network` enlarges (None: Lanczos); `model` counts where the result is refined."""
    parts = []
    if network is not None:
        parts.append(_by_network(upscale, source, network, machine))
    if upscale.refine and model is not None:
        parts.append(_refined(upscale, strength, source, model, machine))
    pixels = 0
    if source is not None and not machine.has_own_memory:
        extent = upscale.extent(source)
        pixels = extent.width * extent.height * PICTURE_BYTES_PER_PX
    if not parts:
        return EnlargePlan(JobPlan(0, pixels, machine.free_bytes, (), pixels), seconds=0.0)
    largest = max(parts, key=lambda part: part.memory.needed_bytes).memory
    memory = JobPlan(
        largest.weights_bytes,
        largest.working_bytes + pixels,
        machine.free_bytes,
        largest.measures,
        largest.needed_bytes + pixels,
    )
    times = [part.seconds for part in parts]
    seconds = None if None in times else sum(time for time in times if time is not None)
    return EnlargePlan(memory, parts[-1].tile_px, sum(part.tiles for part in parts), seconds)


def _by_network(
    upscale: Upscale, source: Extent | None, network: UpscalerInfo, machine: Machine
) -> EnlargePlan:
    scale = network.scale or USUAL_SCALE
    own_tile = network.tile_px or TILE_PX
    tile = upscale.tile_px if upscale.tile_px is not None and not upscale.refine else own_tile
    short = number_bytes(machine.speed, machine.device, machine.has_short_numbers)
    number = short if network.is_built_in else 4  # a foreign one may not bear 16 bits
    usual = DECODED_BYTES_PER_PX if network.steps else USUAL_BYTES_PER_PX
    each = RESULT_BYTES_PER_PX.get(network.architecture, usual)
    side = tile if source is None else min(tile, max(source))
    working = round(side**2 * scale**2 * each * number / 4)
    weights = network.parameters * number
    memory = JobPlan(weights, working, machine.free_bytes, (), weights + working)
    if source is None:
        return EnlargePlan(memory, tile)
    share = REFINED_OVERLAP_SHARE if network.steps else OVERLAP_SHARE
    tiles, pixels = network_work(source, upscale.scale, scale, tile, share)
    pace = machine.network_paces.get(network.name)
    steps = (upscale.steps or network.steps) if network.steps else 1
    return EnlargePlan(memory, tile, tiles, pace * pixels * steps if pace is not None else None)


def _refined(
    upscale: Upscale, strength: float, source: Extent | None, model: ModelInfo, machine: Machine
) -> EnlargePlan:
    side = upscale.tile_px or min(model.defaults.width, model.defaults.height)
    number = number_bytes(machine.speed, machine.device, machine.has_short_numbers)
    may_pack = machine.speed is not Speed.EXACT
    memory = plan_job(
        model, Extent(side, side), number, machine.free_bytes, machine.has_own_memory, may_pack,
        is_half(machine.speed, machine.device),
    )  # fmt: skip
    if source is None:
        return EnlargePlan(memory, side)
    tiles, pixels = tiles_of(upscale.extent(source), side, side // REFINED_OVERLAP_SHARE)
    strength = 1.0 if model.capabilities.redraws else strength
    steps = max(1, steps_run(model.defaults.sampling.steps, strength))
    pace = machine.model_pace
    return EnlargePlan(memory, side, tiles, pace * pixels * steps if pace is not None else None)
