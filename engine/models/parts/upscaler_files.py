"""Upscaling networks on disk: what a file is, by its header alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import UnsupportedModel
from engine.api.model_file import FileKind
from engine.api.upscale import UpscalerInfo
from engine.checkpoints.checkpoint import WeightFile
from engine.models.headers.files import read_header
from engine.models.places.folders import name_at
from engine.models.recognition.recognise import recognise
from engine.networks.upscalers import UpscalerFile, known_network


@dataclass(frozen=True, eq=False)
class FoundUpscaler:
    """An upscaling network that passed the pre-flight, not loaded yet."""

    info: UpscalerInfo
    weights: WeightFile
    ours: UpscalerFile | None
    """None where it takes the library."""


def read_upscaler(path: Path) -> FoundUpscaler:
    """Raises `UnsafeFile` (damaged or hostile), or `UnsupportedModel` for what is no upscaler."""
    weights = read_header(path)
    ours = known_network(weights)
    found = recognise({name: tensor.shape for name, tensor in weights.tensors.items()})
    if ours is None and found.kind is not FileKind.UPSCALER:
        raise UnsupportedModel(
            f"{path.name} is no upscaling network. Choose another file.",
            path=str(path),
            problem="no_upscaler",
        )
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
    return FoundUpscaler(info, weights, ours)


def only_upscaler(known: list[UpscalerInfo]) -> UpscalerInfo | None:
    """The one that an artist who names none means: the only one here that can be run as it is."""
    built_in = [info for info in known if info.is_built_in]
    return built_in[0] if len(built_in) == 1 else None
