"""The networks that a request's references are read by: found by name, held against the model, hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from engine.api.errors import BadRequest, EngineError, UnsupportedModel
from engine.api.model_info import ModelInfo
from engine.api.references import (
    AdapterInfo,
    AdapterNetwork,
    AdapterVariant,
    ReferenceInput,
    ReferenceUse,
    counted,
)
from engine.api.request import GenerationRequest
from engine.api.vision import VisionInfo, VisionKind
from engine.families.registry import families
from engine.models.assembly.examine import checkpoint_of
from engine.models.assembly.shelf import shared_length
from engine.models.kept.hashes import file_sha256, files_sha256
from engine.models.parts.reference_files import read_adapter
from engine.models.parts.vision_files import read_vision
from engine.networks.controls import ControlBase
from engine.networks.ip_adapters import AdapterFile, adapter_fault, check_adapter, is_of_kolors
from engine.networks.vision import ENCODER, SIGLIP, VisionFile

if TYPE_CHECKING:
    from engine.models.catalog import Catalog

KNOWN_ENCODERS = {1024: "CLIP-ViT-H-14", 1280: "CLIP-ViT-bigG-14", 768: "CLIP-ViT-L-14"}
"""Width of what a plain adapter reads to the encoder that gives it; pieces are of other widths."""
KNOWN_PIECES = {1280: "CLIP-ViT-H-14", 1664: "CLIP-ViT-bigG-14", 1024: "CLIP-ViT-L-14"}
KOLORS_SIDE = 336
"""Of the pictures that its encoder looks at; another of the same width looks at smaller ones."""
JOINED = (AdapterNetwork.UNET, AdapterNetwork.FLUX)
"""Whose adapters look at several pictures as one."""
KNOWN_SIGLIP = {1152: "SigLIP so400m-patch14-384"}


@dataclass(frozen=True, eq=False)
class FoundReference:
    """A reference of a request, its adapter and its encoder, not loaded yet."""

    given: ReferenceInput
    name: str
    file: AdapterFile
    sha256: str
    encoder: VisionFile
    encoder_name: str
    encoder_sha256: str


@dataclass(frozen=True, eq=False)
class References:
    """What a request takes after by adapters: checked by header and hash, no number read."""

    found: tuple[FoundReference, ...] = ()

    @cached_property
    def key(self) -> str:
        """Equal exactly where the same networks read; the pictures themselves are in the request."""
        lines = [found.sha256 + found.encoder_sha256 for found in self.found]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""

    @property
    def uses(self) -> tuple[ReferenceUse, ...]:
        """For the recipe."""
        return tuple(
            ReferenceUse(found.name, found.sha256, found.encoder_name, found.encoder_sha256)
            for found in self.found
        )


def references_of(request: GenerationRequest, info: ModelInfo, catalog: Catalog) -> References:
    """The networks for the references of `request` on the model `info`; those of weight 0 are left out.

    Empty where the model reads pictures itself. Raises `ModelNotFound` for an adapter that is not here,
    `UnsafeFile` for a damaged one, `UnsupportedModel` for one that was made for another model, and
    `BadRequest` where none or several would serve, or the image encoder is missing.
    """
    wanted = counted(request.references)
    if any(given.place is not None for given in wanted) and not info.capabilities.reference_scopes:
        raise BadRequest(
            "references",
            f"{info.title} takes after a picture everywhere; only Stable Diffusion's IP-Adapters can be "
            "bound to a place",
            problem="no_reference_places",
        )
    if not wanted or not info.capabilities.adapters:
        return References()
    base = _base_of(info)
    if base is None:
        raise BadRequest("references", f"{info.title} cannot take after pictures", problem="no_references")
    found: list[FoundReference] = []
    for given in wanted:
        name = found[-1].name if given.joined else given.adapter
        found.append(_found(given, name, base, info, catalog))
    return References(tuple(found))


def _found(
    given: ReferenceInput, name: str, base: ControlBase, info: ModelInfo, catalog: Catalog
) -> FoundReference:
    adapter = catalog.find_beside(AdapterInfo, name) if name else only_adapter(info, catalog)
    file = read_adapter(adapter.path)
    check_adapter(file, base, info.title)
    if given.joined and file.network not in JOINED:
        why = f"{adapter.name} looks at one picture at a time; let each count by itself"
        raise BadRequest("references", why, problem="not_joined")
    encoder = encoder_for(file, catalog)
    seeing = read_vision(encoder.path)
    return FoundReference(
        given,
        adapter.name,
        file,
        file_sha256(file.weights),
        seeing,
        encoder.name,
        files_sha256(seeing.weights),
    )


def _base_of(info: ModelInfo) -> ControlBase | None:
    if info.path is None:
        return None
    return families()[info.family].control_base(checkpoint_of(info))


def fitting_adapters(info: ModelInfo, adapters: Sequence[AdapterInfo]) -> list[AdapterInfo]:
    """Those of `adapters` that seem to be for the model `info`: told by their sizes, cheaply, for lists."""
    try:
        base = _base_of(info) if info.capabilities.adapters else None
    except EngineError:
        base = None
    return [
        one
        for one in adapters
        if base is not None
        and one.variant is not AdapterVariant.FACE_ID
        and not adapter_fault(one, one.widths, base)
    ]


def only_adapter(info: ModelInfo, catalog: Catalog) -> AdapterInfo:
    """The IP-Adapter that a reference without a name means. Raises `BadRequest` where none or several would
    serve."""
    fit = fitting_adapters(info, catalog.beside(AdapterInfo))
    if len(fit) == 1:
        return fit[0]
    if fit:
        names = ", ".join(one.name for one in fit)
        raise BadRequest(
            "references",
            f"several IP-Adapters fit {info.title}; say which one, as --reference PICTURE@NAME: {names}",
            problem="several_adapters",
        )
    raise BadRequest(
        "references",
        f"no IP-Adapter for {info.title} is here. Put one into a model folder, with its image encoder",
        problem="no_adapter",
    )


def encoder_for(file: AdapterFile, catalog: Catalog) -> VisionInfo:
    """The image encoder that `file` reads; of several the one that lies nearest to it."""
    by_siglip = file.network in (AdapterNetwork.SD3, AdapterNetwork.REDUX)
    wanted = SIGLIP if by_siglip else ENCODER
    seeing = [one for one in catalog.beside(VisionInfo) if one.kind is VisionKind.IMAGE_ENCODER]
    encoders = [one for one in seeing if one.class_name == wanted]
    fit = [
        one for one in encoders
        if file.encoder_width == (one.hidden_width if file.reads_pieces else one.width)
    ]  # fmt: skip
    if fit:
        sees_all = [one for one in fit if one.side == KOLORS_SIDE] if is_of_kolors(file) else []
        return max(sees_all or fit, key=lambda one: shared_length(one.path, file.path))
    known = (KNOWN_PIECES if file.reads_pieces else KNOWN_ENCODERS).get(file.encoder_width)
    if is_of_kolors(file):
        known = "the image_encoder of Kolors-IP-Adapter-Plus (CLIP-ViT-L-14-336)"
    if by_siglip:
        known = KNOWN_SIGLIP.get(file.encoder_width)
    raise UnsupportedModel(
        f"{file.path.name} reads what an image encoder of width {file.encoder_width} says, and none is in "
        f"the model folders. Put {known or 'the encoder that came with it'} there"
        f"{' (as safetensors)' if known else ''}.",
        path=str(file.path),
        problem="no_encoder",
    )
