"""Upscaling networks on disk: what a file is, by its header alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import UnsupportedModel
from engine.api.model_file import FileKind
from engine.api.upscale import UpscalerInfo
from engine.checkpoints.checkpoint import Checkpoint, WeightFile
from engine.checkpoints.foreign_files import unsafe
from engine.models.headers.files import read_header
from engine.models.places.folders import name_at, read_folder
from engine.models.recognition.recognise import recognise
from engine.networks.original.upscaler import CLASS_NAME, OriginalUpscaler
from engine.networks.upscalers import UpscalerFile, known_network
from engine.networks.upscaling_pipelines import UPSCALING, UpscalingPipeline


@dataclass(frozen=True, eq=False)
class FoundUpscaler:
    """An upscaling network that passed the pre-flight, not loaded yet."""

    info: UpscalerInfo
    weights: tuple[WeightFile, ...]
    ours: UpscalerFile | None = None
    """None where it takes the library, or is a folder."""
    folder: Checkpoint | OriginalUpscaler | None = None
    """Of a diffusion model, or the file that it is in."""
    kind: UpscalingPipeline | None = None
    """What is known of that."""


def read_upscaler(path: Path) -> FoundUpscaler:
    """Raises `UnsafeFile` (damaged or hostile), or `UnsupportedModel` for what is no upscaler."""
    if path.is_dir():
        return _read_folder(path)
    weights = read_header(path)
    if OriginalUpscaler.is_one(weights):
        return _read_single(weights)
    ours = known_network(weights)
    found = recognise({name: tensor.shape for name, tensor in weights.tensors.items()})
    if ours is None and found.kind is not FileKind.UPSCALER:
        raise _no_upscaler(path)
    info = UpscalerInfo(
        name=name_at(path),
        path=path,
        architecture=ours.sizes.architecture if ours is not None else ", ".join(found.variants) or "unknown",
        scale=ours.sizes.scale if ours is not None else 0,
        is_built_in=ours is not None,
        parameters=weights.parameters,
        bytes=weights.state.size,
        licence=weights.licence,
    )
    return FoundUpscaler(info, (weights,), ours)


def _read_folder(path: Path) -> FoundUpscaler:
    checkpoint = read_folder(path)
    kind = UPSCALING.get(str(checkpoint.configs["model_index"].get("_class_name")))
    if kind is None:
        raise _no_upscaler(path)
    if missing := [part for part in kind.parts if part not in checkpoint.weights]:
        raise unsafe(path, f"has no {missing[0]}", "Parts of the model are missing; get it again.")
    weights = tuple(file for part in kind.parts for file in checkpoint.weights[part])
    parameters = sum(file.parameters for file in weights)
    info = _info(path, kind, parameters, sum(file.state.size for file in weights), checkpoint.licence)
    return FoundUpscaler(info, weights, folder=checkpoint, kind=kind)


def _read_single(file: WeightFile) -> FoundUpscaler:
    """Raises `UnsupportedModel` where one of its networks is missing."""
    layout, kind = OriginalUpscaler(file), UPSCALING[CLASS_NAME]
    info = _info(file.path, kind, file.parameters, file.state.size, file.licence)
    return FoundUpscaler(info, (file,), folder=layout, kind=kind)


def _info(path: Path, kind: UpscalingPipeline, parameters: int, bytes: int, licence: str) -> UpscalerInfo:
    return UpscalerInfo(
        name=name_at(path),
        path=path,
        architecture=kind.title,
        scale=kind.scale,
        steps=kind.steps,
        tile_px=kind.tile_px,
        reads_words=kind.reads_words,
        noise_level=kind.noise_level,
        parameters=parameters,
        bytes=bytes,
        licence=licence,
    )


def _no_upscaler(path: Path) -> UnsupportedModel:
    return UnsupportedModel(
        f"{path.name} is no upscaling network. Choose another file.", path=str(path), problem="no_upscaler"
    )


def only_upscaler(known: list[UpscalerInfo]) -> UpscalerInfo | None:
    """The one that an artist who names none means: the only one here that can be run as it is, at once."""
    built_in = [info for info in known if info.is_built_in and not info.steps]
    return built_in[0] if len(built_in) == 1 else None
