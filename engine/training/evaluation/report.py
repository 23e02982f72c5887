"""The result of an evaluation as plain data: what was asked, what was right, and what could have been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.api.form import Json, from_json, to_json
from engine.training.evaluation.metrics import Share
from engine.training.evaluation.speed import Cost


@dataclass(frozen=True)
class Mark:
    """How often one thing was right in a set of prompts."""

    name: str
    """As `marks_of` names it: `top5`, `weather`, ..."""
    model: Share
    """In what the model drew."""
    ceiling: Share
    """In composed pictures of the same scenes: what the judge makes of faultless pictures."""
    autoencoder: Share
    """In the same after the model's autoencoder: what its denoiser could reach at best."""


@dataclass(frozen=True)
class SetResult:
    """One set of prompts."""

    name: str
    prompts: int
    marks: tuple[Mark, ...]
    """The first is what the set is about."""


@dataclass(frozen=True)
class Reconstruction:
    """Of held-out scenes by the autoencoder."""

    pictures: int
    psnr_mean: float
    psnr_median: float
    psnr_worst: float
    ssim_mean: float


@dataclass(frozen=True)
class Distance:
    """Frechet distances between crowds of embeddings, all of `pictures` pictures each."""

    pictures: int
    model: float
    """What the model draws for captions of held-out scenes, to composed held-out scenes."""
    floor: float
    """Composed held-out scenes to other composed held-out scenes: as near as can be."""
    autoencoder: float
    """Held-out scenes after the autoencoder, to others."""
    nothing: float
    """What the model draws without words, to held-out scenes."""


@dataclass(frozen=True)
class Nearness:
    """How near pictures are to the nearest of `trained` pictures of training: cosines of embeddings."""

    trained: int
    model_median: float
    model_highest: float
    held_out_median: float
    """Of composed held-out scenes: as near by chance alone."""
    held_out_highest: float


@dataclass(frozen=True)
class Sentence:
    """One of the lecture's sentences, and what the judge sees in the picture."""

    text: str
    language: str
    seen: str


@dataclass(frozen=True)
class Training:
    """One stretch of training, as its `training.json` says."""

    task: str
    device: str
    seconds: float
    samples: int = 0
    cores: int = 2
    """That were at work, where the device is a processor."""


@dataclass(frozen=True)
class Report:
    """All of it."""

    model: str
    side: int
    steps: int
    guidance: float
    seed: int
    device: str
    judge: Mapping[str, Json]
    reconstruction: Reconstruction
    sets: tuple[SetResult, ...]
    lecture: tuple[Sentence, ...]
    distance: Distance
    nearness: Nearness
    costs: tuple[Cost, ...]
    bytes_by_part: Mapping[str, int]
    missed: tuple[str, ...] = ()
    """Prompts of single things that were not among the five nearest, and what was nearest."""
    seconds: float = 0.0
    guidance_rescale: float = 0.0
    dtype: str = "float32"
    """That it was painted in."""
    training: tuple[Training, ...] = ()
    """How long on what it was trained, where that is known."""

    def to_bytes(self) -> bytes:
        return (json.dumps(to_json(self), indent=2, ensure_ascii=False) + "\n").encode()

    @staticmethod
    def from_bytes(data: bytes) -> Report:
        """Raises `BadRequest` naming the field that is wrong, and `ValueError` where it is no JSON."""
        return from_json(Report, json.loads(data))
