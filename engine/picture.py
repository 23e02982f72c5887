"""One picture of a request: the stock pipeline under the tap, then the decoder, then the recipe.

Everything here runs on the helper thread of `engine.diffusion.stream`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Event, ImageReady, Loading, Notice, Step
from engine.api.images import Pixels, pixels_hash
from engine.api.other_words import ReadAs
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest, Speed
from engine.conditioning.control import FollowMaps, LoadedMap, MapHints
from engine.conditioning.inpaint import Cells, SoftMask
from engine.conditioning.reference import FollowReferences, LoadedReference
from engine.conditioning.sentences import Call, FollowSentences, Ground, Listen
from engine.diffusion import schedulers
from engine.diffusion.brownian import NoiseOnProcessor
from engine.diffusion.crowded import UnevenSteps
from engine.diffusion.decode import decode
from engine.diffusion.devices import dtype_for, environment
from engine.diffusion.embeddings import Embedding
from engine.diffusion.estimate import noise_level
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.guidance import GuidanceRescale, OneByOne, SparseGuidance
from engine.diffusion.kept import (
    BeginMidway,
    KeepSteps,
    KeptStep,
    KeptSteps,
    ResumeExactly,
    ResumeNearby,
    key_of,
)
from engine.diffusion.multistep import LowOrder
from engine.diffusion.preview import Preview
from engine.diffusion.reporting import ReportSteps
from engine.diffusion.start_picture import cover
from engine.diffusion.tap import EndWithLatents, LeaveLoop, Moment, Resume, StopBeforeNetwork, Tap
from engine.diffusion.tiled_network import Grid, TiledNetwork, coder_in_tiles, with_bounded_shift
from engine.families.family import Inputs, LoadedModel, Reads, Task
from engine.families.words import NEGATIVE, evened
from engine.library.maps import packed_maps
from engine.library.masks import packed_masks
from engine.memory import Relief, offloaded
from engine.models.controls import Controls
from engine.models.learnt import Learnt
from engine.models.references import References
from engine.picture_plan import Held, Plan, goes_on_exactly, says_the_same
from engine.picture_speed import cache_for, sparse_guidance
from engine.picture_words import Said, ground_for

if TYPE_CHECKING:
    import torch

KEPT = KeptSteps()
"""Steps of the pictures that this process made lately; what a branch goes on from."""

CODED_AT_ONCE_BYTES = 3 << 30
"""Of a canvas that is worked on in tiles: what its autoencoder may take at once, before it is tiled too."""

Embed = Callable[[str, bool], Embedding]
"""A prompt as typed, and whether it is the negative one, to its embedding on the model's device."""
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
    references_of: Callable[[GenerationRequest], References]
    """The networks that a request's references are read by; those of a branch's origin may be others."""
    load_references: Callable[[References], tuple[LoadedReference, ...]]
    embedding_with: Callable[[Learnt, Sequence[ReadAs]], Embed]
    """What turns prompts to embeddings while the model wears that, with those words read as others."""
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
        self,
        request: GenerationRequest,
        image_index: int,
        setup: Setup,
        held: Held | None = None,
        grid: Grid | None = None,
    ) -> None:
        """`grid` cuts a canvas that is larger than the network knows into tiles."""
        import torch

        self.request = request = request.worded(image_index)
        self.image_index, self.setup, self.held = image_index, setup, held
        self.grid = grid
        self.learnt = setup.learnt_of(request)
        self.controls = setup.controls_of(request)
        self.references = setup.references_of(request)
        self.plan = Plan.of(request)
        self.said = Said.of(request, self.plan.total)
        self.seed = request.seed_of(image_index)
        self.generator = torch.Generator("cpu").manual_seed(self.seed)
        self.store = KEPT
        self.guidance = self._sparse_guidance()
        self._start: tuple[torch.Tensor, torch.Tensor] | None = None
        """The start picture and the noise on it, where a run begins midway by itself."""
        self.stopped_at: int | None = None
        """The step after which the artist stopped and kept."""
        self.makeshifts: list[str] = ["smaller_batch"] if setup.relief.one_by_one else []
        self.makeshifts += ["smaller_tiles"] if setup.relief.tile_divisor > 1 else []
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

        with torch.inference_mode(), coder_in_tiles(self._coder_too_large):
            resume = self._resume(emit, is_cancelled)
            report = self._report(emit)
            with (
                self._pipeline() as pipeline,
                Tap(pipeline, self._watched(report), is_cancelled, resume),
            ):
                latents = self._denoise(pipeline, report, resume)
                emit(Loading("decode"))
                model = self.setup.model
                latents = model.unpack(latents, self.request.extent)
                pixels = decode(model.space, latents, self.generator, note, self.setup.relief.tiled_decode)
        self.scheduler = pipeline.scheduler
        return pixels

    @property
    def _coder_too_large(self) -> Any:
        """The autoencoder, where a canvas in tiles is too large for it at once; else None.

        By a fixed measure, not by what is free just now: the same request gives the same pixels.
        """
        model, extent = self.setup.model, self.request.extent
        needed = model.info.capabilities.bytes_per_px * extent.width * extent.height
        return model.vae if self.grid is not None and needed > CODED_AT_ONCE_BYTES else None

    def keep_up_to(self, step: int, emit: Emit, is_cancelled: IsCancelled) -> KeptStep | None:
        """Runs to `step` and gives its state, saying `replay`; None where the picture has fewer steps."""
        self.store = KeptSteps(limit_bytes=sys.maxsize)
        self.setup.control.stop_after(step)
        resume = self._resume(emit, is_cancelled)
        report = self._report(lambda event: emit(Loading("replay", event.index / step)))
        with (
            self._pipeline() as pipeline,
            Tap(pipeline, self._watched(report), is_cancelled, resume),
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
        identity += setup.references_of(request).key
        key = key_of(request, image_index, identity, dtype)
        return f"{key} {self.held.key}" if self.held is not None else key

    @contextmanager
    def _pipeline(self) -> Iterator[Any]:
        wear(self.setup.model, self.learnt)  # a branch's origin, made again just now, may have worn others
        self._look_through()
        pipeline = self.setup.model.pipeline(self._task, self._scheduler())
        if not self.setup.relief.offload:
            yield pipeline
            return
        with offloaded(pipeline, self.setup.model.device):
            yield pipeline

    @property
    def _task(self) -> Task:
        begins = self.plan.start is None or self.setup.model.begins_by_latents
        return Task.TEXT_TO_IMAGE if begins else Task.IMAGE_TO_IMAGE

    def _look_through(self) -> None:
        model, loaded = self.setup.model, self._loaded_references()
        form = [[one.adapter.name, one.adapter.weight, one.adapter.scope.value] for one in loaded]
        key = self.references.key and f"{self.references.key} {form}"
        model.look_through(key, lambda: tuple(one.adapter for one in loaded))

    def _loaded_references(self) -> tuple[LoadedReference, ...]:
        return self.setup.load_references(self.references) if self.references.found else ()

    def _scheduler(self) -> Any:
        sampling, config = self.request.sampling, self.setup.model.scheduler_config
        scheduler = schedulers.build(sampling.scheduler, config, self.seed, sampling.steps)
        return scheduler if self.grid is None else with_bounded_shift(scheduler)

    def _report(self, emit: Callable[[Step], None]) -> ReportSteps:
        model, show = self.setup.model, self.setup.preview

        def preview(clean: torch.Tensor, step: int, total: int) -> torch.Tensor | None:
            assert show is not None
            return show(model.unpack(clean, self.request.extent), step, total)

        shown = None if show is None else preview
        return ReportSteps(emit, self.setup.control, shown, self.image_index, self.plan.total)

    @property
    def _is_guided(self) -> bool:
        return self.setup.model.is_guided(self.request.sampling.guidance)

    def _sparse_guidance(self) -> SparseGuidance | None:
        if self.request.speed is Speed.EXACT:
            return None
        if not self.said.is_plain:  # what was said at another step does not carry on
            return None
        return sparse_guidance(self.request, self.setup.model, self.plan, self._scheduler())

    def _moments(self) -> list[Moment]:
        total, can_rescale = self.plan.total, self.setup.model.info.capabilities.guidance_rescale
        rescale = self.request.sampling.guidance_rescale if can_rescale else 0.0
        moments: list[Moment] = [NoiseOnProcessor(), UnevenSteps()]
        if self.plan.begins_midway:
            moments.append(LowOrder())
        if loaded := self._loaded_references():
            thrice = self.setup.model.reads is Reads.PICTURE
            moments.append(FollowReferences(loaded, self._is_guided, thrice))
        if self.guidance is not None:
            moments.append(self.guidance)
        if self.controls.found:
            moments.append(self._maps())
        if self.grid is not None:
            moments.append(TiledNetwork(self.grid))
        if not self.said.is_plain:
            moments.append(self._sentences())
        elif self.grid is None and (cache := self._cache()) is not None:
            moments.append(cache)
        halves = self._is_guided and self.setup.model.has_stock_batch
        if halves and self.setup.relief.one_by_one:
            moments.append(OneByOne())
        if halves and rescale > 0 and not self._pipeline_rescales:
            moments.append(GuidanceRescale(rescale))
        if self.held is not None:
            mask = SoftMask(self.held.mask, total, self._encoded_start, self._spared(self.held), self._cells)
            if self._start is not None:
                mask.at_start(*self._start)
            moments.append(mask)
        return [*moments, KeepSteps(self.store, self._key, self.generator, total, self.guidance)]

    def _cache(self) -> Moment | None:
        return cache_for(self.request, self.setup.model, self.plan, self.guidance, self.setup.relief)

    def _maps(self) -> FollowMaps:
        device = self.setup.model.device if self.setup.relief.offload else None
        maps = self.setup.load_controls(self.controls)
        model = self.setup.model
        hints = MapHints(self.request.extent, model.space, model.packing, self.generator)
        return FollowMaps(maps, hints, self.plan.total, device)

    def _sentences(self) -> FollowSentences:
        model = self.setup.model
        return FollowSentences(
            self.said.voices,
            self.said.negative,
            {pair: self._rehearsed(*pair) for pair in self.said.pairs},
            is_guided=self._is_guided,
            has_stock_batch=model.has_stock_batch,
            one_by_one=self.setup.relief.one_by_one,
            cells=self._cells,
            ground=self._ground(),
        )

    def _ground(self) -> Ground | None:
        """What regions see around themselves in the first steps of a picture that is made from nothing."""
        if self.plan.start is not None or self.held is not None:
            return None
        extent, scheduler = self.request.extent, self._scheduler()
        return ground_for(self.said, self.setup.model, extent, scheduler, self.plan.steps, self.seed)

    def _rehearsed(self, prompt: str, negative_prompt: str) -> list[Call]:
        """The network's calls of one step, as the pipeline makes them for these words."""
        import torch

        pipeline = self.setup.model.pipeline(self._task, self._scheduler())
        listen = Listen(self.setup.model.unet)
        spare = torch.Generator("cpu").manual_seed(0)
        with suppress(LeaveLoop), Tap(pipeline, [listen]):
            pipeline(**{**self._call(prompt, negative_prompt), "generator": spare})
        return listen.calls

    def _watched(self, report: ReportSteps) -> list[Moment]:
        moments = [*self._moments(), report]
        if self.setup.model.ends_in_pixels:
            moments.append(EndWithLatents(self.plan.total))
        return moments

    @property
    def _cells(self) -> Cells | None:
        model, extent = self.setup.model, self.request.extent
        if not model.packing.patch:
            return None
        cell = model.space.cell_px
        return Cells(model.space.channels, extent.height // cell, extent.width // cell, model.packing)

    @property
    def _skipped(self) -> int:
        """Steps of the schedule before the first that is run, where the pipeline does not know of them."""
        is_midway = self.setup.model.begins_by_latents and self.plan.start is not None
        return self.plan.steps - self.plan.total if is_midway else 0

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
        model = self.setup.model
        pixels = torch.from_numpy(self.held.start.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        return model.packing.pack(model.space.encode(pixels))

    def _denoise(self, pipeline: Any, report: ReportSteps, resume: Resume | None) -> torch.Tensor:
        """The finished latents, or the last estimate where the artist stopped and kept."""
        try:
            return pipeline(**{**self._call(), **self._beginning(resume, pipeline.scheduler)})[0]
        except LeaveLoop as left:
            if left.latents is not None:
                return left.latents
            self.stopped_at = report.stopped_at
            assert report.clean is not None
            return report.clean

    def _beginning(self, resume: Resume | None, scheduler: Any) -> dict[str, Any]:
        """The latents to begin with, where that is not noise: no step is passed over to put them in."""
        if resume is None:
            return {}
        if not self.setup.model.takes_latents:
            return {}  # it takes no latents, and at the full strength the start picture is all but gone
        if resume.calls > 0:
            # nothing is drawn for a beginning that nobody sees, as the stock image-to-image pipelines do not
            return {"latents": self._as_given(resume.latents)} if resume.skipped else {}
        resume.restore(scheduler)
        # the pipeline multiplies by it
        scale = getattr(self._with_schedule(), "init_noise_sigma", 1.0)
        return {"latents": self._as_given(resume.latents / scale)}

    def _as_given(self, latents: torch.Tensor) -> torch.Tensor:
        """`latents` as the pipeline takes them."""
        model = self.setup.model
        return latents if model.takes_packed else model.unpack(latents, self.request.extent)

    def _call(self, prompt: str | None = None, negative_prompt: str | None = None) -> dict[str, Any]:
        """Every argument said: their defaults differ from pipeline to pipeline.

        Without words it is what is said at the first step.
        """
        first = self.said.first
        embed = self.setup.embedding_with(self.learnt, self.request.read_as or ())
        positive = embed(first[0] if prompt is None else prompt, False)
        negative: Embedding = {}
        if self._is_guided:
            negative = embed(first[1] if negative_prompt is None else negative_prompt, True)
            if self.setup.model.info.capabilities.long_prompts:
                positive, negative = evened(positive, negative, lambda: embed("", False))
        call = {
            **positive,
            **{f"{NEGATIVE}{name}": tensor for name, tensor in negative.items()},
            "num_inference_steps": self.plan.steps,
            "generator": self.generator,
            "output_type": "latent",
            "return_dict": False,
        }
        model = self.setup.model
        return model.finished_call({**call, **model.arguments(self._inputs())})

    def _inputs(self) -> Inputs:
        start = None
        if self.plan.start is not None:
            assert self.plan.start.pixels is not None
            start = cover(self.plan.start.pixels, self.request.extent)
        elif self.held is not None and self.setup.model.reads is not Reads.LATENTS:
            start = self.held.start
        mask = self.held.mask if self.held is not None else None
        strength = self.plan.strength if self.plan.start is not None else 1.0
        sampling = self.request.sampling
        return Inputs(
            self.request.extent,
            start,
            mask,
            strength,
            sampling.guidance,
            sampling.guidance_rescale,
            self.setup.model.info.class_number(self.request.prompt),
            sampling.image_guidance,
            self._pictures_read(),
        )

    def _pictures_read(self) -> tuple[Pixels, ...]:
        """References that the model reads by itself."""
        if self.setup.model.info.capabilities.adapters:
            return ()
        pixels = (given.image.pixels for given in self.request.references if given.weight != 0)
        return tuple(each for each in pixels if each is not None)

    def _resume(self, emit: Emit, is_cancelled: IsCancelled) -> Resume | None:
        self._start = None
        branch, midway = self.request.branch, self._begin_midway()
        if branch is None:
            return midway
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
            return ResumeExactly(kept, spare.order, generator, model.device, self._skipped)
        emit(
            Notice(
                "approximate_branch",
                "Other steps or another scheduler: going on from the nearest noise level.",
            )
        )
        spare = self._with_schedule()
        return ResumeNearby(kept, spare, generator, model.device, model.dtype)

    def _begin_midway(self) -> BeginMidway | None:
        """The start picture with the noise of the first step that is run; None where the pipeline does it."""
        import torch

        model = self.setup.model
        if not model.begins_by_latents or self.plan.start is None or self.plan.start.pixels is None:
            return None
        pixels = torch.from_numpy(cover(self.plan.start.pixels, self.request.extent).copy())
        clean = model.space.encode(pixels.permute(2, 0, 1)[None].float() / 127.5 - 1, self.generator)
        clean = clean.float() if model.in_float32 else clean
        noise = torch.randn(clean.shape, generator=self.generator, dtype=clean.dtype).to(clean.device)
        clean, noise = model.packing.pack(clean), model.packing.pack(noise)
        self._start = (clean, noise)
        scheduler = self._with_schedule()
        call = self._skipped * scheduler.order
        timestep = scheduler.timesteps[call:][:1]
        if hasattr(scheduler, "scale_noise"):
            scheduler.set_begin_index(call)
            latents = scheduler.scale_noise(clean, timestep, noise)
        else:
            if hasattr(scheduler, "_step_index"):
                scheduler._step_index = call
            level = noise_level(scheduler, timestep[0])
            latents = level.alpha * clean + level.sigma * noise
        return BeginMidway(self._skipped, scheduler.order, latents)

    def _with_schedule(self) -> Any:
        """A spare scheduler with the timesteps that the pipeline will ask of it."""
        spare = self._scheduler()
        model = self.setup.model
        if not model.begins_by_latents and not is_flow_config(model.scheduler_config):
            spare.set_timesteps(self.plan.steps)
            return spare
        import torch

        # only the pipeline knows its shift for this size: run it up to where it calls its network
        pipeline = model.pipeline(Task.TEXT_TO_IMAGE, spare)
        asked = {**self._call(), "generator": torch.Generator("cpu").manual_seed(0)}
        with suppress(LeaveLoop), Tap(pipeline, [StopBeforeNetwork()]):
            pipeline(**asked)
        return spare

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
        references=picture.references.uses,
        maps=packed_maps(request),
        masks=packed_masks(request) if request.regions else {},
        scheduler_class=type(picture.scheduler).__name__,
        scheduler_config=schedulers.plain_config(picture.scheduler),
        environment=environment(model.device, model.dtype),
        stopped_at=stopped_at,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        extra={"makeshifts": list(makeshifts)} if makeshifts else {},
    )
