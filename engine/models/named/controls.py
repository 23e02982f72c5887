"""What a request's maps are read by: found by name, held against the model, hashed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from engine.api.errors import BadRequest, EngineError
from engine.api.maps import SHOWN, ControlInfo, ControlType, MapInput, MapKind, MapUse
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest
from engine.families.registry import families
from engine.models.assembly.examine import checkpoint_of
from engine.models.kept.hashes import file_sha256
from engine.models.named.learnt import FoundLora, found_control_lora
from engine.models.parts.control_files import read_control, union_kinds
from engine.networks.controls import ControlBase, ControlFile, brings_time, check_base, faults_of
from engine.networks.masked_controls import can_inpaint

if TYPE_CHECKING:
    from engine.models.catalog import Catalog


BY_ITSELF = (ControlType.MODEL, ControlType.CONTROL_LORA)
"""With these the denoiser reads the map in channels of its own."""


@dataclass(frozen=True, eq=False)
class FoundMap:
    """A map of a request and the network that reads it, not loaded yet."""

    map: MapInput
    info: ControlInfo
    file: ControlFile
    sha256: str


@dataclass(frozen=True, eq=False)
class Controls:
    """What a request follows: checked by header and hash, no number read."""

    found: tuple[FoundMap, ...] = ()
    own: MapInput | None = None
    """What the model reads by itself."""
    reader: ControlInfo | None = None
    """The model, where it does, or the LoRA that has taught it."""
    lora: FoundLora | None = None
    """That, where it is one."""

    @cached_property
    def key(self) -> str:
        """Equal exactly where the same networks read; the maps themselves are in the request."""
        lines = [found.sha256 for found in self.found]
        lines += [f"lora {self.lora.sha256}"] if self.lora is not None else []
        return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""

    @property
    def uses(self) -> tuple[MapUse, ...]:
        """For the recipe."""
        own = []
        if self.own is not None and self.reader is not None:
            sha256 = "" if self.lora is None else self.lora.sha256
            own.append(MapUse(self.own.kind, self.reader.name, self.reader.type, sha256))
        beside = [
            MapUse(found.map.kind, found.info.name, found.info.type, found.sha256) for found in self.found
        ]
        return (*own, *beside)


def controls_of(request: GenerationRequest, info: ModelInfo, catalog: Catalog) -> Controls:
    """The networks for the maps of `request` on the model `info`; maps of weight 0 are left out.

    Raises `ModelNotFound` for a network that is not here, `UnsafeFile` for a damaged one, `UnsupportedModel`
    for one that was made for another model, and `BadRequest` where none or several would serve.
    """
    wanted = [given for given in request.maps if given.weight != 0]
    if info.capabilities.needs_map and not wanted:
        raise BadRequest("maps", _no_map(info), problem="no_map")
    if not wanted:
        return Controls()
    base = base_of(info)
    if base is None and not info.capabilities.own_maps:
        raise BadRequest("maps", f"{info.title} cannot follow maps", problem="no_maps")
    read = [(given, _reader_of(given, info, catalog)) for given in wanted]
    if base is None and any(reader.type is not ControlType.MODEL for _, reader in read):
        why = f"{info.title} reads its map by itself, and no other network can stand beside it"
        raise BadRequest("maps", why, problem="own_map_only")
    for given, reader in read:
        if not reader.reads(given.kind) and given.is_of_mask:
            raise BadRequest(
                "maps",
                f"{reader.name} cannot be told what is painted anew. Choose a ControlNet for inpainting, or "
                "take the map away",
                problem="reads_no_mask",
            )
    own = [(given, reader) for given, reader in read if reader.type in BY_ITSELF]
    beside = [
        _beside(given, reader, info, base)
        for given, reader in read
        if base is not None and reader.type not in BY_ITSELF
    ]
    _check_sense_of_time(beside)
    if not own:
        if info.capabilities.needs_map:
            raise BadRequest("maps", _no_map(info), problem="no_map")
        return Controls(tuple(beside))
    given, reader = own[0]
    lora = found_control_lora(reader, given.weight, info) if reader.type is ControlType.CONTROL_LORA else None
    _check_whole([given for given, _ in own], info, reader)
    return Controls(tuple(beside), given, reader, lora)


def _beside(given: MapInput, control: ControlInfo, info: ModelInfo, base: ControlBase) -> FoundMap:
    file = read_control(control.path)
    check_base(file, base, info.title)
    if file.is_difference:
        file = replace(file, base=checkpoint_of(info))
    if given.is_of_mask and not can_inpaint(file):
        raise BadRequest(
            "maps",
            f"{control.name} cannot be told what is painted anew: it reads no mask. Choose a ControlNet for "
            "inpainting, or take the map away",
            problem="reads_no_mask",
        )
    union = union_kinds(file)
    if union is not None and given.kind not in union:
        raise BadRequest(
            "maps",
            f"{control.name} does not read {given.kind} maps; it reads: {', '.join(union)}",
            problem="not_in_union",
        )
    return FoundMap(given, control, file, file_sha256(file.weights))


def _check_sense_of_time(beside: list[FoundMap]) -> None:
    """Some that are joined to the model bring their own, by which it goes; by two at once it cannot."""
    told = {found.info.name: None for found in beside if brings_time(found.file)}
    if len(told) > 1:
        raise BadRequest(
            "maps",
            f"{' and '.join(told)} each bring a sense of time for the model, which can go by one. Take one "
            "of them away",
            problem="two_times",
        )


def own_reader(info: ModelInfo) -> ControlInfo | None:
    """The model `info` as what reads a map, where its network does so by itself."""
    if not info.capabilities.own_maps or info.path is None:
        return None
    return ControlInfo(info.title, ControlType.MODEL, info.path, info.capabilities.own_maps)


def _reader_of(given: MapInput, info: ModelInfo, catalog: Catalog) -> ControlInfo:
    reader = own_reader(info)
    if reader is not None and given.network == reader.name:
        return reader
    if given.network:
        return catalog.find_beside(ControlInfo, given.network)
    return only_one(given, info, catalog)


def _no_map(info: ModelInfo) -> str:
    own = info.capabilities.own_maps
    kinds = f" of the kind {' or '.join(own)}" if len(own) < len(SHOWN) else ""
    seen = ", or a start picture" if info.capabilities.draws_own_map else ""
    return f"are missing; {info.title} draws after a map, so give it one{kinds}{seen}"


def _check_whole(own: list[MapInput], info: ModelInfo, reader: ControlInfo) -> None:
    """A model reads one map by itself, and has no notion of for how long; how closely a LoRA can say."""
    if len(own) > 1:
        raise BadRequest(
            "maps", f"{info.title} reads one map by itself, not {len(own)}", problem="many_own_maps"
        )
    (given,) = own
    is_lora = reader.type is ControlType.CONTROL_LORA
    if (given.start, given.end) != (0.0, 1.0) or (given.weight != 1.0 and not is_lora):
        weight = "" if is_lora else "weight 1, "
        raise BadRequest(
            "maps",
            f"{reader.name} reads its map whole: {weight}from the first step to the last",
            problem="whole_steps" if is_lora else "whole_map",
        )


def base_of(info: ModelInfo) -> ControlBase | None:
    """What a network beside the model `info` must fit; None: none can stand there."""
    if info.path is None or not info.capabilities.maps:
        return None
    return families()[info.family].control_base(checkpoint_of(info))


def fitting(info: ModelInfo, controls: list[ControlInfo]) -> list[ControlInfo]:
    """Those of `controls` that seem to be for the model `info`: told by their sizes, cheaply, for lists."""
    try:
        base = base_of(info)
    except EngineError:
        base = None
    reader = own_reader(info)
    beside = [control for control in controls if base is not None and _fits(control, base)]
    return beside if reader is None else [reader, *beside]


def only_one(given: MapInput, info: ModelInfo, catalog: Catalog) -> ControlInfo:
    """The network that a map without a name means. Raises `BadRequest` where none or several would serve."""
    fit = fitting(info, catalog.beside(ControlInfo))
    named = [control for control in fit if given.kind in control.kinds]
    if len(named) == 1:
        return named[0]
    if named:
        names = ", ".join(control.name for control in named)
        raise BadRequest(
            "maps",
            f"several networks read {given.kind} maps for {info.title}; say which one, as {given.kind}@NAME: "
            f"{names}",
            problem="several_controls",
        )
    raise BadRequest("maps", nothing_reads(given.kind, info, fit), problem="no_control")


def nothing_reads(kind: MapKind, info: ModelInfo, fit: list[ControlInfo]) -> str:
    """Why there is no network for `kind`, and what there is instead."""
    kinds = sorted({str(kind) for control in fit for kind in control.kinds})
    here = f" It follows: {', '.join(kinds)}." if kinds else ""
    return (
        f"no ControlNet or T2I-Adapter for {kind} maps fits {info.title}.{here} "
        "Put one into a model folder, or name it"
    )


def _fits(control: ControlInfo, base: ControlBase) -> bool:
    if control.type is ControlType.CONTROL_LORA:
        return (base.widths, base.text_width) == (control.widths, control.text_width) and base.wears_controls
    try:
        return not faults_of(read_control(control.path), base)
    except EngineError:
        return False
