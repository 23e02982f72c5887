"""What of the references a model reads, and how."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import replace

from desktop.state.reference_places import bound, place_id
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo, AdapterNetwork, ReferenceInput, ReferenceScope


class Reading(enum.Enum):
    """How a model reads reference pictures."""

    NOT = "not"
    NO_ADAPTER = "no adapter"
    """It could with an IP-Adapter, and none is here."""
    ADAPTERS = "adapters"
    ITSELF = "itself"
    """Whole; most know no weights."""
    BOXES = "boxes"
    """In the box around a place; one that counts everywhere as a whole, or its style."""


def reading(info: ModelInfo | None, adapters: Sequence[AdapterInfo]) -> Reading:
    """How the model `info` reads them with the `adapters` that are here for it."""
    if info is None or not (info.capabilities.adapters or info.capabilities.references):
        return Reading.NOT
    if not info.capabilities.adapters:
        return Reading.BOXES if info.capabilities.box_pictures else Reading.ITSELF
    return Reading.ADAPTERS if adapters else Reading.NO_ADAPTER


def can_be_joined(given: ReferenceInput, how: Reading, adapters: Sequence[AdapterInfo]) -> bool:
    """Whether what reads `given` looks at several pictures as one."""
    if how is not Reading.ADAPTERS or not adapters:
        return False
    own = next((one for one in adapters if one.name == given.adapter), adapters[0])
    return own.network in (AdapterNetwork.UNET, AdapterNetwork.FLUX)


def _joined_where_it_can(
    read: Sequence[ReferenceInput], adapters: Sequence[AdapterInfo]
) -> list[ReferenceInput]:
    """`read`, of which the first is joined to none, nor what is looked at by itself."""
    can = [number > 0 and can_be_joined(one, Reading.ADAPTERS, adapters) for number, one in enumerate(read)]
    return [replace(one, joined=one.joined and able) for one, able in zip(read, can, strict=True)]


def read_by(
    given: Sequence[ReferenceInput], info: ModelInfo | None, adapters: Sequence[AdapterInfo], has_start: bool
) -> tuple[ReferenceInput, ...]:
    """What of `given` the model reads, as it reads it; `has_start`: it is given a picture to start from."""
    there = [one for one in given if one.image.pixels is not None]
    match reading(info, adapters):
        case Reading.ADAPTERS:
            assert info is not None
            names = [adapter.name for adapter in adapters]
            read = [one if one.adapter in names else replace(one, adapter=names[0]) for one in there]
            if not info.capabilities.reference_scopes:
                read = [bound(replace(one, scope=ReferenceScope.ALL), "") for one in read]
            return tuple(_joined_where_it_can(read, adapters)[: info.capabilities.most_adapters])
        case Reading.ITSELF:
            assert info is not None
            able = info.capabilities
            most = able.references - (1 if able.needs_picture and has_start else 0)
            weighs = able.weighs_references
            whole = [
                bound(
                    replace(
                        one,
                        weight=one.weight if weighs else 1.0,
                        scope=ReferenceScope.ALL,
                        adapter="",
                        joined=False,
                    ),
                    "",
                )
                for one in there
            ]
            return tuple(whole[: max(0, most)])
        case Reading.BOXES:
            assert info is not None
            return tuple(map(_in_box, there))[: info.capabilities.references]
        case _:
            return ()


def _in_box(given: ReferenceInput) -> ReferenceInput:
    """The style of one counts everywhere alone, and the composition of none."""
    is_style = given.scope is ReferenceScope.STYLE and not place_id(given)
    return replace(given, adapter="", scope=ReferenceScope.STYLE if is_style else ReferenceScope.ALL)
