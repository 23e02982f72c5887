"""One value holds everything that decides a picture; the window and the command line both fill it."""

from __future__ import annotations

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.api.edit import Edit
from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.guiders import Guider
from engine.api.images import Extent, ImageInput
from engine.api.learnt import Lora
from engine.api.limits import Limits, check_within
from engine.api.lora_blocks import check_blocks
from engine.api.maps import MapInput
from engine.api.other_words import MOST_READ_AS, ReadAs, read_as_of
from engine.api.prompt_steps import MOST_SENTENCES, sentences
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.text import clean_text
from engine.api.upscale import Upscale
from engine.api.wording import Wording

LIMITS: dict[str, Limits] = {
    "steps": (1, 1000),
    "guidance": (0.0, 100.0),
    "guidance_rescale": (0.0, 1.0),
    "guidance_start": (0.0, 0.95),
    "guidance_stop": (0.05, 1.0),
    "image_guidance": (1.0, 10.0),
    "box_share": (0.0, 1.0),
    "layers": (1, 20),
    "strength": (0.0, 1.0),
    "seed": (0, 2**64 - 1),
    "width": (16, 8192),
    "height": (16, 8192),
    "images": (1, 10_000),
    "lora_weight": (-8.0, 8.0),
    "map_weight": (0.0, 2.0),
    "map_start": (0.0, 1.0),
    "map_end": (0.0, 1.0),
    "region_weight": (0.0, 1.0),
    "reference_weight": (0.0, 2.0),
}
"""Lowest and highest accepted value of each number; the window's sliders read them too."""

MOST_LEARNT = 64
"""LoRAs, and embeddings, of one request."""
MOST_MAPS = 8
"""Of one request: each is a network beside the model's own."""
MOST_REGIONS = 16
"""Of one request: each costs a pass of the network at every step."""
MOST_STYLES = 64
MOST_REFERENCES = 8
LONGEST_PROMPT = 200_000
"""Characters. What the model cannot read of it is shown as cut off, not refused."""


class Speed(enum.StrEnum):
    """How far the engine may leave the reference numbers to be faster."""

    EXACT = "exact"
    """The stock pipeline's numbers, bit for bit."""
    FAST = "fast"
    """16-bit numbers, and what changes little from step to step is carried on: `engine.api.speed`."""
    FASTEST = "fastest"
    """The same, carried on for longer."""


@dataclass(frozen=True)
class Sampling:
    """How the picture comes out of the noise."""

    scheduler: str = "dpmpp_2m"
    """An id from the model's `Capabilities.schedulers`, e.g. `euler_a`."""
    steps: int = 20
    guidance: float = 7.0
    """Classifier-free guidance scale; 1 or less means without."""
    guidance_rescale: float = 0.0
    """0 to 1, section 3.4 of https://arxiv.org/abs/2305.08891."""
    strength: float = 1.0
    """Image to image: the share of the noise schedule that is run; 1 ignores the start picture's detail."""
    seed: int = 0
    """The first picture's; the n-th has `(seed + n) % 2**64`."""
    image_guidance: float = 1.5
    """How closely an instructed network keeps to its picture, https://arxiv.org/abs/2211.09800."""
    box_share: float = 0.3
    """Of the steps, from the first on, in which a network that reads boxes is told of places: section 3.2 of
    https://arxiv.org/abs/2301.07093. Beyond them the prompt alone makes one picture of what is there."""
    layers: int = 4
    """Into how many layers a picture is taken apart, by models that do so."""
    guider: Guider = Guider.CFG
    """How what the words add is added."""
    guidance_start: float = 0.0
    """From which share of the steps on it is guided, and up to which (https://arxiv.org/abs/2404.07724)."""
    guidance_stop: float = 1.0
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_guided_plainly(self) -> bool:
        """True where what the words add is added as it is, in every step."""
        return (self.guider, self.guidance_start, self.guidance_stop) == (Guider.CFG, 0.0, 1.0)


@dataclass(frozen=True)
class Branch:
    """Go on from a kept step of another request, with this request's prompt and settings.

    The engine takes the step from memory where it still has it and otherwise runs `origin` up to it:
    the result is the same.
    """

    origin: GenerationRequest
    image_index: int
    step: int
    """1-based step of `origin` after which this request takes over."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def is_exact_for(self, sampling: Sampling) -> bool:
        """True where `sampling` walks the origin's schedule, so that the kept state fits as it is.

        The speed may differ: then at most the format of its numbers does.
        """
        own = self.origin.sampling
        return (sampling.scheduler, sampling.steps) == (own.scheduler, own.steps)


@dataclass(frozen=True)
class GenerationRequest:
    """Text to image, image to image where `image` is given, or what `edit` or `upscale` makes of it."""

    model: str
    """A catalog name, a folder, or a `.safetensors` file."""
    prompt: str = ""
    negative_prompt: str = ""
    width: int = 512
    """Canvas pixels, a multiple of the model's `Capabilities.size_multiple`; an edit's canvas is free."""
    height: int = 512
    sampling: Sampling = field(default_factory=Sampling)
    images: int = 1
    image: ImageInput | None = None
    edit: Edit | None = None
    branch: Branch | None = None
    speed: Speed = Speed.EXACT
    loras: tuple[Lora, ...] = ()
    """Besides those that the prompt names as `<lora:name:0.8>`; one that is named twice counts the sum."""
    embeddings: tuple[str, ...] = ()
    """Names or paths of learnt words that the prompts may use; the other words mean what they always did."""
    maps: tuple[MapInput, ...] = ()
    """What the picture follows besides the words."""
    regions: tuple[RegionInput, ...] = ()
    """Places with sentences of their own; elsewhere, and between them, the prompt is followed."""
    styles: tuple[str, ...] = ()
    """Names of styles whose words are put around the prompts, the first innermost."""
    written: Wording | None = None
    """The words as they were written, where styles and draws made `prompt` and the others of them; then
    nothing is put around or drawn any more."""
    drawn: tuple[Wording, ...] = ()
    """For each picture the words that were drawn for it; known only while it is made."""
    upscale: Upscale | None = None
    read_as: tuple[ReadAs, ...] | None = ()
    """Words of the prompts that the model reads as others that it knows; None: as the model's table has it.

    The recipe has what was decided, so the same picture is made again whatever the table says by then.
    """
    references: tuple[ReferenceInput, ...] = ()
    """Pictures that it takes after."""
    vae: str = ""
    """Name or path of a VAE that takes the place of the model's own; empty: its own."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def extent(self) -> Extent:
        return Extent(self.width, self.height)

    @property
    def edited(self) -> GenerationRequest | None:
        """The request whose edit this is: itself, or what it branches from; None where nothing is edited."""
        if self.edit is not None:
            return self
        return self.branch.origin.edited if self.branch is not None else None

    def with_edit(self, image: ImageInput, edit: Edit) -> GenerationRequest:
        """This request as an edit of `image`, as large as its canvas becomes."""
        canvas = edit.canvas(Extent(image.width, image.height))
        return replace(self, image=image, edit=edit, width=canvas.width, height=canvas.height)

    def with_upscale(self, image: ImageInput, upscale: Upscale) -> GenerationRequest:
        """This request as an enlargement of `image`, as large as that becomes."""
        extent = upscale.extent(Extent(image.width, image.height))
        return replace(self, image=image, upscale=upscale, width=extent.width, height=extent.height)

    def seed_of(self, image_index: int) -> int:
        return (self.sampling.seed + image_index) % 2**64

    def one_image(self, image_index: int) -> GenerationRequest:
        """The request that makes only picture `image_index` of this one, alike to the last bit."""
        sampling = replace(self.sampling, seed=self.seed_of(image_index))
        return replace(self.worded(image_index), images=1, sampling=sampling)

    @property
    def wording(self) -> Wording:
        """All its words."""
        places = self.edit.places if self.edit is not None else ()
        return Wording(
            self.prompt,
            self.negative_prompt,
            tuple(place.prompt for place in places),
            tuple(place.negative_prompt for place in places),
            tuple(region.prompt for region in self.regions),
        )

    @property
    def as_written(self) -> GenerationRequest:
        """This request before anything was drawn or put around its words."""
        return self if self.written is None else replace(self.with_wording(self.written), written=None)

    def worded(self, image_index: int) -> GenerationRequest:
        """This request with the words that were drawn for picture `image_index`, and as they were written."""
        if not self.drawn:
            return self
        words = self.drawn[image_index]
        read_as = self.read_as
        if read_as:  # of all pictures; this one says its own
            read_as = read_as_of(words.texts, {each.typed: each.drawn for each in read_as})
        return replace(self.with_wording(words), written=self.wording, drawn=(), read_as=read_as)

    def with_wording(self, words: Wording) -> GenerationRequest:
        """This request with other words; `words` has as many as it has."""
        edit = self.edit
        if edit is not None:
            told = zip(edit.places, words.places, words.negative_places, strict=True)
            edit = replace(
                edit,
                places=tuple(
                    replace(place, prompt=prompt, negative_prompt=negative)
                    for place, prompt, negative in told
                ),
            )
        return replace(
            self,
            prompt=words.prompt,
            negative_prompt=words.negative_prompt,
            edit=edit,
            regions=tuple(
                replace(region, prompt=prompt)
                for region, prompt in zip(self.regions, words.regions, strict=True)
            ),
        )

    def validated(self) -> GenerationRequest:
        """This request with harmless text, or `BadRequest` naming the first field that is wrong.

        The one place where numbers are checked: the window, the command line, the journal and
        recipes all come through here. What only the model knows (size multiple, schedulers) is
        checked by `ModelInfo.check`.
        """
        for name in (
            "steps",
            "guidance",
            "guidance_rescale",
            "guidance_start",
            "guidance_stop",
            "image_guidance",
            "box_share",
            "layers",
            "strength",
            "seed",
        ):
            check_number(name, getattr(self.sampling, name))
        if self.sampling.guidance_start >= self.sampling.guidance_stop:
            why = "must be after where guidance begins; else no step would be guided"
            raise BadRequest("guidance_stop", why, problem="no_guided_step")
        check_number("images", self.images)
        if self.edited is None and self.upscale is None:
            check_number("width", self.width)
            check_number("height", self.height)
        for name in ("prompt", "negative_prompt"):
            if len(getattr(self, name)) > LONGEST_PROMPT:
                raise BadRequest(name, f"is longer than {LONGEST_PROMPT:,} characters")
        if len(sentences(self.prompt)) > MOST_SENTENCES:
            why = f"joins more than {MOST_SENTENCES} sentences with AND"
            raise BadRequest("prompt", why, problem="many_sentences")
        if not self.model:
            raise BadRequest("model", "is empty; name a model, a folder or a .safetensors file")
        self._check_learnt()
        self._check_maps()
        self._check_regions()
        self._check_read_as()
        self._check_references()
        if self.branch is not None:
            self._check_branch(self.branch)
        edit = self._checked_edit(self.edit) if self.edit is not None else None
        if self.upscale is not None:
            self._check_upscale(self.upscale)
        return replace(
            self,
            prompt=clean_text(self.prompt),
            negative_prompt=clean_text(self.negative_prompt),
            edit=edit,
            regions=tuple(replace(region, prompt=clean_text(region.prompt)) for region in self.regions),
        )

    def _checked_edit(self, edit: Edit) -> Edit:
        if self.image is None:
            raise BadRequest("image", "is missing; an edit needs the picture that it changes")
        source = Extent(self.image.width, self.image.height)
        edit.check(source)
        if self.extent != (canvas := edit.canvas(source).extent):
            raise BadRequest("width", f"an edit is as large as its canvas, {canvas}, not {self.extent}")
        return edit.cleaned(LONGEST_PROMPT)

    def _check_upscale(self, upscale: Upscale) -> None:
        if self.image is None:
            raise BadRequest("image", "is missing; say which picture is to be enlarged")
        for name in ("edit", "branch", "maps", "regions"):
            if getattr(self, name):
                raise BadRequest(name, "cannot be combined with enlarging; do one after the other")
        if self.images > 1 and not upscale.refine:
            raise BadRequest("images", "must be 1: without a model that refines it, it comes out alike")
        source = Extent(self.image.width, self.image.height)
        upscale.check(source)
        if self.extent != (extent := upscale.extent(source)):
            raise BadRequest("width", f"an enlarged picture is {extent}, not {self.extent}")

    def _check_learnt(self) -> None:
        for field_name in ("loras", "embeddings"):
            if len(getattr(self, field_name)) > MOST_LEARNT:
                raise BadRequest(field_name, f"are more than {MOST_LEARNT}", most=MOST_LEARNT)
        for lora in self.loras:
            check_number("lora_weight", lora.weight)
            check_blocks(lora.blocks, LIMITS["lora_weight"])
        if not all(lora.name.strip() for lora in self.loras) or not all(map(str.strip, self.embeddings)):
            raise BadRequest("loras", "has one without a name")

    def _check_maps(self) -> None:
        if len(self.maps) > MOST_MAPS:
            raise BadRequest("maps", f"are more than {MOST_MAPS}", most=MOST_MAPS)
        for given in self.maps:
            check_number("map_weight", given.weight)
            check_number("map_start", given.start)
            check_number("map_end", given.end)
            if given.is_of_mask:
                self._check_mask_for(given)
            if given.start >= given.end:
                raise BadRequest(
                    "map_end",
                    f"must be after the start: the {given.kind} map is to act from {given.start:g} to "
                    f"{given.end:g} of the steps",
                )

    def _check_mask_for(self, given: MapInput) -> None:
        edited = self.edited
        if given.is_picture or given.drawn_by:
            raise BadRequest(
                "maps", "an inpaint map is made of the mask; nothing draws it", problem="made_of_mask"
            )
        if given.weight != 0 and (edited is None or edited.edit is None or not edited.edit.has_mask):
            raise BadRequest(
                "maps",
                "an inpaint map shows a ControlNet the picture without what you painted over, and nothing is "
                "painted over. Paint a mask, make the canvas larger, or take the map away",
                problem="no_mask",
            )

    def _check_regions(self) -> None:
        if len(self.regions) > MOST_REGIONS:
            raise BadRequest("regions", f"are more than {MOST_REGIONS}", most=MOST_REGIONS)
        if len(self.styles) > MOST_STYLES:
            raise BadRequest("styles", f"are more than {MOST_STYLES}", most=MOST_STYLES)
        for region in self.regions:
            check_number("region_weight", region.weight)
            if len(region.prompt) > LONGEST_PROMPT:
                raise BadRequest("regions", f"has a sentence longer than {LONGEST_PROMPT:,} characters")

    def _check_read_as(self) -> None:
        if len(self.read_as or ()) > MOST_READ_AS:
            raise BadRequest("read_as", f"has more than {MOST_READ_AS} words")
        if not all(each.typed.strip() and each.drawn.strip() for each in self.read_as or ()):
            raise BadRequest("read_as", "has an empty word")

    def _check_references(self) -> None:
        if len(self.references) > MOST_REFERENCES:
            raise BadRequest("references", f"are more than {MOST_REFERENCES}", most=MOST_REFERENCES)
        for given in self.references:
            check_number("reference_weight", given.weight)
        if self.references and self.references[0].joined:
            why = "begin with one that is joined to the one before it, and there is none"
            raise BadRequest("references", why, problem="joined_first")

    def _check_branch(self, branch: Branch) -> None:
        if self.image is not None or self.edit is not None:
            raise BadRequest("branch", "cannot be combined with a start picture")
        if branch.origin.upscale is not None:
            raise BadRequest("branch", "cannot go on from an enlarged picture; enlarge the branch instead")
        if not 0 <= branch.image_index < branch.origin.images:
            raise BadRequest("branch.image_index", f"must be 0 to {branch.origin.images - 1}")
        # the steps of an edit are counted over all its places; only its plan knows how many
        last = branch.origin.sampling.steps if branch.origin.edited is None else max(1, branch.step)
        if not 1 <= branch.step <= last:
            raise BadRequest("branch.step", f"must be 1 to {last}")
        branch.origin.validated()

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> GenerationRequest:
        """Raises `BadRequest` naming the field; unknown fields of a newer version are kept."""
        return from_json(GenerationRequest, data)


def check_number(name: str, value: float) -> None:
    """Raises `BadRequest` where `value` is outside `LIMITS[name]` or not finite."""
    check_within(name, value, LIMITS[name])


def steps_run(steps: int, strength: float) -> int:
    """How many of `steps` image to image makes: fewer at a lower strength, rounded down as diffusers does."""
    return min(int(steps * strength), steps)


def random_seed() -> int:
    """A seed that one can read aloud: below 2**32, though any up to 2**64 - 1 is accepted."""
    return secrets.randbelow(2**32)
