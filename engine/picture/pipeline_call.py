"""What the stock pipeline of a picture is called with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engine.api.images import Pixels
from engine.api.other_words import as_read
from engine.api.prompt import plain
from engine.api.references import counted
from engine.conditioning.rehearsal import Call, Listen
from engine.diffusion.chunks import readable
from engine.diffusion.embeddings import Embedding
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.tap import LeaveLoop, Moment, StopBeforeNetwork, Tap
from engine.families.family import Inputs, Task
from engine.families.seen_words import LaterReader
from engine.families.words import NEGATIVE, evened
from engine.picture.prompts import embedding_with
from engine.picture.run import Run

if TYPE_CHECKING:
    import torch


def pipeline_arguments(
    run: Run, prompt: str | None = None, negative_prompt: str | None = None
) -> dict[str, Any]:
    """Every argument said: their defaults differ from pipeline to pipeline.

    Without words it is what is said at the first step.
    """
    first, model = run.said.first, run.model
    embed = embedding_with(run.model, run.learnt, run.request.read_as or ())
    positive = embed(first[0] if prompt is None else prompt, False)
    negative: Embedding = {}
    if run.is_guided:
        negative = embed(first[1] if negative_prompt is None else negative_prompt, True)
        if model.info.capabilities.long_prompts:
            positive, negative = evened(positive, negative, lambda: embed("", False))
    said = as_read(first[0] if prompt is None else prompt, run.request.read_as or ())
    call = {
        **positive,
        **{f"{NEGATIVE}{name}": tensor for name, tensor in negative.items()},
        "num_inference_steps": run.plan.steps,
        "generator": run.generator,
        "output_type": "latent",
        "return_dict": False,
    }
    if isinstance(model.reader, LaterReader) and model.reader.of_one_length and not run.said.is_plain:
        texts = [as_read(text, run.request.read_as or ()) for text, _ in run.said.pairs]
        call["also_said"] = tuple(readable(plain(text)) for text in texts)
    call = model.finished_call({**call, **model.arguments(_inputs(run))})
    return call if model.first_stage is None else run.first_stage(call, said)


def scheduler_with_timesteps(run: Run) -> Any:
    """A spare scheduler with the timesteps that the pipeline will ask of it."""
    spare, model = run.scheduler(), run.model
    if not model.kind.begins_by_latents and not is_flow_config(model.scheduler_config):
        spare.set_timesteps(run.plan.steps)
        return spare
    # only the pipeline knows its shift for this size: run it up to where it calls its network
    _run_until(run, Task.TEXT_TO_IMAGE, spare, StopBeforeNetwork(), pipeline_arguments(run))
    return spare


def network_calls(run: Run, prompt: str, negative_prompt: str) -> list[Call]:
    """The network's calls of one step, as the pipeline makes them for these words."""
    listen = Listen(run.model.denoiser)
    _run_until(run, run.task, run.scheduler(), listen, pipeline_arguments(run, prompt, negative_prompt))
    return listen.calls


def _run_until(run: Run, task: Task, scheduler: Any, moment: Moment, call: dict[str, Any]) -> None:
    """Run the pipeline until `moment` leaves it; nothing is drawn from the picture's own generator."""
    import torch

    pipeline = run.model.pipeline(task, scheduler)
    with suppress(LeaveLoop), Tap(pipeline, [moment]):
        pipeline(**{**call, "generator": torch.Generator("cpu").manual_seed(0)})


def as_pipeline_takes(run: Run, latents: torch.Tensor) -> torch.Tensor:
    """`latents` as the pipeline takes them."""
    return latents if run.model.traits.takes_packed else run.model.unpack(latents, run.request.extent)


def _inputs(run: Run) -> Inputs:
    start, held = run.start, run.held
    strength = 1.0 if start is None else run.plan.strength
    if start is None and held is not None and run.model.reads.shows_picture:
        start = held.start
    sampling, info = run.request.sampling, run.model.info
    # where none can be asked for, one from another model's settings would guide all the same
    told = sampling if info.capabilities.guidance else info.defaults.sampling
    return Inputs(
        run.request.extent,
        start,
        mask=held.mask if held is not None else None,
        strength=strength,
        guidance=told.guidance,
        guidance_rescale=0.0 if run.guiding is not None else sampling.guidance_rescale,
        class_label=info.class_number(run.request.prompt),
        image_guidance=sampling.image_guidance,
        references=_pictures_read(run),
        reference_weights=tuple(given.weight for given in counted(run.request.references)),
        subjects=_subjects(run),
        layers=sampling.layers,
    )


def _subjects(run: Run) -> tuple[tuple[str, str], ...]:
    return tuple(
        (given.subject.strip(), (given.becomes or given.subject).strip())
        for given in counted(run.request.references)
    )


def _pictures_read(run: Run) -> tuple[Pixels, ...]:
    """References that the model reads by itself."""
    if run.model.info.capabilities.adapters:
        return ()
    pixels = (given.image.pixels for given in counted(run.request.references))
    return tuple(each for each in pixels if each is not None)
