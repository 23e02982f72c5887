"""What the artist has set for the next picture; `to_request` is the only way from state to engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.state.history import PromptHistory
from desktop.state.observable import Field, Observable
from desktop.state.reading import unlearnt
from desktop.state.reference_places import bound
from desktop.state.reference_reading import read_by
from desktop.state.sizes import carried_over, size_for, snap
from engine.api.errors import BadRequest
from engine.api.form import from_json, to_json
from engine.api.guiders import Guider
from engine.api.images import Extent, ImageInput
from engine.api.learnt import LearntInfo, Lora, words_used
from engine.api.maps import ControlInfo
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo, ReferenceInput
from engine.api.request import MOST_REFERENCES, GenerationRequest, Sampling, Speed, random_seed

if TYPE_CHECKING:
    from engine.library.parameters import Parameters

MOST_SEEN = 4 * MOST_REFERENCES

SAMPLING_FIELDS = (
    "scheduler", "steps", "guidance", "guidance_rescale", "guider", "guidance_start", "guidance_stop",
    "image_guidance", "box_share", "layers",
)  # fmt: skip
"""What a model's defaults decide besides the size and the negative prompt."""


def _number(value: int | float) -> float:
    return float(value)


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, (list, tuple)) else ()


class GenerationState(Observable):
    """The settings of the next picture. Values are checked by `to_request`, not while they are typed."""

    info_known = Signal()
    """The catalog was scanned: there is an `info` of the present model, perhaps another one."""

    model: Field[str] = Field("starter")
    """A name in the catalog; change it with `use_model`, which brings the model's defaults."""
    prompt = Field("")
    negative_prompt = Field("")
    width = Field(512)
    height = Field(512)
    steps = Field(20)
    guidance: Field[float] = Field(7.0, _number)
    guidance_rescale: Field[float] = Field(0.0, _number)
    guider: Field[Guider] = Field(Guider.CFG, Guider)
    guidance_start: Field[float] = Field(0.0, _number)
    guidance_stop: Field[float] = Field(1.0, _number)
    image_guidance: Field[float] = Field(1.5, _number)
    """Counts only where the model can be told."""
    box_share: Field[float] = Field(0.3, _number)
    """Counts only where the model reads places as boxes."""
    layers = Field(4)
    """Counts only where the model takes pictures apart."""
    scheduler = Field("dpmpp_2m")
    strength: Field[float] = Field(0.6, _number)
    """Counts only with a start picture."""
    seed: Field[int] = Field(0)
    seed_locked = Field(False)
    """Unlocked: each `generate` rolls a new seed first, which is shown afterwards."""
    images = Field(1)
    speed: Field[Speed] = Field(Speed.EXACT, Speed)
    vae = Field("")
    """Name of what takes the place of the model's own VAE; empty: its own."""
    image: Field[ImageInput | None] = Field(None)
    """The start picture."""
    loras: Field[tuple[Lora, ...]] = Field(())
    """Worn besides those that the prompt names."""
    styles: Field[tuple[str, ...]] = Field((), _names)
    """Names of styles whose words are put around the prompts."""
    as_typed = Field(False)
    """Whether the model is given words that it never learnt as they stand."""
    references: Field[tuple[ReferenceInput, ...]] = Field(())
    """Pictures to take after; `desktop.state.references` brings them in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history = PromptHistory()
        self.words: tuple[LearntInfo, ...] = ()
        """Learnt words that this model can read; those that the prompts use go into the request."""
        self.controls: tuple[ControlInfo, ...] = ()
        """What reads maps for this model."""
        self.adapters: tuple[AdapterInfo, ...] = ()
        """IP-Adapters for this model."""
        self.info: ModelInfo | None = None
        """The model's entry in the catalog, None before the first scan; see `info_known`."""
        self._seen: list[ImageInput] = []
        """Pictures that were references in this session: one may step back to them."""
        self.changed.connect(self._follow)

    # to the engine

    def to_request(self, *, is_edit: bool = False) -> GenerationRequest:
        """The checked request. Raises `BadRequest` naming the first field that is wrong.

        `is_edit`: a picture is still put into it, so whether the model can do it is for later to check.
        """
        request = GenerationRequest(
            model=self.model,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            width=self.width,
            height=self.height,
            sampling=Sampling(
                scheduler=self.scheduler,
                steps=self.steps,
                guidance=self.guidance,
                guidance_rescale=self.guidance_rescale,
                guider=self.guider,
                guidance_start=self.guidance_start,
                guidance_stop=self.guidance_stop,
                image_guidance=self.image_guidance,
                box_share=self.box_share,
                layers=self.layers,
                strength=self.strength if self.image is not None else 1.0,
                seed=self.seed,
            ),
            images=self.images,
            image=self.image,
            speed=self.speed,
            loras=self.loras,
            styles=self.styles,
            embeddings=words_used((self.prompt, self.negative_prompt), self.words),
            read_as=() if self.as_typed else None,
            references=self.references_read(),
            vae=self.vae,
        ).validated()
        if self.info is not None and not is_edit:
            self.info.check(request)
        return request

    def references_read(self) -> tuple[ReferenceInput, ...]:
        """Those of the references that the present model reads."""
        return read_by(self.references, self.info, self.adapters, self.image is not None)

    @property
    def adds_noise(self) -> bool:
        """True where the sampler draws noise at each step, so that the seed counts after the first too."""
        samplers = self.info.capabilities.schedulers if self.info is not None else ()
        return any(sampler.adds_noise for sampler in samplers if sampler.id == self.scheduler)

    def roll_seed(self) -> None:
        self.seed = random_seed()

    # from the model

    def use_model(self, info: ModelInfo) -> None:
        """Change to the model `info`. What still is at the old model's defaults takes the new one's."""
        old = self.info
        self._take_defaults(info, old)
        self.info = info
        self.model = info.name

    def use_model_defaults(self, info: ModelInfo) -> None:
        """Set everything that `info` recommends, whatever it was before."""
        self.info = info
        self.model = info.name
        self.width, self.height = info.defaults.width, info.defaults.height
        self.negative_prompt = info.defaults.negative_prompt
        for name in SAMPLING_FIELDS:
            setattr(self, name, getattr(info.defaults.sampling, name))

    def knows_model(self, info: ModelInfo) -> None:
        """`info` is the entry of the present model (the catalog was scanned); the settings stay."""
        self.info = info
        self._make_allowed(info)
        self.info_known.emit()

    def set_aspect(self, width: int, height: int) -> None:
        """Proportions `width` to `height` at about the model's own area."""
        if self.info is not None:
            self._set_size(size_for(width / height, self.info))

    def set_size(self, size: Extent) -> None:
        """`size`, or the nearest that the model can."""
        self._set_size(size)
        if self.info is not None:
            self._make_allowed(self.info)

    def _take_defaults(self, info: ModelInfo, old: ModelInfo | None) -> None:
        """What equals its old default was not chosen by the artist, so the new default takes its place."""
        if old is not None:
            untouched = Extent(old.defaults.width, old.defaults.height)
            size = Extent(self.width, self.height)
            self._set_size(
                Extent(info.defaults.width, info.defaults.height)
                if size == untouched
                else carried_over(size, old, info)
            )
            for name in SAMPLING_FIELDS:
                if getattr(self, name) == getattr(old.defaults.sampling, name):
                    setattr(self, name, getattr(info.defaults.sampling, name))
            if self.negative_prompt == old.defaults.negative_prompt:
                self.negative_prompt = info.defaults.negative_prompt
            if info.capabilities.vae_kind != old.capabilities.vae_kind:
                self.vae = ""
        self._make_allowed(info)

    def _make_allowed(self, info: ModelInfo) -> None:
        """Sizes on the model's grid, a scheduler and a guider that it has."""
        multiple = info.capabilities.size_multiple
        self._set_size(Extent(snap(self.width, multiple), snap(self.height, multiple, "height")))
        known = [scheduler.id for scheduler in info.capabilities.schedulers]
        if known and self.scheduler not in known:
            self.scheduler = info.defaults.sampling.scheduler
        own, guiders = info.defaults.sampling, info.capabilities.guiders
        if self.guider not in guiders:
            self.guider = own.guider
        if not guiders:
            self.guidance_start, self.guidance_stop = own.guidance_start, own.guidance_stop

    def _set_size(self, size: Extent) -> None:
        self.width, self.height = size

    # from recipes, files and the draft

    def apply_request(self, request: GenerationRequest) -> None:
        """All settings of `request`, its seed locked so that the same picture can be made.

        The model is changed only where it is the present one's name; see `Studio.take_settings_from`.
        """
        self.prompt, self.negative_prompt = request.prompt, request.negative_prompt
        if request.edited is None:  # an edit is as large as its picture, whatever that is
            self._set_size(request.extent)
        for name in (*SAMPLING_FIELDS, "seed"):
            setattr(self, name, getattr(request.sampling, name))
        self.images, self.speed, self.loras = request.images, request.speed, request.loras
        self.vae = request.vae
        self.styles = () if request.written is not None else request.styles  # their words are in it then
        # their places are the document's: `desktop.state.borrowed_places` brings them there
        self.references = tuple(bound(one, "") for one in request.references if one.image.pixels is not None)
        if request.image is not None and request.edit is None:
            self.strength = request.sampling.strength
            if request.image.pixels is not None:
                self.image = request.image
        else:
            self.image = None
        if self.info is not None and request.read_as is not None:
            reads_as_typed = not request.read_as
            self.as_typed = reads_as_typed and bool(unlearnt(self.info, request.prompt))
        self.seed_locked = True

    def apply_parameters(self, parameters: Parameters) -> None:
        """What another program's recipe says, as far as it says it; the rest stays."""
        self.prompt, self.negative_prompt = parameters.prompt, parameters.negative_prompt
        for name in ("steps", "guidance", "scheduler", "seed", "width", "height", "strength"):
            value = getattr(parameters, name)
            if value is not None:
                setattr(self, name, value)
        self.seed_locked = parameters.seed is not None or self.seed_locked
        if self.info is not None:
            self._make_allowed(self.info)

    def to_draft(self) -> dict[str, Any]:
        """What is restored after a kill: the settings, the start picture by its hash."""
        draft = self.values()
        draft["image"] = self.image.__json__() if self.image is not None else None
        draft["speed"] = self.speed.value
        draft["loras"] = to_json(self.loras)
        draft["styles"] = list(self.styles)
        draft["references"] = to_json(self.references)
        return draft

    def restore_draft(self, draft: dict[str, Any]) -> str:
        """Put `to_draft`'s settings back; returns the hash of their start picture, or ""."""
        for field in self.fields():
            value = draft.get(field.name)
            if field.name in ("image", "loras", "references") or value is None:
                continue
            if type(value) is type(field.default) or field.accept is not None:
                self._restore(field.name, value)
        self.restore_loras(draft.get("loras"))
        self.restore_references(draft.get("references"))
        try:
            image = from_json(ImageInput, draft.get("image"))
        except BadRequest:
            return ""
        return image.sha256

    def restore_loras(self, told: Any) -> None:
        """From JSON; what is no LoRA there is left out with the rest."""
        try:
            self.loras = tuple(from_json(Lora, lora) for lora in told or ())
        except (BadRequest, TypeError):
            pass  # as below

    def restore_references(self, told: Any) -> None:
        """From JSON, with the pictures that this session has seen; the others are still to be loaded."""
        seen = {image.sha256: image for image in self._seen}
        try:
            given = [from_json(ReferenceInput, one) for one in told or ()]
        except (BadRequest, TypeError):
            return  # as below
        self.references = tuple(replace(one, image=seen.get(one.image.sha256, one.image)) for one in given)

    def know_reference(self, image: ImageInput) -> None:
        """The pixels of a reference that was restored without them."""
        given = self.references
        self._seen.append(image)
        self.references = ()  # equal by their hashes: else nobody would hear of the pixels
        self.references = tuple(replace(one, image=image) if one.image == image else one for one in given)

    def _restore(self, name: str, value: Any) -> None:
        try:
            setattr(self, name, value)
        except (ValueError, TypeError):
            pass  # a draft of another version: the default serves

    def _follow(self, name: str) -> None:
        if name == "references":
            new = (one.image for one in self.references if one.image.pixels is not None)
            self._seen = [*self._seen, *(image for image in new if image not in self._seen)][-MOST_SEEN:]
