"""The VAE that a request names in place of its model's own: found, held against the model, hashed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.api.errors import EngineError, UnsupportedModel
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest
from engine.api.vae import VaeInfo
from engine.checkpoints.hashing import over_all
from engine.models.kept.hashes import file_sha256
from engine.models.parts.vae_files import read_vae
from engine.networks.vaes import STANDS_FOR, VaeFile

if TYPE_CHECKING:
    from engine.models.catalog import Catalog


@dataclass(frozen=True, eq=False)
class FoundVae:
    """A VAE that fits its model, not loaded yet."""

    info: VaeInfo
    file: VaeFile
    sha256: str


def vae_of(request: GenerationRequest, info: ModelInfo, catalog: Catalog) -> FoundVae | None:
    """The VAE that `request` names for the model `info`; None: its own.

    Raises `ModelNotFound` for a name that is not here, `UnsafeFile` for a damaged file, and
    `UnsupportedModel` for one of another kind than the model's own.
    """
    if not request.vae:
        return None
    found = catalog.find_beside(VaeInfo, request.vae)
    if not fits(found, info):
        has = info.capabilities.vae_kind or "none"
        raise UnsupportedModel(
            f"{found.name} cannot take the place of {info.title}'s VAE: it is of the kind {found.kind}, and "
            f"the model's own is {has} (class, channels, pixels a cell). Choose another, or its own.",
            path=str(found.path),
            problem="other_vae",
        )
    return _found(found)


def fits(vae: VaeInfo, info: ModelInfo) -> bool:
    """True where `vae` can take the place of the model's own."""
    return bool(vae.kind) and vae.kind == info.capabilities.vae_kind


def tiny_vaes_of(info: ModelInfo, catalog: Catalog) -> list[FoundVae]:
    """Those in the folders that may draw previews for the model `info`; broken ones are left out."""
    if not info.capabilities.vae_kind.startswith(tuple(f"{name} " for name, _ in STANDS_FOR.values())):
        return []  # there is none for another kind
    found: list[FoundVae] = []
    for vae in catalog.beside(VaeInfo):
        if vae.is_tiny and fits(vae, info):
            with suppress(EngineError):
                found.append(_found(vae))
    return found


def _found(vae: VaeInfo) -> FoundVae:
    file = read_vae(vae.path)
    return FoundVae(vae, file, over_all({one.path.name: file_sha256(one) for one in file.files}))


def fitting_vaes(info: ModelInfo, vaes: Sequence[VaeInfo]) -> list[VaeInfo]:
    return [vae for vae in vaes if fits(vae, info)]
