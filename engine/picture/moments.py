"""What joins the run of one picture, in the order in which it is asked."""

from __future__ import annotations

import math
from typing import Any

from engine.api.request import Speed, steps_run
from engine.conditioning.control import Edited, FollowMaps, MapHints
from engine.conditioning.inpaint import SoftMask
from engine.conditioning.reference import FollowReferences
from engine.conditioning.sentences import FollowSentences, Ground
from engine.conditioning.token_mask import TokenMask
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.guidance import GuidanceRescale, OneByOne, SparseGuidance
from engine.diffusion.guiding import AskAlone, GuideBy
from engine.diffusion.kept import KeepSteps, KeptSteps, step_levels
from engine.diffusion.scheduler_fixes import LowOrder, NoiseOnProcessor, UnevenSteps
from engine.diffusion.tap import EndWithLatents, Moment
from engine.diffusion.tiled_network import TiledNetwork
from engine.families.family import Reads
from engine.picture.pipeline_call import network_calls
from engine.picture.plan import Held
from engine.picture.run import Run
from engine.picture.speed import cache_for
from engine.picture.start import Midway, held_latents

LAID_OUT_IN = 0.25
"""Share of the steps in which each region is by itself."""


def moments_of(
    run: Run,
    guidance: SparseGuidance | None,
    midway: Midway | None,
    store: KeptSteps,
    report: Moment,
    scheduler: Any,
) -> list[Moment]:
    """Everything that joins the run by `scheduler`; `store` keeps its steps, `report` says them."""
    model, relief = run.model, run.setup.relief
    moments: list[Moment] = [NoiseOnProcessor(), UnevenSteps()]
    if run.plan.begins_midway:
        moments.append(LowOrder())
    if loaded := run.loaded_references():
        extent = run.request.extent
        moments.append(FollowReferences(loaded, run.is_guided, model.reads is Reads.PICTURE, extent))
    if run.boxes is not None:
        moments.append(run.boxes)
    guiding = run.guiding if run.model.kind.runner is None else None  # others are told of it
    if guidance is not None:
        moments.append(guidance)
    elif guiding is not None and run.said.is_plain and run.request.speed is Speed.EXACT:
        moments.append(AskAlone(guiding, run.plan.total))
    if run.controls.found:
        moments.append(_maps(run))
    if run.grid is not None:
        moments.append(TiledNetwork(run.grid))
    moments += [beside for beside in (run.own_map, run.own_mask) if beside is not None]
    if not run.said.is_plain:
        moments.append(_sentences(run))
    elif run.grid is None and (cache := cache_for(run, guidance)) is not None:
        moments.append(cache)
    has_halves = run.is_guided and model.has_stock_batch
    if has_halves and relief.one_by_one:
        moments.append(OneByOne())
    if guiding is not None:
        moments.append(GuideBy(guiding, run.plan.total, scheduler, model.denoiser))
    elif has_halves and (rescale := _rescale(run)) > 0:
        moments.append(GuidanceRescale(rescale))
    if run.held is not None:
        moments.append(_mask(run, run.held, midway))
    total = run.plan.total
    moments += [KeepSteps(store, run.key, run.generator, total, guidance), report]
    if model.traits.ends_in_pixels:
        moments.append(EndWithLatents(total))
    return moments


def _rescale(run: Run) -> float:
    """0 where the pipeline does it, and where there is none."""
    if not run.model.info.capabilities.guidance_rescale:
        return 0.0
    if run.plan.start is None and run.model.reads is Reads.LATENTS:
        return 0.0
    return run.request.sampling.guidance_rescale


def _mask(run: Run, held: Held, midway: Midway | None) -> SoftMask:
    plan = run.plan
    # steps that the run of the mask passed over at its beginning, in a run of ours that does not
    spared = plan.total - min(steps_run(plan.steps, held.strength), plan.total)
    kind = TokenMask if run.model.packing.as_tokens else SoftMask
    mask = kind(held.mask, plan.total, lambda: held_latents(run), spared, run.cells)
    if midway is not None:
        mask.at_start(midway.clean, midway.noise)
    return mask


def _maps(run: Run) -> FollowMaps:
    model = run.model
    device = model.device if run.setup.relief.offload else None
    edited = None if run.held is None else Edited(run.held.start, run.held.mask)
    hints = MapHints(run.request.extent, model.space, model.packing, run.generator, edited)
    return FollowMaps(run.setup.load_controls(run.controls), hints, run.plan.total, device, model.denoiser)


def _sentences(run: Run) -> FollowSentences:
    return FollowSentences(
        run.said.voices,
        run.said.negative,
        {pair: network_calls(run, *pair) for pair in run.said.pairs},
        is_guided=run.is_guided,
        has_stock_batch=run.model.has_stock_batch,
        one_by_one=run.setup.relief.one_by_one,
        cells=run.cells,
        ground=_ground(run),
    )


def _ground(run: Run) -> Ground | None:
    """What the regions of a picture that is made from nothing see around themselves in its first steps."""
    import torch

    model, extent, steps = run.model, run.request.extent, run.plan.steps
    if run.plan.start is not None or run.held is not None:
        return None
    has_regions = any(voice.mask is not None for voice in run.said.voices)
    is_known = model.has_stock_batch and not is_flow_config(model.scheduler_config)
    is_known = is_known and not model.packing.as_tokens  # which have no grey
    if not (has_regions and is_known and model.reads is Reads.LATENTS):
        return None
    spare = run.scheduler()
    spare.set_timesteps(steps)
    levels = step_levels(spare)[: math.ceil(steps * LAID_OUT_IN)]
    cell = model.space.cell_px
    grey = model.space.encode(torch.zeros(1, 3, 8 * cell, 8 * cell)).float().mean((2, 3), keepdim=True)
    shape = (1, grey.shape[1], extent.height // cell, extent.width // cell)
    noise = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(run.seed ^ 1))
    return Ground(grey, noise.to(grey.device), tuple(levels))
