"""What is written into a picture, read back, compared and re-run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.edit import EditReport
from engine.api.form import Json, from_json, to_json
from engine.api.learnt import LearntUse
from engine.api.maps import MapUse
from engine.api.references import ReferenceUse
from engine.api.request import GenerationRequest
from engine.api.upscale import UpscaleReport

FORMAT = 1
"""Raised when a reader of the old format would misread the new one."""


@dataclass(frozen=True)
class Environment:
    """What besides the request decides the last bits."""

    lienzo: str = ""
    torch: str = ""
    diffusers: str = ""
    transformers: str = ""
    device: str = ""
    """As torch names it with the hardware's name, e.g. `cpu (AMD EPYC)`."""
    dtype: str = ""
    threads: int = 0
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """Everything needed to make one picture again, and to tell why it may differ."""

    request: GenerationRequest
    """For this one picture: `images` is 1 and the seed its own."""
    pixels_sha256: str = ""
    """`engine.api.images.pixels_hash` of the finished pixels."""
    layers_sha256: str = ""
    """The same of the layers that it was taken apart into, below one another; empty where it was not."""
    described: str = ""
    """What the model wrote of its picture and read, where there was no prompt."""
    depth_sha256: str = ""
    """The same of how near its pixels are, where the model has drawn that, too."""
    model_title: str = ""
    model_family: str = ""
    model_sha256: str = ""
    """One hash over the hashes of all weight files the picture used."""
    model_licence: str = ""
    learnt: tuple[LearntUse, ...] = ()
    """The LoRAs and embeddings that took part, by the hashes of their files."""
    controls: tuple[MapUse, ...] = ()
    """The networks that read the request's maps, by the hashes of their files."""
    references: tuple[ReferenceUse, ...] = ()
    """The networks that read the request's references, in their order, by the hashes of their files."""
    vae_sha256: str = ""
    """Of the VAE that took the place of the model's own; empty where none did."""
    scheduler_class: str = ""
    scheduler_config: Mapping[str, Json] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    stopped_at: int | None = None
    """The step after which the artist stopped and kept; None when all steps were run."""
    edit: EditReport | None = None
    """What was counted and measured, where the picture is an edit."""
    upscale: UpscaleReport | None = None
    """What enlarged it, where it was enlarged."""
    masks: Mapping[str, Json] = field(default_factory=dict)
    """The request's masks by their hash, as `engine.library.masks` packs them; huge ones are left out."""
    maps: Mapping[str, Json] = field(default_factory=dict)
    """The request's maps and references by their hash, as `engine.library.maps` packs them, but huge ones."""
    seconds: float = 0.0
    created: str = ""
    """ISO 8601 with time zone."""
    format: int = FORMAT
    extra: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> Recipe:
        """Raises `BadRequest` naming the field; unknown fields of a newer version are kept."""
        return from_json(Recipe, data)

    def differences(self, other: Recipe) -> list[str]:
        """Lines *field: ours -> theirs* for all that can change pixels, none when nothing can."""
        return [
            f"{name}: {ours} -> {theirs}"
            for name, (ours, theirs) in _pairs("", _deciding(self), _deciding(other))
        ]


TOLD_ONLY = (
    "pixels_sha256", "layers_sha256", "depth_sha256", "model_title", "model_licence", "edit", "masks", "maps",
    "seconds", "created", "format",
)  # fmt: skip
"""Fields that decide no pixel."""


def _deciding(recipe: Recipe) -> dict[str, Json]:
    form = to_json(recipe)
    return {key: value for key, value in form.items() if key not in TOLD_ONLY}


def _pairs(where: str, ours: Json, theirs: Json):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs}):
            yield from _pairs(f"{where}.{key}" if where else key, ours.get(key), theirs.get(key))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (own, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _pairs(f"{where}[{index}]", own, other)
    elif ours != theirs:
        yield where, (ours, theirs)
