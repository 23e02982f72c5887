"""IP-Adapters on disk: what a file is, by its header alone."""

from __future__ import annotations

from pathlib import Path

from engine.api.errors import UnsupportedModel
from engine.api.references import AdapterInfo
from engine.models.headers.files import read_header
from engine.models.places.folders import name_at
from engine.networks.ip_adapters import AdapterFile, adapter_of, check_is_read


def read_adapter(path: Path) -> AdapterFile:
    """The pre-flight of the safetensors file `path`.

    Raises `UnsafeFile` (damaged or hostile), or `UnsupportedModel` for a file of another kind.
    """
    weights = read_header(path)
    check_is_read(weights)
    file = adapter_of(weights)
    if file is None:
        raise UnsupportedModel(
            f"{path.name} is no IP-Adapter for Stable Diffusion, SDXL, Kolors, SD 3 or FLUX.1. "
            "Choose another file.",
            path=str(path),
        )
    return file


def examine_adapter(path: Path) -> AdapterInfo:
    """What `read_adapter` finds, for the catalog."""
    file = read_adapter(path)
    return AdapterInfo(
        name=name_at(path),
        path=path,
        variant=file.variant,
        network=file.network,
        text_width=file.text_width,
        widths=tuple(sorted(set(file.layer_widths))),
        layers=len(file.layer_widths),
        encoder_width=file.encoder_width,
        inner_width=file.inner_width,
        parameters=file.weights.parameters,
        bytes=file.weights.state.size,
        licence=file.weights.licence,
    )
