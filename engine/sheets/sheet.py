"""A sheet and its cells: ordinary requests, each of which becomes an ordinary picture with its recipe."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.lora_blocks import blocks_text
from engine.api.model_info import ModelInfo, scheduler_id
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.sheets.axis import Axis, AxisKind

MOST_CELLS = 2_000
KEY = "sheet"
"""In the `extra` of a cell's request, and of the sheet's own recipe."""


class Place(NamedTuple):
    """Where a cell stands: column, row and page, from 0."""

    x: int
    y: int = 0
    z: int = 0


@dataclass(frozen=True)
class Cell:
    place: Place
    request: GenerationRequest


@dataclass(frozen=True)
class Sheet:
    """One picture's request, varied over `x`, and over `y` and `z` where they are given."""

    base: GenerationRequest
    x: Axis
    y: Axis | None = None
    z: Axis | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(axis for axis in (self.x, self.y, self.z) if axis is not None)

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many columns, rows and pages."""
        columns, rows, pages = (len(axis.values) if axis else 1 for axis in (self.x, self.y, self.z))
        return columns, rows, pages

    @property
    def count(self) -> int:
        columns, rows, pages = self.shape
        return columns * rows * pages

    @property
    def id(self) -> str:
        """The same for the same sheet, so that one that was interrupted is found again."""
        text = json.dumps(to_json(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def places(self) -> Iterator[Place]:
        """Page by page, row by row."""
        columns, rows, pages = self.shape
        for z, y, x in itertools.product(range(pages), range(rows), range(columns)):
            yield Place(x, y, z)

    def values_at(self, place: Place) -> tuple[tuple[Axis, str], ...]:
        pairs = zip((self.x, self.y, self.z), place, strict=True)
        return tuple((axis, axis.values[index]) for axis, index in pairs if axis is not None)

    def cells(self, find: Callable[[str], ModelInfo]) -> list[Cell]:
        """Every cell, in the order of work: all of one model (and its LoRAs) before the next, so that each is
        loaded once.

        `find` is the catalog's. Raises `BadRequest` for a value that does not fit, before any work is done,
        and what `find` raises.
        """
        self._check()
        cells = [Cell(place, self._request(place, find)) for place in self.places()]
        loaded = list(dict.fromkeys(_loaded(cell.request) for cell in cells))
        models = list(dict.fromkeys(model for model, _ in loaded))
        return sorted(
            cells, key=lambda cell: (models.index(cell.request.model), loaded.index(_loaded(cell.request)))
        )

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> Sheet:
        """Raises `BadRequest` naming the field."""
        return from_json(Sheet, data)

    def _check(self) -> None:
        for axis in self.axes:
            axis.checked()
        fields = [axis.field for axis in self.axes]
        for name in fields:
            if fields.count(name) > 1:
                raise BadRequest(
                    name, "stands on two axes; each needs a setting of its own", problem="two_axes"
                )
        if self.count > MOST_CELLS:
            raise BadRequest(
                "sheet", f"has {self.count:,} pictures; {MOST_CELLS:,} are the most", problem="too_many"
            )
        if self.base.branch is not None:
            raise BadRequest("sheet", "cannot go on from a step; choose a whole picture")

    def _request(self, place: Place, find: Callable[[str], ModelInfo]) -> GenerationRequest:
        request = replace(self.base, images=1, extra={**self.base.extra, KEY: mark(self.id, place)})
        pairs = self.values_at(place)
        # the model first: a sampler is one of its own
        for axis, value in sorted(pairs, key=lambda pair: pair[0].kind is not AxisKind.MODELS):
            request = axis.applied(request, value)
        info = find(request.model)
        sampler = next((value for axis, value in pairs if axis.kind is AxisKind.SAMPLERS), None)
        if sampler is not None:
            sampling = replace(request.sampling, scheduler=scheduler_id(sampler, info))
            request = replace(request, sampling=sampling)
        request = request.validated()
        info.check(request)
        return request


def _loaded(request: GenerationRequest) -> tuple[str, tuple[tuple[str, float, str], ...]]:
    """What must be in memory for it."""
    return request.model, tuple((lora.name, lora.weight, blocks_text(lora.blocks)) for lora in request.loras)


def mark(sheet_id: str, place: Place) -> dict[str, Json]:
    """What a cell's request says of its sheet."""
    return {"id": sheet_id, "place": list(place)}


def place_of(request: GenerationRequest) -> tuple[str, Place] | None:
    """The sheet's id and the place in it, of a request that is a cell's; None for all others."""
    told = request.extra.get(KEY)
    if not isinstance(told, dict):
        return None
    sheet_id, place = told.get("id"), told.get("place")
    if not isinstance(sheet_id, str) or not isinstance(place, list) or len(place) != 3:
        return None
    if not all(type(index) is int and index >= 0 for index in place):
        return None
    return sheet_id, Place(*place)  # type: ignore[arg-type]


def is_sheet(recipe: Recipe) -> bool:
    """Whether the picture is a sheet, which no single request makes."""
    return KEY in recipe.extra
