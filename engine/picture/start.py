"""What a run begins from, where that is not noise: a start picture, what is held, a step that was kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.api.events import Event, Notice
from engine.api.images import Pixels
from engine.diffusion.devices import dtype_for
from engine.diffusion.estimate import noise_level, runs_upwards
from engine.diffusion.guidance import SparseGuidance
from engine.diffusion.kept import BeginMidway, KeptStep, ResumeExactly, ResumeNearby
from engine.diffusion.tap import Resume
from engine.picture.pipeline_call import as_pipeline_takes, scheduler_with_timesteps
from engine.picture.plan import says_the_same
from engine.picture.run import Run

if TYPE_CHECKING:
    import torch


class Midway(NamedTuple):
    """The start of a run that begins midway by itself, as the scheduler keeps latents."""

    clean: torch.Tensor
    noise: torch.Tensor
    resume: BeginMidway


def start_midway(run: Run) -> Midway | None:
    """The start picture with the noise of the first step that is run; None where the pipeline does it."""
    import torch

    model, start = run.model, run.start
    if not model.kind.begins_by_latents or start is None:
        return None
    clean = model.space.encode(_as_input(start), run.generator)
    if model.packing.as_tokens:
        return _opened(run, model.packing.pack(clean))
    clean = clean.float() if model.traits.in_float32 else clean
    noise = torch.randn(clean.shape, generator=run.generator, dtype=clean.dtype).to(clean.device)
    if model.noise_scale != 1:
        noise = noise * model.noise_scale
    if model.seen_beside is not None:
        seen = _seen(run, start).to(clean)
        more = torch.randn(seen.shape, generator=run.generator, dtype=seen.dtype).to(seen.device)
        clean, noise = model.packing.pack(clean, seen), model.packing.pack(noise, more)
    else:
        clean, noise = model.packing.pack(clean), model.packing.pack(noise)
    scheduler = scheduler_with_timesteps(run)
    call = run.skipped * scheduler.order
    timestep = scheduler.timesteps[call:][:1]
    if hasattr(scheduler, "scale_noise") and not runs_upwards(scheduler):
        scheduler.set_begin_index(call)
        latents = scheduler.scale_noise(clean, timestep, noise)
    else:
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = call
        level = noise_level(scheduler, timestep[0])
        latents = level.alpha * clean + level.sigma * noise
    return Midway(clean, noise, BeginMidway(run.skipped, scheduler.order, latents))


def _opened(run: Run, tokens: torch.Tensor) -> Midway:
    """The same of `tokens`, of which as many are open as at that step."""
    opened = scheduler_with_timesteps(run).opened(tokens, run.skipped, run.generator)
    return Midway(tokens, opened, BeginMidway(run.skipped, 1, opened))


def resume_from(
    run: Run, kept: KeptStep, guidance: SparseGuidance | None, emit: Callable[[Event], None]
) -> Resume:
    """From the branch's step `kept`, with what `guidance` remembered; says where it is not exactly that."""
    branch, model = run.request.branch, run.model
    assert branch is not None
    same_noise = run.seed == branch.origin.seed_of(branch.image_index)
    generator = run.generator if same_noise else None
    if branch.is_exact_for(run.request.sampling):
        if dtype_for(branch.origin.speed, model.device) != model.dtype:
            emit(Notice("approximate_branch", "Another speed: going on with numbers of another format."))
            kept = kept.to(model.dtype)
        if guidance is not None and says_the_same(run.request, branch.origin):
            guidance.memory = kept.guidance_memory
        return ResumeExactly(kept, run.scheduler().order, generator, model.device, run.skipped)
    emit(
        Notice(
            "approximate_branch", "Other steps or another scheduler: going on from the nearest noise level."
        )
    )
    return ResumeNearby(kept, scheduler_with_timesteps(run), generator, model.device, model.dtype)


def start_arguments(run: Run, resume: Resume | None, scheduler: Any) -> dict[str, Any]:
    """The latents to begin with, where that is not noise: no step is passed over to put them in."""
    if resume is None:
        return {}
    if not run.model.traits.takes_latents:
        return {}  # it takes no latents, and at the full strength the start picture is all but gone
    if resume.calls > 0:
        # nothing is drawn for a beginning that nobody sees, as the stock image-to-image pipelines do not
        return {"latents": as_pipeline_takes(run, resume.latents)} if resume.skipped else {}
    resume.restore(scheduler)
    # the pipeline multiplies by it
    scale = getattr(scheduler_with_timesteps(run), "init_noise_sigma", None)
    latents = resume.latents if scale is None else resume.latents / scale
    return {"latents": as_pipeline_takes(run, latents)}


def held_latents(run: Run) -> torch.Tensor:
    """The latents of what is held, in denoiser space: the middle of what the encoder says, no noise."""
    assert run.held is not None
    model, start = run.model, run.held.start
    latents = model.space.encode(_as_input(start))
    return model.packing.pack(latents, None if model.seen_beside is None else _seen(run, start))


def _seen(run: Run, pixels: Pixels) -> torch.Tensor:
    """What the model keeps of a picture as a whole beside its latents."""
    model = run.model
    assert model.seen_beside is not None
    model.load_text_encoders()
    with model.reading():
        return model.seen_beside(model, pixels)


def _as_input(pixels: Pixels) -> torch.Tensor:
    """1 x 3 x H x W from -1 to 1, as autoencoders read it."""
    import torch

    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
