"""What a request's speed puts into the run of its picture: `engine.api.speed` is the table of it."""

from __future__ import annotations

import math
from typing import Any

from engine.api.request import GenerationRequest, Speed
from engine.api.speed import COMPUTED_FIRST, LEVELS, Lever, levers_of
from engine.diffusion import schedulers
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.guidance import SparseGuidance
from engine.diffusion.kept import step_levels
from engine.diffusion.step_cache import DeepCache, EasyCache
from engine.families.family import LoadedModel
from engine.memory import Relief
from engine.picture_plan import Plan

LEAST_STEPS = 8
"""Networks that were distilled to fewer change too much from one step to the next."""


def sparse_guidance(
    request: GenerationRequest, model: LoadedModel, plan: Plan, spare: Any
) -> SparseGuidance | None:
    """None where guidance is asked in every step. `spare` is a scheduler of the request, to be spoilt.

    Where noise outweighs the picture its place and weather are still open: carried on too early, they come
    out other than asked. In every second step costs as much as in every fourth with passes between, and is
    nearer.
    """
    level, sampling = LEVELS[request.speed], request.sampling
    if not level.guided_every or not model.is_guided(sampling.guidance) or sampling.scheduler == "lcm":
        return None  # LCM makes all its noise anew at every step: nothing carries on
    if not model.has_stock_batch or is_flow_config(model.scheduler_config):
        return None
    spare.set_timesteps(plan.steps)
    noise = step_levels(spare)[plan.steps - plan.total :]
    first = sum(one.ratio > level.guided_above for one in noise)
    return SparseGuidance(first, level.guided_every, sampling.scheduler in schedulers.FOLLOW_ONE_PATH)


def cache_for(
    request: GenerationRequest,
    model: LoadedModel,
    plan: Plan,
    guidance: SparseGuidance | None,
    relief: Relief,
) -> DeepCache | EasyCache | None:
    """What spares passes of the network; None where every pass is whole."""
    level, levers = LEVELS[request.speed], levers_of(model.info, request.speed)
    if request.speed is Speed.EXACT or relief.one_by_one:  # the halves of a step would answer each other
        return None
    if Lever.DEEP_CACHE in levers and guidance is not None:
        return DeepCache(model.unet, guidance.first, level.whole_every)
    if Lever.EASY_CACHE in levers and plan.total >= LEAST_STEPS:
        return EasyCache(math.ceil(plan.total * COMPUTED_FIRST), plan.total, level.tolerance)
    return None
