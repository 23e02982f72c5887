"""What a request's speed puts into the run of its picture: `engine.api.speed` is the table of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.api.events import Notice
from engine.api.guiders import WITH_A_WORSE
from engine.api.speed import COMPUTED_FIRST, LEAST_DEEP_STEPS, LEVELS, Lever, can_carry_guidance, levers_of
from engine.diffusion import schedulers
from engine.diffusion.attention import fastest_attention
from engine.diffusion.attention_packages import fastest_package
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.guidance import SparseGuidance
from engine.diffusion.kept import step_levels
from engine.diffusion.step_cache import DeepCache, EasyCache
from engine.networks.tuning import Tuning, can_compile
from engine.picture.run import Run

LEAST_STEPS = 8
"""Networks that were distilled to fewer change too much from one step to the next."""


def sparse_guidance(run: Run) -> SparseGuidance | None:
    """None where guidance is asked in every step.

    Where noise outweighs the picture its place and weather are still open: carried on too early, they come
    out other than asked. In every second step costs as much as in every fourth with passes between, and is
    nearer.
    """
    level, model, scheduler = LEVELS[run.request.speed], run.model, run.request.sampling.scheduler
    if not level.guided_every or not run.is_guided or scheduler == "lcm":
        return None  # LCM makes all its noise anew at every step: nothing carries on
    if run.guiding is not None and run.guiding.guider in WITH_A_WORSE:  # which asks for more, not less
        return None
    if not run.said.is_plain:  # what was said at another step does not carry on
        return None
    if not model.has_stock_batch or not can_carry_guidance(model.info):
        return None
    if is_flow_config(model.scheduler_config):
        return None
    spare = run.scheduler()
    spare.set_timesteps(run.plan.steps)
    noise = step_levels(spare)[run.plan.steps - run.plan.total :]
    first = sum(one.ratio > level.guided_above for one in noise)
    return SparseGuidance(first, level.guided_every, scheduler in schedulers.FOLLOW_ONE_PATH)


def tuning_for(run: Run) -> Tuning:
    """How the denoiser works at the request's speed. What comes to the card in pieces is not compiled."""
    model, levers = run.model, _levers(run)
    is_whole = not run.setup.relief.offload and not model.in_eight_bits
    return Tuning(
        channels_last=Lever.CHANNELS_LAST in levers,
        compiled=Lever.COMPILED_BLOCKS in levers and is_whole and can_compile(model.device.type),
    )


@contextmanager
def attention_for(run: Run, say: Callable[[Notice], None]) -> Iterator[None]:
    """Inside, attention is computed as fast as the request's speed lets it."""
    levers, device, dtype = _levers(run), run.model.device, run.model.dtype
    if Lever.FAST_ATTENTION not in levers:
        yield
        return
    in_eight_bits = Lever.EIGHT_BIT_ATTENTION in levers
    with fastest_attention(device, dtype), fastest_package(device, dtype, in_eight_bits, say):
        yield


def _levers(run: Run) -> tuple[Lever, ...]:
    return levers_of(run.model.info, run.request.speed, str(run.model.device))


def cache_for(run: Run, guidance: SparseGuidance | None) -> DeepCache | EasyCache | None:
    """What spares passes of the network; None where every pass is whole."""
    speed, model, total = run.request.speed, run.model, run.plan.total
    if run.guiding is not None and run.guiding.guider in WITH_A_WORSE:
        return None  # what answers for the network would answer for the disturbed one
    if run.setup.relief.one_by_one:  # the halves of a step would answer each other
        return None
    level, levers = LEVELS[speed], _levers(run)
    if Lever.DEEP_CACHE in levers and guidance is not None and total >= LEAST_DEEP_STEPS:
        return DeepCache(model.denoiser, guidance.first, level.whole_every)
    if Lever.EASY_CACHE in levers and total >= LEAST_STEPS:
        return EasyCache(math.ceil(total * COMPUTED_FIRST), total, level.tolerance)
    return None
