"""What a model file is and can do, known from its header before a weight is loaded."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.guiders import WITH_A_WORSE, Guider
from engine.api.images import Extent
from engine.api.learnt import LearntKind
from engine.api.maps import MapKind
from engine.api.prompt_steps import sentences
from engine.api.reference_checks import check_references
from engine.api.request import GenerationRequest, Sampling


class Layout(enum.StrEnum):
    """How a model lies on disk."""

    BUILT_IN = "built-in"
    """No file at all (`toy`)."""
    DIFFUSERS = "diffusers"
    """A folder with `model_index.json`."""
    SINGLE_FILE = "single-file"
    """One `.safetensors` file in the original key layout."""


@dataclass(frozen=True)
class SchedulerInfo:
    id: str
    label: str
    """The name that artists know, e.g. "DPM++ 2M Karras"; not translated."""
    adds_noise: bool = False
    """True where it draws noise at each step: from one step on, another seed is another picture."""


@dataclass(frozen=True)
class Capabilities:
    """What the panels may offer for this model."""

    schedulers: tuple[SchedulerInfo, ...] = ()
    size_multiple: int = 8
    image_to_image: bool = True
    inpainting: bool = False
    """True where the network was made to fill masks and is told them at every step."""
    needs_picture: bool = False
    """True where it follows a picture and cannot begin without one."""
    redraws: bool = False
    """True where that is drawn again, finer: it refines enlarged pictures, too."""
    maps: bool = False
    """True where it follows maps: by ControlNets and T2I-Adapters beside its network, or by its own."""
    own_maps: tuple[MapKind, ...] = ()
    """What its own network reads, in channels of its own, as far as its name tells; empty: nothing."""
    needs_map: bool = False
    """True where it follows a map and cannot begin without one."""
    draws_own_map: bool = False
    """True where it draws that by itself of a start picture."""
    adapters: bool = False
    """True where IP-Adapters can be put into its network."""
    most_adapters: int | None = None
    """How many at once; None: as many as one likes."""
    reference_scopes: bool = True
    """True where an adapter can take over style or composition alone."""
    references: int = 0
    """How many reference pictures it reads by itself, without an adapter."""
    weighs_references: bool = False
    """True where those can count more or less, as whose weight says."""
    narrowest_reference: int | None = None
    """How many times as long as wide those may be; None: as one likes."""
    reference_or_words: bool = False
    """True where it draws after one of those or from words, and not from both at once."""
    subjects: bool = False
    """True where a word has to say what of each reference counts."""
    needs_reference: bool = False
    """True where it draws nothing without one."""
    negative_prompt: bool = True
    guidance: bool = True
    guidance_rescale: bool = True
    guiders: tuple[Guider, ...] = ()
    """How what the words add can be added; empty: as it is, in every step."""
    image_guidance: bool = False
    """True where it can be told how closely to keep to its picture."""
    draws_depth: bool = False
    """True where it draws beside the colours how near everything is."""
    layers: bool = False
    """True where it takes a picture apart into layers."""
    whole_pictures: bool = False
    """True where it is given whole pictures, and changes no part of one."""
    reference_pairs: bool = False
    """True where its references are pairs, before and after, by which it is shown what to do."""
    prompt_weights: bool = True
    long_prompts: bool = True
    """True where prompts beyond `prompt_tokens` are read in chunks of as many."""
    regions: bool = True
    """True where places can have sentences of their own, and `AND` can join sentences."""
    boxes: bool = False
    """True where a place counts by the box around it, whose sentence the network is told as what is there."""
    box_pictures: bool = False
    """True where a reference that is bound to a place is the picture of its box, and one that is bound to
    none is of all of the picture, or of its style."""
    embeddings: bool = True
    """True where it reads learnt words (textual inversion)."""
    prompt: bool = True
    """False where it draws without words."""
    fixed_size: bool = False
    """True where it draws pictures of its own size only."""
    refines: bool = True
    """False where it cannot draw a large picture tile by tile, since something it is told is of the whole."""
    refines_apart: bool = False
    """True where it does so by another pipeline, which asks for nothing that its own one does."""
    classes: tuple[str, ...] = ()
    """What it can draw, where it is asked by a class instead of a sentence; the prompt is one of them."""
    bytes_per_px: int = 0
    """Memory that a working pixel costs while it is encoded or decoded, roughly."""
    vae_kind: str = ""
    """As `engine.api.vae.vae_kind` says it; another VAE of the same kind can take the place of its own.
    Empty: it has none, or none that can be exchanged."""
    word_width: int = 0
    """Numbers of a vector of a learnt word, over all its text encoders; 0: it reads none."""
    learns: tuple[LearntKind, ...] = ()
    """What Lienzo can teach it."""
    prompt_tokens: int | None = None
    """How many tokens of a prompt the model reads at once, start and end marks not counted."""

    @property
    def draws_after_reference(self) -> bool:
        """True where a reference is enough, without words."""
        return self.needs_reference or self.weighs_references or self.reference_or_words


@dataclass(frozen=True)
class Defaults:
    """What the model's makers (or its family) recommend."""

    width: int = 512
    height: int = 512
    sampling: Sampling = field(default_factory=Sampling)
    negative_prompt: str = ""


@dataclass(frozen=True)
class Part:
    """One network of a model."""

    name: str
    """As diffusers calls it: unet, vae, text_encoder, ..."""
    class_name: str
    parameters: int
    bytes: int
    dtype: str
    exact: int = 0
    """Of the parameters those that keep 32 bits where all others have 16."""
    exact_in_half: int = 0
    """And those that do so only where the others are float16, not bfloat16."""


@dataclass(frozen=True)
class ModelInfo:
    """One entry of the catalog."""

    name: str
    """Unique in the catalog; what `GenerationRequest.model` holds."""
    title: str
    """For people."""
    family: str
    """The id of the `engine.families` file, e.g. `stable_diffusion`."""
    variant: str = ""
    """Which member of the family, e.g. "SD 1.x, v-prediction"."""
    version: str = ""
    """Of the family, where it is known, e.g. "SD 1.x"; the same in every language."""
    layout: Layout = Layout.BUILT_IN
    path: Path | None = None
    parts: tuple[Part, ...] = ()
    beside: tuple[Path, ...] = ()
    """What it is put together of beside its own file: weight files, tokenizers' folders."""
    bytes: int = 0
    licence: str = ""
    """As the model says; empty means that it does not say."""
    description: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """`description` in other languages, by their codes."""
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A few prompts that it draws well, by the codes of their languages."""
    prediction_type: str = ""
    zero_terminal_snr: bool = False
    capabilities: Capabilities = field(default_factory=Capabilities)
    defaults: Defaults = field(default_factory=Defaults)
    extra: Mapping[str, Json] = field(default_factory=dict)

    def request(self, prompt: str = "", **changes: object) -> GenerationRequest:
        """A request with this model's own defaults, varied by `changes` to its fields."""
        values: dict[str, object] = {
            "width": self.defaults.width,
            "height": self.defaults.height,
            "sampling": self.defaults.sampling,
            "negative_prompt": self.defaults.negative_prompt,
            **changes,
        }
        return GenerationRequest(model=self.name, prompt=prompt, **values)  # type: ignore[arg-type]

    def class_number(self, prompt: str) -> int:
        """The class that `prompt` names or numbers; 0 where classes do not stand for prompts.

        Raises `BadRequest` with the names that are near.
        """
        classes = self.capabilities.classes
        if not classes:
            return 0
        wanted = prompt.strip().casefold()
        for number, name in enumerate(classes):
            if wanted in (name.casefold(), str(number), *map(str.strip, name.casefold().split(","))):
                return number
        near = get_close_matches(wanted, [name.casefold() for name in classes], 5, 0.4)
        hint = f"near are: {'; '.join(near)}" if near else f"the first are: {'; '.join(classes[:5])}"
        why = f"{prompt[:60]!r} is none of the {len(classes)} classes; {hint}"
        raise BadRequest("prompt", why, problem="no_class")

    @property
    def own_extent(self) -> Extent:
        return Extent(self.defaults.width, self.defaults.height)

    def extent_for(self, aspect: float) -> Extent:
        """Of proportions `aspect` (width / height), with about as many pixels as it draws best."""
        area, multiple = self.defaults.width * self.defaults.height, self.capabilities.size_multiple
        sides = math.sqrt(area * aspect), math.sqrt(area / aspect)
        return Extent(*(max(multiple, round(side / multiple) * multiple) for side in sides))

    def check(self, request: GenerationRequest) -> None:
        """Raises `BadRequest` where this model cannot do what `request` asks."""
        multiple = self.capabilities.size_multiple
        is_worked_on_in_parts = request.edited is not None or request.upscale is not None
        for name in () if is_worked_on_in_parts else ("width", "height"):
            value = getattr(request, name)
            if value % multiple:
                near = max(multiple, round(value / multiple) * multiple)
                reason = f"must be a multiple of {multiple} for {self.title}; {near} is near"
                raise BadRequest(name, reason, multiple=multiple, near=near)
        self.class_number(request.prompt)
        if request.upscale is not None and request.upscale.refine:
            self.check_can_refine()
        elif self.capabilities.fixed_size and request.edited is None and request.extent != self.own_extent:
            raise BadRequest("width", f"{self.title} draws pictures of {self.own_extent} only")
        known = [scheduler.id for scheduler in self.capabilities.schedulers]
        if request.sampling.scheduler not in known:
            raise BadRequest("scheduler", f"{request.sampling.scheduler!r} is not one of: {', '.join(known)}")
        if request.edited is not None:
            self.check_can_edit()
        if request.image is not None and not self.capabilities.image_to_image:
            raise BadRequest("image", f"{self.title} cannot start from a picture")
        if request.maps and not self.capabilities.maps:
            raise BadRequest("maps", f"{self.title} cannot follow maps", problem="no_maps")
        if request.regions and not self.capabilities.regions:
            reason = f"{self.title} cannot follow sentences for places"
            raise BadRequest("regions", reason, problem="no_regions")
        if not self.capabilities.regions and self.capabilities.prompt and not self.capabilities.classes:
            self._check_joined(request)
        self._check_guider(request)
        check_references(request, self.title, self.capabilities)
        shown = request.image is not None or bool(request.references and self.capabilities.references)
        if self.capabilities.needs_picture and not shown and request.branch is None:
            why = f"is missing; {self.title} changes pictures, so give it one"
            raise BadRequest("image", why, problem="no_picture")

    def _check_guider(self, request: GenerationRequest) -> None:
        sampling, known = request.sampling, self.capabilities.guiders
        if sampling.is_guided_plainly or sampling.guider in known:
            if sampling.guider in WITH_A_WORSE and (request.regions or len(sentences(request.prompt)) > 1):
                why = f"{sampling.guider} asks the network with one sentence; choose another for several"
                raise BadRequest("guider", why, problem="guider_of_one")
            return
        named = ", ".join(known) or "plain guidance in every step"
        raise BadRequest(
            "guider", f"{sampling.guider} is nothing that {self.title} can be guided by: it takes {named}",
            problem="no_guider",
        )  # fmt: skip

    def _check_joined(self, request: GenerationRequest) -> None:
        joined = sentences(request.prompt)
        if len(joined) > 1:
            start = joined[0].end
            raise BadRequest(
                "prompt",
                f"joins sentences by AND, which {self.title} cannot follow; \\AND is the word itself",
                problem="no_and",
                start=start,
                end=joined[1].start,
                typed=request.prompt,
            )

    def check_can_refine(self) -> None:
        """Raises `BadRequest` where this model cannot work on a picture of any size tile by tile."""
        can = self.capabilities
        if can.refines_apart:
            return
        needs_more = (can.needs_picture and not can.redraws) or can.needs_map
        is_bound = can.fixed_size or needs_more or not can.refines
        if self.layout is Layout.BUILT_IN or is_bound or not can.image_to_image:
            raise BadRequest(
                "model",
                f"{self.title} cannot refine an enlarged picture; choose a model that draws from words, at "
                "any size, or enlarge without refining",
                problem="cannot_refine",
            )

    def check_can_edit(self) -> None:
        """Raises `BadRequest` where this model makes pictures from words alone, or of whole ones."""
        if self.capabilities.whole_pictures:
            raise BadRequest(
                "model",
                f"{self.title} is given whole pictures and changes no part of one; choose another, or give "
                "it the picture as start picture",
                problem="whole_only",
            )
        if not self.capabilities.image_to_image:
            raise BadRequest(
                "model",
                f"{self.title} makes pictures from words alone and cannot change one; choose another",
                problem="cannot_edit",
            )


def scheduler_id(name: str, info: ModelInfo) -> str:
    """The id for an id or an artist's name, in any case and spacing. Raises `BadRequest`."""
    known = info.capabilities.schedulers
    for scheduler in known:
        if _letters(name) in (_letters(scheduler.id), _letters(scheduler.label)):
            return scheduler.id
    raise BadRequest("scheduler", f"{name[:60]!r} is not one of: {', '.join(item.label for item in known)}")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("++", "pp"))
