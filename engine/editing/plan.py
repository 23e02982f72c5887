"""The plan of an edit: which crops the network will see, how large, and what of each may change.

Quick enough to be made anew with every stroke; the engine follows the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.api.edit import Edit, PlacePrompt
from engine.api.errors import BadRequest
from engine.api.images import Extent
from engine.api.model_info import ModelInfo
from engine.api.rect import Rect, union
from engine.api.request import GenerationRequest
from engine.editing.change import Change
from engine.editing.crop import Crop, Native, choose_crop
from engine.editing.places import Places, find_places

MUCH_OVERLAP = 0.5
"""Of the smaller crop: two places that see so much of the same are one."""


@dataclass(frozen=True)
class PlannedPlace:
    """One crop that the network will see."""

    index: int
    bounds: Rect
    """The smallest rectangle that holds all that changes, to within a few pixels on huge pictures."""
    crop: Rect
    """What the network sees, in the source's pixels; beyond the canvas its edge is continued."""
    working: Extent
    """How large that is for the network."""
    share: float
    """The changing part of the crop, 0 to 1."""
    words: PlacePrompt | None
    """Its own words; None: the request's."""
    numbers: tuple[int, ...]
    """Of the separate places in it, in `EditPlan.separate`."""

    @property
    def scale(self) -> float:
        """Working pixels a canvas pixel."""
        return self.working.width / self.crop.width


@dataclass(frozen=True, eq=False)
class EditPlan:
    """What will be done, in the order in which it is done."""

    edit: Edit
    source: Extent
    canvas: Rect
    """The result, in the source's pixels."""
    places: tuple[PlannedPlace, ...]
    """None where nothing may change."""
    forecast_bytes: int
    """Memory for weights and the largest working picture, roughly."""
    unused: tuple[PlacePrompt, ...]
    """Words for which there is no place."""
    change: Change
    separate: Places

    def check(self) -> None:
        """Raises `BadRequest` where words have no place to go to."""
        if self.unused:
            count = f"{len(self.places)} separate place" + ("s" if len(self.places) != 1 else "")
            raise BadRequest(
                "places", f"{self.unused[0].prompt[:40]!r} has no place to go to: the mask has {count}"
            )


def plan_edit(request: GenerationRequest, info: ModelInfo) -> EditPlan:
    """The plan of a `request` that has an edit (or branches from one) for the model `info`.

    Only the mask's pixels are needed, not the picture's. Raises `BadRequest` where the request is no edit.
    """
    origin = request.edited
    if origin is None or origin.edit is None or origin.image is None:
        raise BadRequest("edit", "is missing; nothing says what may change")
    edit, source = origin.edit, Extent(origin.image.width, origin.image.height)
    change, native = Change(edit, source), Native.of(info, edit)
    separate = find_places(change)
    groups = [_Group((number + 1,), bounds, None) for number, bounds in enumerate(separate.bounds)]
    groups = _with_pointed_words(groups, separate, edit)
    groups.sort(key=_as_one_reads)
    groups, unused = _with_counted_words(groups, edit)  # before places are joined: each may have its own
    groups = _merged(groups, change.canvas, edit, native)
    groups.sort(key=_as_one_reads)
    places = tuple(
        group.planned(index, choose_crop(group.bounds, change.canvas, edit, native), separate)
        for index, group in enumerate(groups)
    )
    forecast = forecast_bytes(info, (place.working for place in places))
    return EditPlan(edit, source, change.canvas, places, forecast, unused, change, separate)


def forecast_bytes(info: ModelInfo, working: Iterable[Extent]) -> int:
    """Memory for the weights and the largest of `working`, roughly."""
    pixels = max((extent.width * extent.height for extent in working), default=0)
    weights = sum(part.parameters for part in info.parts) * 4
    return weights + pixels * info.capabilities.bytes_per_px


@dataclass(frozen=True)
class _Group:
    """Separate places that are worked on together."""

    numbers: tuple[int, ...]
    bounds: Rect
    words: PlacePrompt | None

    def planned(self, index: int, crop: Crop, separate: Places) -> PlannedPlace:
        share = separate.share(crop.rect, self.numbers)
        return PlannedPlace(index, self.bounds, crop.rect, crop.working, share, self.words, self.numbers)

    def joined(self, other: _Group) -> _Group:
        return _Group(self.numbers + other.numbers, union((self.bounds, other.bounds)), self.words)


def _as_one_reads(group: _Group) -> tuple[int, int]:
    return group.bounds.top, group.bounds.left


def _with_pointed_words(groups: list[_Group], separate: Places, edit: Edit) -> list[_Group]:
    for words in edit.places:
        if groups and words.x is not None and words.y is not None:
            index = separate.at(words.x, words.y) - 1
            groups[index] = replace(groups[index], words=words)
    return groups


def _with_counted_words(groups: list[_Group], edit: Edit) -> tuple[list[_Group], tuple[PlacePrompt, ...]]:
    waiting = [words for words in edit.places if not words.has_point]
    named = []
    for group in groups:
        named.append(replace(group, words=waiting.pop(0)) if group.words is None and waiting else group)
    pointed = [words for words in edit.places if words.has_point] if not groups else []
    return named, (*waiting, *pointed)


def _merged(groups: list[_Group], canvas: Rect, edit: Edit, native: Native) -> list[_Group]:
    """Places with the same words whose crops overlap much become one, until none do."""

    def crop_of(group: _Group) -> Rect:
        return choose_crop(group.bounds, canvas, edit, native).rect

    crops = [crop_of(group) for group in groups]
    first = 0
    while first < len(groups):
        second = next(
            (
                index
                for index in range(first + 1, len(groups))
                if groups[index].words == groups[first].words and _overlap_much(crops[first], crops[index])
            ),
            None,
        )
        if second is None:
            first += 1
            continue
        groups[first] = groups[first].joined(groups.pop(second))
        del crops[second]
        crops[first] = crop_of(groups[first])
        first = 0  # the larger crop may reach one that was passed already
    return groups


def _overlap_much(one: Rect, other: Rect) -> bool:
    return (one & other).area > MUCH_OVERLAP * min(one.area, other.area)
