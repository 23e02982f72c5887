"""What all pictures of a request share: the model in memory, and what is found beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.events import Event
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, Speed
from engine.conditioning.control import LoadedMap
from engine.conditioning.reference import LoadedReference
from engine.diffusion.devices import dtype_for
from engine.diffusion.preview import Preview
from engine.families.loaded_model import LoadedModel
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.named.controls import Controls, controls_of
from engine.models.named.learnt import Learnt, learnt_of
from engine.models.named.references import References, references_of
from engine.models.named.vaes import FoundVae
from engine.networks.maps import hole_told

if TYPE_CHECKING:
    import torch

Emit = Callable[[Event], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Setup:
    """Of one request; a branch's origin, made again with it, may wear and follow other things."""

    info: ModelInfo
    models: Models
    model: LoadedModel
    """`info`, loaded in the number format of the request's speed."""
    control: Control
    relief: Relief
    preview: Preview | None = None
    """None where the steps are said without pictures."""
    vae: FoundVae | None = None
    """What takes the place of the model's own."""

    def at(self, speed: Speed) -> Setup:
        """The same model for another speed; loads it where its numbers are kept in another format."""
        may_pack = self.relief.eight_bits and speed is not Speed.EXACT
        relief, dtype = replace(self.relief, eight_bits=may_pack), dtype_for(speed, self.models.device)
        return replace(self, model=_loaded(self.models, self.info, dtype, relief, self.vae))

    def under(self, relief: Relief) -> Callable[[], Setup]:
        """Makes the same where memory is short in that way; loads the model if it is kept otherwise then.

        Holds nothing of this one: both forms of the model at once might not fit.
        """
        info, models, dtype = self.info, self.models, self.model.dtype
        control, preview, vae = self.control, self.preview, self.vae

        def make() -> Setup:
            model = _loaded(models, info, dtype, relief, vae)
            return Setup(info, models, model, control, relief, preview, vae)

        return make

    def learnt_of(self, request: GenerationRequest) -> Learnt:
        """Its LoRAs and embeddings, and the LoRA by which it reads a map."""
        learnt = learnt_of(request, self.info, self.models.catalog)
        control = self.controls_of(request).lora if request.maps else None
        return learnt if control is None else replace(learnt, control=control)

    def controls_of(self, request: GenerationRequest) -> Controls:
        """The networks that read its maps."""
        return controls_of(request, self.info, self.models.catalog)

    def load_controls(self, controls: Controls) -> tuple[LoadedMap, ...]:
        networks = self.models.load_controls(controls, self.model.dtype)
        return tuple(
            LoadedMap(found.map, found.info.type, network, hole_told(found.info.path))
            for found, network in zip(controls.found, networks, strict=True)
        )

    def references_of(self, request: GenerationRequest) -> References:
        """The networks that read its references."""
        return references_of(request, self.info, self.models.catalog)

    def load_references(self, references: References) -> tuple[LoadedReference, ...]:
        return self.models.load_references(references, self.model.dtype)


def _loaded(
    models: Models, info: ModelInfo, dtype: torch.dtype, relief: Relief, vae: FoundVae | None
) -> LoadedModel:
    model = models.load(info, dtype, eight_bits=relief.eight_bits, outside=relief.offload)
    models.exchange_vae(model, vae)
    return model
