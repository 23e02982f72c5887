"""One picture of a request: the stock pipeline under the tap, then the decoder, then the recipe.

Everything here runs on the helper thread of `engine.diffusion.stream`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Loading, Notice, Step
from engine.api.images import Depth, Pixels, Stack, pixels_hash, read_only
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest
from engine.conditioning.reference import worn
from engine.diffusion.decode import as_bytes, decode, decode_layers, decoded
from engine.diffusion.kept import KeptStep, KeptSteps
from engine.diffusion.latents.depth import DepthSpace, depth_of
from engine.diffusion.latents.film import TransparentSpace
from engine.diffusion.latents.packing import side_by_side
from engine.diffusion.learnt_preview import LearntPreview
from engine.diffusion.reporting import ReportSteps
from engine.diffusion.tap import LeaveLoop, Resume, Tap
from engine.diffusion.tiled_network import vae_in_tiles
from engine.families.modular_run import ModularRun
from engine.memory import in_groups, offloaded
from engine.picture.last_stage import finish
from engine.picture.layered import laid_together
from engine.picture.moments import moments_of
from engine.picture.pipeline_call import pipeline_arguments
from engine.picture.prompts import wear
from engine.picture.recipe import recipe_of
from engine.picture.run import Run
from engine.picture.setup import Emit, IsCancelled
from engine.picture.speed import attention_for, sparse_guidance, tuning_for
from engine.picture.start import Midway, resume_from, start_arguments, start_midway

if TYPE_CHECKING:
    import torch

KEPT = KeptSteps()
"""Steps of the pictures that this process made lately; what a branch goes on from."""

VAE_AT_ONCE_BYTES = 3 << 30
"""Of a canvas that is worked on in tiles: what its autoencoder may take at once, before it is tiled too."""


class Picture:
    """The picture that `run` makes. Make it once."""

    def __init__(self, run: Run) -> None:
        self.run, self.setup, self.image_index = run, run.setup, run.image_index
        self.guidance = sparse_guidance(run)
        self.stopped_at: int | None = None
        """The step after which the artist stopped and kept."""
        self.layers: Stack | None = None
        """What was painted was taken apart into."""
        self.depth: Depth | None = None
        """How near what was painted is, where the model draws that, too."""
        self.makeshifts: list[str] = ["smaller_batch"] if self.setup.relief.one_by_one else []
        self.makeshifts += ["eight_bits"] if self.setup.model.in_eight_bits else []
        self.makeshifts += ["smaller_tiles"] if self.setup.relief.tile_divisor > 1 else []
        """Codes of what was done for want of memory or range and has changed the last bits."""
        self._scheduler: Any = None
        """The one that was used, when it is painted."""

    def make(self, emit: Emit, is_cancelled: IsCancelled) -> None:
        """Emits the picture's events. Raises `Cancelled` or `Overflow` in the midst of it.

        Where memory runs out, what torch raises then, or `OutOfMemory`.
        """
        began = time.monotonic()
        pixels = self.paint(emit, is_cancelled)
        recipe = self.recipe(self.run.request.one_image(self.image_index), pixels, self.stopped_at)
        if self.layers is not None:
            recipe = replace(recipe, layers_sha256=pixels_hash(self.layers))
        if self.depth is not None:
            recipe = replace(recipe, depth_sha256=pixels_hash(self.depth))
        recipe = replace(recipe, seconds=time.monotonic() - began)
        emit(ImageReady(pixels, recipe, self.image_index, layers=self.layers, depth=self.depth))

    def paint(self, emit: Emit, is_cancelled: IsCancelled) -> Pixels:
        """The finished pixels; everything but `ImageReady` is emitted, and raised, as `make` says."""
        import torch

        def note(notice: Notice) -> None:
            self.makeshifts.append(notice.code)
            emit(notice)

        model = self.setup.model
        with (
            torch.inference_mode(),
            vae_in_tiles(self._large_vae),
            self._run(KEPT, emit, emit, is_cancelled) as latents,
        ):
            latents = model.unpack(latents, self.run.request.extent)
            if model.last_stage is not None:
                return self._finish(latents, emit, is_cancelled)
            emit(Loading("decode"))
            tiled = self.setup.relief.tiled_decode
            if isinstance(model.space, TransparentSpace) and model.packing.layered:
                self.layers = decode_layers(model.space, latents[1:], note, tiled)  # the first is the whole
                return laid_together(self.layers, self.run.request.height)
            if isinstance(model.space, DepthSpace):
                both = decoded(model.space.with_depth, latents, self.run.generator, note, tiled)
                self.depth = depth_of((both * 0.5 + 0.5).clamp(0, 1))
                return as_bytes(both[:, :3])
            pixels = decode(model.space, latents, self.run.generator, note, tiled)
            return read_only(pixels[:, -self.run.request.width :])

    def _finish(self, latents: torch.Tensor, emit: Emit, is_cancelled: IsCancelled) -> Pixels:
        """By the model's other stages; from what they make of its latents its previews learn."""
        pixels = finish(self.run, latents, emit, is_cancelled)
        if isinstance(self.setup.preview, LearntPreview):
            self.setup.preview.learn(latents, pixels)
        return pixels

    def recipe(self, request: GenerationRequest, pixels: Pixels, stopped_at: int | None) -> Recipe:
        """Of `pixels`, painted for `request`; without the time that it took."""
        return recipe_of(
            request,
            self.run,
            pixels,
            scheduler=self._scheduler,
            stopped_at=stopped_at,
            makeshifts=self.makeshifts,
        )

    def keep_up_to(self, step: int, emit: Emit, is_cancelled: IsCancelled) -> KeptStep | None:
        """Runs to `step` and gives its state, saying `replay`; None where the picture has fewer steps."""
        store = KeptSteps(limit_bytes=sys.maxsize)
        self.setup.control.stop_after(step)

        def say(event: Step) -> None:
            emit(Loading("replay", event.index / step))

        with self._run(store, emit, say, is_cancelled):
            return store.get(self.run.key, step)

    @contextmanager
    def _run(
        self, store: KeptSteps, emit: Emit, say: Callable[[Step], None], is_cancelled: IsCancelled
    ) -> Iterator[torch.Tensor]:
        """The denoised latents, while the networks are still where they work and can be cancelled."""
        if self.setup.model.first_stage is not None:
            self.run.first_stage.emit, self.run.first_stage.is_cancelled = emit, is_cancelled
            pipeline_arguments(self.run)  # the first to draw from the picture's generator
        _ = self.run.boxes
        _ = self.run.own_map  # draws first, as the stock pipelines do
        midway = start_midway(self.run)  # and this before the pipeline
        resume = self._resume(midway, emit, is_cancelled)
        report = self._report(say)
        with self._pipeline(emit) as pipeline:
            moments = moments_of(self.run, self.guidance, midway, store, report, pipeline.scheduler)
            with Tap(pipeline, moments, is_cancelled, resume):
                self._scheduler = pipeline.scheduler
                yield self._denoise(pipeline, report, resume)

    @property
    def _large_vae(self) -> Any:
        """The autoencoder, where a canvas in tiles is too large for it at once; else None.

        By a fixed measure, not by what is free just now: the same request gives the same pixels.
        """
        model, extent = self.setup.model, self.run.request.extent
        needed = model.info.capabilities.bytes_per_px * extent.width * extent.height
        if model.reads.shows_picture and self.setup.relief.tiled_decode:
            return model.vae  # what it reads is encoded by what will decode: that is said there
        return model.vae if self.run.grid is not None and needed > VAE_AT_ONCE_BYTES else None

    @contextmanager
    def _pipeline(self, emit: Emit) -> Iterator[Any]:
        run, model = self.run, self.setup.model
        wear(model, run.learnt)  # a branch's origin, made again just now, may have worn others
        self._look_through()
        model.wardrobe.tune(tuning_for(run))
        pipeline = model.pipeline(run.task, run.scheduler())
        if isinstance(pipeline, ModularRun):
            pipeline.guiding = run.guiding
        with attention_for(run, emit), self._waiting(pipeline):
            yield pipeline

    def _waiting(self, pipeline: Any) -> AbstractContextManager[None]:
        """Inside, what does not work waits where memory is not short."""
        relief, model = self.setup.relief, self.setup.model
        if not relief.offload:
            return nullcontext()
        return in_groups(model) if relief.in_groups else offloaded(pipeline, model)

    def _look_through(self) -> None:
        loaded = worn(self.run.loaded_references())
        key = self.run.references.key if loaded else ""
        wardrobe = self.setup.model.wardrobe
        form = [[one.adapter.name, one.adapter.weight, one.adapter.scope.value] for one in loaded]
        wardrobe.look_through(key and f"{key} {form}", lambda: tuple(one.adapter for one in loaded))

    def _report(self, say: Callable[[Step], None]) -> ReportSteps:
        model, show, extent = self.setup.model, self.setup.preview, self.run.request.extent

        def preview(clean: torch.Tensor, step: int, total: int) -> torch.Tensor | None:
            assert show is not None
            latents = model.unpack(clean, extent)
            if model.packing.layered:
                latents = side_by_side(latents[1:])
            return show(latents[..., -(latents.shape[-1] // model.packing.columns) :], step, total)

        shown = None if show is None else preview
        return ReportSteps(say, self.setup.control, shown, self.image_index, self.run.plan.total)

    def _denoise(self, pipeline: Any, report: ReportSteps, resume: Resume | None) -> torch.Tensor:
        """The finished latents, or the last estimate where the artist stopped and kept."""
        begins = start_arguments(self.run, resume, pipeline.scheduler)
        try:
            return pipeline(**{**pipeline_arguments(self.run), **begins})[0]
        except LeaveLoop as left:
            if left.latents is not None:
                return left.latents
            self.stopped_at = report.stopped_at
            assert report.clean is not None
            return report.clean

    def _resume(self, midway: Midway | None, emit: Emit, is_cancelled: IsCancelled) -> Resume | None:
        branch = self.run.request.branch
        if branch is None:
            return None if midway is None else midway.resume
        return resume_from(self.run, self._kept(branch, emit, is_cancelled), self.guidance, emit)

    def _kept(self, branch: Branch, emit: Emit, is_cancelled: IsCancelled) -> KeptStep:
        """The branch's step from memory, or made again where memory has it no more.

        At the origin's own speed, so that both are the same.
        """
        key = self.run.key_of_origin(branch)
        kept = KEPT.get(key, branch.step)
        if kept is None:
            speed, setup = branch.origin.speed, self.setup
            if speed is not self.run.request.speed:
                emit(Loading("model"))
                setup = setup.at(speed)
            setup = replace(setup, preview=None, control=Control())
            origin = Picture(Run(branch.origin, branch.image_index, setup, self.run.held))
            kept = origin.keep_up_to(branch.step, emit, is_cancelled)
        if kept is None:
            raise BadRequest("branch.step", f"the picture it branches from has no step {branch.step}")
        KEPT.put(key, kept)
        return kept
