"""One picture of a request: the stock pipeline under the tap, then the decoder, then the recipe.

Everything here runs on the helper thread of `engine.diffusion.stream`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Event, ImageReady, Loading, Notice, Step
from engine.api.images import Pixels, pixels_hash
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest, Speed
from engine.conditioning.control import FollowMaps, LoadedMap
from engine.conditioning.inpaint import SoftMask
from engine.diffusion import schedulers
from engine.diffusion.brownian import NoiseOnProcessor
from engine.diffusion.crowded import UnevenSteps
from engine.diffusion.decode import decode
from engine.diffusion.devices import dtype_for, environment
from engine.diffusion.guidance import GuidanceRescale, OneByOne, SparseGuidance
from engine.diffusion.kept import (
    KeepSteps,
    KeptStep,
    KeptSteps,
    ResumeExactly,
    ResumeNearby,
    key_of,
    step_levels,
)
from engine.diffusion.multistep import LowOrder
from engine.diffusion.preview import Preview
from engine.diffusion.reporting import ReportSteps
from engine.diffusion.start_picture import cover
from engine.diffusion.tap import LeaveLoop, Moment, Resume, Tap
from engine.families.family import Inputs, LoadedModel, Reads, Task
from engine.library.maps import packed_maps
from engine.memory import Relief, offloaded
from engine.models.controls import Controls
from engine.models.learnt import Learnt
from engine.picture_plan import Held, Plan, goes_on_exactly, says_the_same

if TYPE_CHECKING:
    import torch

KEPT = KeptSteps()
"""Steps of the pictures that this process made lately; what a branch goes on from."""

GUIDED_ABOVE, GUIDED_EVERY = 1.0, 2
"""`Speed.FAST`: guidance is computed while noise / signal is above this, then in every second step.

Where noise outweighs the picture its place and weather are still open: carried on too early, they come out
other than asked. In every second step costs as much as in every fourth with passes between, and is nearer.
"""

Embed = Callable[[str], "torch.Tensor"]
"""A prompt as typed to its embedding, 1 x tokens x width, on the model's device."""
Emit = Callable[[Event], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Setup:
    """What all pictures of a request share."""

    model: LoadedModel
    learnt_of: Callable[[GenerationRequest], Learnt]
    """The LoRAs and embeddings of a request; those of a branch's origin may be others."""
    controls_of: Callable[[GenerationRequest], Controls]
    """The networks that read a request's maps; those of a branch's origin may be others."""
    load_controls: Callable[[Controls], tuple[LoadedMap, ...]]
    embedding_with: Callable[[Learnt], Embed]
    """What turns prompts to embeddings while the model wears that."""
    preview: Preview | None
    control: Control
    relief: Relief
    at: Callable[[Speed], Setup]
    """The same model for another speed; loads it where its numbers are kept in another format."""


def wear(model: LoadedModel, learnt: Learnt) -> None:
    """Let `model` wear the LoRAs of `learnt` and no others."""
    model.wear(Learnt(learnt.loras).key, lambda: learnt.worn(model.dtype))


class Picture:
    """Picture `image_index` of `request`. Make it once."""

    def __init__(
        self, request: GenerationRequest, image_index: int, setup: Setup, held: Held | None = None
    ) -> None:
        import torch

        self.request, self.image_index, self.setup, self.held = request, image_index, setup, held
        self.learnt = setup.learnt_of(request)
        self.controls = setup.controls_of(request)
        self.plan = Plan.of(request)
        self.seed = request.seed_of(image_index)
        self.generator = torch.Generator("cpu").manual_seed(self.seed)
        self.store = KEPT
        self.guidance = self._sparse_guidance()
        self.stopped_at: int | None = None
        """The step after which the artist stopped and kept."""
        self.makeshifts: list[str] = ["smaller_batch"] if setup.relief.one_by_one else []
        """Codes of what was done for want of memory or range and has changed the last bits."""
        self.scheduler: Any = None
        """The one that was used, when it is painted."""

    def make(self, emit: Emit, is_cancelled: IsCancelled) -> None:
        """Emits the picture's events. Raises `Cancelled` or `Overflow` in the midst of it.

        Where memory runs out, what torch raises then, or `OutOfMemory`.
        """
        began = time.monotonic()
        pixels = self.paint(emit, is_cancelled)
        recipe = recipe_of(self.request.one_image(self.image_index), self, pixels, self.stopped_at)
        recipe = replace(recipe, seconds=time.monotonic() - began)
        emit(ImageReady(pixels, recipe, self.image_index))

    def paint(self, emit: Emit, is_cancelled: IsCancelled) -> Pixels:
        """The finished pixels; everything but `ImageReady` is emitted, and raised, as `make` says."""
        import torch

        def note(notice: Notice) -> None:
            self.makeshifts.append(notice.code)
            emit(notice)

        with torch.inference_mode():
            resume = self._resume(emit, is_cancelled)
            report = self._report(emit)
            with (
                self._pipeline() as pipeline,
                Tap(pipeline, [*self._moments(), report], is_cancelled, resume),
            ):
                latents = self._denoise(pipeline, report, resume)
                emit(Loading("decode"))
                pixels = decode(pipeline, latents, self.generator, note)
        self.scheduler = pipeline.scheduler
        return pixels

    def keep_up_to(self, step: int, emit: Emit, is_cancelled: IsCancelled) -> KeptStep | None:
        """Runs to `step` and gives its state, saying `replay`; None where the picture has fewer steps."""
        self.store = KeptSteps(limit_bytes=sys.maxsize)
        self.setup.control.stop_after(step)
        resume = self._resume(emit, is_cancelled)
        report = self._report(lambda event: emit(Loading("replay", event.index / step)))
        with (
            self._pipeline() as pipeline,
            Tap(pipeline, [*self._moments(), report], is_cancelled, resume),
        ):
            self._denoise(pipeline, report, resume)
        return self.store.get(self._key, step)

    @property
    def _key(self) -> str:
        model = self.setup.model
        return self._key_of(self.request, self.image_index, str(model.dtype))

    def _key_of(self, request: GenerationRequest, image_index: int, dtype: str) -> str:
        setup = self.setup
        identity = setup.model.identity + setup.learnt_of(request).key + setup.controls_of(request).key
        key = key_of(request, image_index, identity, dtype)
        return f"{key} {self.held.key}" if self.held is not None else key

    @contextmanager
    def _pipeline(self) -> Iterator[Any]:
        wear(self.setup.model, self.learnt)  # a branch's origin, made again just now, may have worn others
        task = Task.TEXT_TO_IMAGE if self.plan.start is None else Task.IMAGE_TO_IMAGE
        pipeline = self.setup.model.pipeline(task, self._scheduler())
        if not self.setup.relief.offload:
            yield pipeline
            return
        with offloaded(pipeline, self.setup.model.device):
            yield pipeline

    def _scheduler(self) -> Any:
        sampling, config = self.request.sampling, self.setup.model.scheduler_config
        return schedulers.build(sampling.scheduler, config, self.seed, sampling.steps)

    def _report(self, emit: Callable[[Step], None]) -> ReportSteps:
        return ReportSteps(emit, self.setup.control, self.setup.preview, self.image_index, self.plan.total)

    @property
    def _is_guided(self) -> bool:
        """As the pipelines decide it: a network distilled for guidance takes the scale as an input."""
        return self.request.sampling.guidance > 1 and self.setup.model.unet.config.time_cond_proj_dim is None

    def _sparse_guidance(self) -> SparseGuidance | None:
        sampling = self.request.sampling
        if not self._is_guided or self.request.speed is not Speed.FAST or sampling.scheduler == "lcm":
            return None  # LCM makes all its noise anew at every step: nothing carries on
        if not self.setup.model.has_stock_batch:
            return None
        spare = self._scheduler()
        spare.set_timesteps(self.plan.steps)
        levels = step_levels(spare)[self.plan.steps - self.plan.total :]
        first = sum(level.ratio > GUIDED_ABOVE for level in levels)
        return SparseGuidance(first, GUIDED_EVERY, sampling.scheduler in schedulers.FOLLOW_ONE_PATH)

    def _moments(self) -> list[Moment]:
        rescale, total = self.request.sampling.guidance_rescale, self.plan.total
        moments: list[Moment] = [NoiseOnProcessor(), UnevenSteps()]
        if self.plan.begins_midway:
            moments.append(LowOrder())
        if self.guidance is not None:
            moments.append(self.guidance)
        if self.controls.found:
            moments.append(self._maps())
        halves = self._is_guided and self.setup.model.has_stock_batch
        if halves and self.setup.relief.one_by_one:
            moments.append(OneByOne())
        if halves and rescale > 0 and not self._pipeline_rescales:
            moments.append(GuidanceRescale(rescale))
        if self.held is not None:
            moments.append(SoftMask(self.held.mask, total, self._encoded_start, self._spared(self.held)))
        return [*moments, KeepSteps(self.store, self._key, self.generator, total, self.guidance)]

    def _maps(self) -> FollowMaps:
        device = self.setup.model.device if self.setup.relief.offload else None
        maps = self.setup.load_controls(self.controls)
        return FollowMaps(maps, self.request.extent, self.plan.total, device)

    @property
    def _pipeline_rescales(self) -> bool:
        return self.plan.start is None and self.setup.model.reads is Reads.LATENTS

    def _spared(self, held: Held) -> int:
        """Steps that the run of the mask passed over at its beginning, in a run of ours that does not."""
        return self.plan.total - min(int(self.plan.steps * held.strength), self.plan.total)

    def _encoded_start(self) -> torch.Tensor:
        """The latents of what is held, in denoiser space: the middle of what the encoder says, no noise."""
        import torch

        assert self.held is not None
        vae = self.setup.model.vae
        pixels = torch.from_numpy(self.held.start.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        encoded = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
        return encoded * vae.config.scaling_factor

    def _denoise(self, pipeline: Any, report: ReportSteps, resume: Resume | None) -> torch.Tensor:
        """The finished latents, or the last estimate where the artist stopped and kept."""
        try:
            return pipeline(**self._call(), **self._beginning(resume, pipeline.scheduler))[0]
        except LeaveLoop:
            self.stopped_at = report.stopped_at
            assert report.clean is not None
            return report.clean

    def _beginning(self, resume: Resume | None, scheduler: Any) -> dict[str, Any]:
        """The latents to begin with, where that is not noise: no step is passed over to put them in."""
        if resume is None or resume.calls > 0:
            return {}
        resume.restore(scheduler)
        spare = self._scheduler()
        spare.set_timesteps(self.plan.steps)
        return {"latents": resume.latents / spare.init_noise_sigma}  # the pipeline multiplies by it

    def _call(self) -> dict[str, Any]:
        """Every argument said: their defaults differ from pipeline to pipeline."""
        request, sampling = self.request, self.request.sampling
        embed = self.setup.embedding_with(self.learnt)
        call = {
            "prompt_embeds": embed(request.prompt),
            "negative_prompt_embeds": embed(request.negative_prompt) if self._is_guided else None,
            "num_inference_steps": self.plan.steps,
            "guidance_scale": sampling.guidance,
            "eta": 0.0,
            "generator": self.generator,
            "output_type": "latent",
            "return_dict": False,
        }
        return {**call, **self.setup.model.arguments(self._inputs())}

    def _inputs(self) -> Inputs:
        start = None
        if self.plan.start is not None:
            assert self.plan.start.pixels is not None
            start = cover(self.plan.start.pixels, self.request.extent)
        elif self.held is not None and self.setup.model.reads is not Reads.LATENTS:
            start = self.held.start
        mask = self.held.mask if self.held is not None else None
        strength = self.plan.strength if self.plan.start is not None else 1.0
        return Inputs(self.request.extent, start, mask, strength, self.request.sampling.guidance_rescale)

    def _resume(self, emit: Emit, is_cancelled: IsCancelled) -> Resume | None:
        branch = self.request.branch
        if branch is None:
            return None
        kept = self._kept(branch, emit, is_cancelled)
        same_noise = self.seed == branch.origin.seed_of(branch.image_index)
        generator = self.generator if same_noise else None
        spare, model = self._scheduler(), self.setup.model
        if goes_on_exactly(self.request):
            if dtype_for(branch.origin.speed, model.device) != model.dtype:
                emit(Notice("approximate_branch", "Another speed: going on with numbers of another format."))
                kept = kept.to(model.dtype)
            if self.guidance is not None and says_the_same(self.request, branch.origin):
                self.guidance.memory = kept.guidance_memory
            return ResumeExactly(kept, spare.order, generator, model.device)
        emit(
            Notice(
                "approximate_branch",
                "Other steps or another scheduler: going on from the nearest noise level.",
            )
        )
        spare.set_timesteps(self.plan.steps)
        return ResumeNearby(kept, spare, generator, model.device, model.dtype)

    def _kept(self, branch: Branch, emit: Emit, is_cancelled: IsCancelled) -> KeptStep:
        """The branch's step from memory, or made again where memory has it no more.

        At the origin's own speed, so that both are the same.
        """
        model, speed = self.setup.model, branch.origin.speed
        key = self._key_of(branch.origin, branch.image_index, str(dtype_for(speed, model.device)))
        kept = KEPT.get(key, branch.step)
        if kept is None:
            if speed is not self.request.speed:
                emit(Loading("model"))
            setup = self.setup if speed is self.request.speed else self.setup.at(speed)
            setup = replace(setup, preview=None, control=Control(), relief=self.setup.relief)
            origin = Picture(branch.origin, branch.image_index, setup, self.held)
            kept = origin.keep_up_to(branch.step, emit, is_cancelled)
        if kept is None:
            raise BadRequest("branch.step", f"the picture it branches from has no step {branch.step}")
        KEPT.put(key, kept)
        return kept


def recipe_of(request: GenerationRequest, picture: Picture, pixels: Pixels, stopped_at: int | None) -> Recipe:
    """What is written into `pixels`, that `picture` made for `request`; without the time that it took."""
    model, makeshifts = picture.setup.model, picture.makeshifts
    return Recipe(
        request=request,
        pixels_sha256=pixels_hash(pixels),
        model_title=model.info.title,
        model_family=model.info.family,
        model_sha256=model.sha256,
        model_licence=model.info.licence,
        learnt=picture.learnt.uses,
        controls=picture.controls.uses,
        maps=packed_maps(request),
        scheduler_class=type(picture.scheduler).__name__,
        scheduler_config=schedulers.plain_config(picture.scheduler),
        environment=environment(model.device, model.dtype),
        stopped_at=stopped_at,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        extra={"makeshifts": list(makeshifts)} if makeshifts else {},
    )
