"""VAEs that may take the place of a model's own: better colours, or a tiny one that is fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.form import Json


@dataclass(frozen=True)
class VaeInfo:
    """One VAE in a file or folder of its own."""

    name: str
    """Unique among the VAEs in the catalog; what `GenerationRequest.vae` holds."""
    path: Path
    """The weight file, or the folder that it is in with its configuration."""
    kind: str
    """As `Capabilities.vae_kind`: it serves the models that have the same."""
    is_tiny: bool = False
    """True for one that was distilled to be fast, as TAESD: details are less exact."""
    families: tuple[str, ...] = ()
    """Keys of `engine.api.model_file.FAMILY_TITLES`; several where files cannot be told apart."""
    parameters: int = 0
    bytes: int = 0
    licence: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


def vae_kind(class_name: str, channels: int, cell_px: int) -> str:
    """What a VAE must have in common with another to take its place."""
    return f"{class_name} {channels} {cell_px}"
