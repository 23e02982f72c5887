"""A run of the denoising loop, as it is known before the first step."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from engine.api.errors import BadRequest
from engine.api.guiders import WITH_A_WORSE
from engine.api.images import Pixels
from engine.api.other_words import as_read
from engine.api.request import Branch, GenerationRequest
from engine.conditioning.boxes import FollowBoxes, boxed, shown_in, with_pictures
from engine.conditioning.inpaint import Cells
from engine.conditioning.own_map import ReadOwnMap, ReadOwnMask
from engine.conditioning.reference import LoadedReference
from engine.diffusion import schedulers
from engine.diffusion.devices import dtype_for
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.guiding import Guiding, layers_of
from engine.diffusion.kept import key_of
from engine.diffusion.start_picture import cover, stretched
from engine.diffusion.tiled_network import Grid, with_bounded_shift
from engine.families.family import Task
from engine.families.pictured_boxes import PARTS, seen_in
from engine.models.named.controls import Controls
from engine.models.named.learnt import Learnt
from engine.models.named.references import References
from engine.networks.maps import OwnMap
from engine.picture.first_stage import FirstStage, plainly
from engine.picture.plan import Held, Plan
from engine.picture.setup import Setup
from engine.picture.words import Said


class Run:
    """The run that makes picture `image_index` of `request`: plan, words, seed, and what joins the model."""

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
        self.image_index, self.setup, self.held, self.grid = image_index, setup, held, grid
        self.model = setup.model
        self.learnt = setup.learnt_of(request)
        self.controls = setup.controls_of(request)
        self.references = setup.references_of(request)
        self.plan = Plan.of(request)
        self.said = Said.of(request, self.plan.total, self.model.kind.in_boxes)
        self.seed = request.seed_of(image_index)
        self.generator = torch.Generator("cpu").manual_seed(self.seed)
        worn = self.learnt.key_beside(self.model.denoiser_part)
        self.first_stage = FirstStage(self.model, worn, self.seed, self.generator)

    @cached_property
    def key(self) -> str:
        """Of its kept steps."""
        dtype = str(self.model.dtype)
        return self._key(self.request, self.image_index, dtype, self.learnt, self.controls, self.references)

    def key_of_origin(self, branch: Branch) -> str:
        """Of the kept steps of the picture that this one goes on from."""
        origin, setup = branch.origin, self.setup
        dtype = str(dtype_for(origin.speed, self.model.device))
        read = setup.learnt_of(origin), setup.controls_of(origin), setup.references_of(origin)
        return self._key(origin, branch.image_index, dtype, *read)

    def _key(
        self,
        request: GenerationRequest,
        image_index: int,
        dtype: str,
        learnt: Learnt,
        controls: Controls,
        references: References,
    ) -> str:
        identity = self.model.identity + learnt.key + controls.key + references.key
        key = key_of(request, image_index, identity, dtype)
        return f"{key} {self.held.key}" if self.held is not None else key

    @cached_property
    def own_map(self) -> ReadOwnMap | None:
        """What lets the model read its map by itself; asked the first time before noise is drawn."""
        given, model = self.controls.own, self.model
        form = OwnMap.LATENTS if self.controls.lora is not None else model.kind.own_map
        if given is None or form is None:
            return None
        return ReadOwnMap(
            given, form, self.request.extent, model.space, model.packing, self.generator
        )  # fmt: skip

    @cached_property
    def own_mask(self) -> ReadOwnMask | None:
        """The same of a mask and what it holds; without one all is painted anew."""
        if not self.model.kind.reads_beside:
            return None
        extent, held = self.request.extent, self.held
        nothing = np.zeros((extent.height, extent.width, 3), np.uint8)
        everywhere = np.full((extent.height, extent.width), 255, np.uint8)
        start, mask = (nothing, everywhere) if held is None else (held.start, held.mask)
        return ReadOwnMask(start, mask, self.model.space, self.model.kind.widens_mask)

    @cached_property
    def boxes(self) -> FollowBoxes | None:
        """What tells the network of places as boxes; asked the first time before the networks take turns."""
        held = int(self.request.sampling.box_share * self.plan.total)
        pictured = self.model.kind.box_pictures
        places = boxed(self.said.boxed, self._phrase_by_phrase if pictured else self._phrases) if held else ()
        if pictured and held:
            shown = shown_in(self.request.references, self.request.extent)
            places = with_pictures(places, shown, self._seen)
        return FollowBoxes(places, held, self.is_guided, self.grid, pictured) if places else None

    def _seen(self, pictures: list[Pixels]) -> Any:
        """What the network is told of each of `pictures`, N x D."""
        import torch

        model = self.model
        with model.finishing(keep_denoiser=True), torch.inference_mode():
            encoder, project = map(model.later, PARTS)
            return seen_in(encoder, project, pictures)

    def _phrase_by_phrase(self, texts: list[str]) -> Any:
        """The same, each read by itself, as those are beside pictures."""
        import torch

        return torch.cat([self._phrases([text]) for text in texts])

    def _phrases(self, texts: list[str]) -> Any:
        """What the text encoder makes of each of `texts` as a whole, N x D."""
        import torch

        model, read_as = self.model, self.request.read_as or ()
        encoder = model.text_encoder()
        read = model.tokenizer(
            [plainly(as_read(text, read_as)) for text in texts],
            padding=True, truncation=True, return_tensors="pt",
        ).to(model.device)  # fmt: skip
        with model.reading(), torch.inference_mode():
            return encoder(**read).pooler_output

    @cached_property
    def start(self) -> Pixels | None:
        """The start picture, H x W x 3 of the request's size."""
        given = self.plan.start
        if given is None or given.pixels is None:
            return None
        fitted = stretched if self.model.info.capabilities.whole_pictures else cover
        return fitted(given.pixels, self.request.extent)

    @property
    def task(self) -> Task:
        begins = self.plan.start is None or self.model.kind.begins_by_latents
        return Task.TEXT_TO_IMAGE if begins else Task.IMAGE_TO_IMAGE

    @property
    def is_guided(self) -> bool:
        return self.model.is_guided(self.request.sampling.guidance)

    @cached_property
    def guiding(self) -> Guiding | None:
        """None where what the words add is added as it is, in every step: pipelines do that by themselves."""
        sampling, able = self.request.sampling, self.model.info.capabilities
        if sampling.is_guided_plainly or not self.is_guided or sampling.guider not in able.guiders:
            return None
        layers = ("", ())
        if sampling.guider in WITH_A_WORSE:
            layers = layers_of(self.model.denoiser, self.model.traits.disturbed)
            if not layers[1]:
                why = (
                    f"{sampling.guider} disturbs layers that {self.model.info.title} has not; choose another"
                )
                raise BadRequest("guider", why, problem="no_guider")
        return Guiding(
            sampling.guider, sampling.guidance, sampling.guidance_rescale if able.guidance_rescale else 0.0,
            sampling.guidance_start, sampling.guidance_stop, is_flow_config(self.model.scheduler_config),
            layers, self.model.traits.skips_layers,
        )  # fmt: skip

    @property
    def cells(self) -> Cells | None:
        """Where the scheduler keeps latents otherwise than as 1 x C x h x w."""
        model, extent = self.model, self.request.extent
        if model.packing.is_plain:
            return None
        cell = model.space.cell_px
        return Cells(model.space.channels, extent.height // cell, extent.width // cell, model.packing)

    @property
    def skipped(self) -> int:
        """Steps of the schedule before the first that is run, where the pipeline does not know of them."""
        is_midway = self.model.kind.begins_by_latents and self.plan.start is not None
        return self.plan.steps - self.plan.total if is_midway else 0

    def scheduler(self) -> Any:
        """A new one, without its timesteps."""
        sampling = self.request.sampling
        scheduler = schedulers.build(
            sampling.scheduler, self.model.scheduler_config, self.seed, sampling.steps
        )
        if self.model.packing.as_tokens and self.held is not None and self.held.mask.min() < 255:
            scheduler.decide_evenly()
        return scheduler if self.grid is None else with_bounded_shift(scheduler)

    def loaded_references(self) -> tuple[LoadedReference, ...]:
        return self.setup.load_references(self.references) if self.references.found else ()
