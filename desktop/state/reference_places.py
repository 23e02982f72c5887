"""References bound to places of the document: to its id, until a request is made of what is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from desktop.raster.rect import Rect
from desktop.state.document import regions
from desktop.state.document.document_region import find_region
from desktop.state.document.document_state import DocumentState
from engine.api.errors import BadRequest
from engine.api.mask import MaskInput
from engine.api.references import ReferenceInput

REGION = "region"
"""In what a reference holds besides: the id of the document's region."""


def place_id(given: ReferenceInput) -> str:
    """Of the region that it is bound to; empty: everywhere."""
    return str(given.extra.get(REGION) or "")


def bound(given: ReferenceInput, id: str) -> ReferenceInput:
    """`given`, bound to the region of that id; to none where it is empty."""
    others = {name: value for name, value in given.extra.items() if name != REGION}
    return replace(given, place=None, extra={**others, REGION: id} if id else others)


def painted_in(
    references: Sequence[ReferenceInput], state: DocumentState, rect: Rect
) -> tuple[ReferenceInput, ...]:
    """`references` with what is painted in `rect` of their places.

    Raises `BadRequest` where a place is gone or nothing is painted there.
    """

    def painted(given: ReferenceInput) -> ReferenceInput:
        if not (id := place_id(given)):
            return given
        region = find_region(state.regions, id)
        if region is None or regions.coverage_of(state, region, Rect.whole(state.size)) is None:
            raise BadRequest(
                "references",
                f"the place of {given.image.name or 'a reference'} is gone, or nothing is painted there; "
                "paint it, or let the picture count everywhere",
                problem="no_reference_place",
            )
        coverage = regions.coverage_of(state, region, rect)
        if coverage is None:  # it lies outside of what is changed
            coverage = np.zeros((rect.height, rect.width), np.uint8)
        return replace(bound(given, ""), place=MaskInput.of(coverage))

    return tuple(map(painted, references))
