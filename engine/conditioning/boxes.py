"""Boxes with a phrase each, which GLIGEN's network reads in layers of its own (https://arxiv.org/abs/2301.07093).

A place is the box around what is painted of it, and its sentence says what is in it. So the sentence is no
voice of its own beside the prompt: the network draws all of the picture at once. Some networks are told of a
picture in a box besides, or in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.api.images import Extent, Pixels
from engine.api.mask import Coverage, bounds_of, painted
from engine.api.references import ReferenceInput, ReferenceScope
from engine.conditioning.fitting import fitted_mask
from engine.conditioning.sentences import Voice
from engine.diffusion.tap import Moment, NetworkCall, latents_given
from engine.diffusion.tiled_network import Grid

if TYPE_CHECKING:
    import torch

MOST_BOXES = 30
"""That the networks were taught with; a place beyond is not told."""


class Box(NamedTuple):
    """In shares of the picture, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def seen_in(self, tile: Box) -> Box | None:
        """The part of it in `tile`, in shares of that; None: there is none."""
        width, height = tile.right - tile.left, tile.bottom - tile.top
        left, right = ((min(max(x, tile.left), tile.right) - tile.left) / width for x in (self[0], self[2]))
        top, bottom = ((min(max(y, tile.top), tile.bottom) - tile.top) / height for y in (self[1], self[3]))
        return Box(left, top, right, bottom) if left < right and top < bottom else None


WHOLE = Box(0.0, 0.0, 1.0, 1.0)
STYLE = Box(0.0, 1.0, 0.0, 1.0)
"""Of a picture whose style alone counts: its makers taught it so. It has no inside, and no tile cuts it."""


def box_of(coverage: Coverage) -> Box | None:
    """Around what is painted of `coverage`, H x W; None: nothing is."""
    bounds = bounds_of(np.where(painted(coverage), coverage, 0).astype(np.uint8))
    height, width = coverage.shape
    if not bounds:
        return None
    return Box(bounds.left / width, bounds.top / height, bounds.right / width, bounds.bottom / height)


@dataclass(frozen=True, eq=False)
class Boxed:
    """A place, as the network is told of it."""

    box: Box
    phrases: tuple[torch.Tensor, ...]
    """For each step what the text encoder makes of its words, D; none of a place without words."""
    weight: float
    """0 to 1: how much of it is told; the rest is what the network learnt for no box at all."""
    picture: torch.Tensor | None = None
    """What is seen in its picture, D."""
    picture_weight: float = 0.0
    """From 0, as `weight`, of the picture alone."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture that the network is told of."""

    pixels: Pixels
    box: Box
    weight: float


def boxed(places: Sequence[Voice], read: Callable[[list[str]], torch.Tensor]) -> tuple[Boxed, ...]:
    """`places` by their boxes, without those of which nothing is painted.

    Args:
        read: From phrases to what the text encoder makes of each as a whole, N x D; asked once.
    """
    found = [(voice, box) for voice in places if voice.mask is not None and (box := box_of(voice.mask))]
    found = found[:MOST_BOXES]
    texts = list(dict.fromkeys(text for voice, _ in found for text in voice.texts))
    if not texts:
        return ()
    said = dict(zip(texts, read(texts), strict=True))
    return tuple(Boxed(box, tuple(said[text] for text in voice.texts), voice.weight) for voice, box in found)


def shown_in(references: Sequence[ReferenceInput], extent: Extent) -> tuple[Shown, ...]:
    """The pictures of `references` by their boxes, without those that count nowhere.

    One that is bound to no place is told of all of the canvas, or as its style.
    """
    found: list[Shown] = []
    for given in references:
        everywhere = STYLE if given.scope is ReferenceScope.STYLE else WHOLE
        box = everywhere if given.place is None else box_of(fitted_mask(given.place, extent))
        if box is not None and given.image.pixels is not None and given.weight > 0:
            found.append(Shown(given.image.pixels, box, given.weight))
    return tuple(found)


def with_pictures(
    places: Sequence[Boxed], shown: Sequence[Shown], see: Callable[[list[Pixels]], torch.Tensor]
) -> tuple[Boxed, ...]:
    """`places` with the pictures in their boxes; a picture in a box of its own is a place without words.

    Args:
        see: From pictures to what is seen in each, N x D; asked once, where there are any.
    """
    told = list(places)
    seen = see([one.pixels for one in shown]) if shown else ()
    for one, picture in zip(shown, seen, strict=True):
        same = (n for n, place in enumerate(told) if place.box == one.box and place.picture is None)
        number = next(same, None)
        if number is None:
            told.append(Boxed(one.box, (), 0.0, picture, one.weight))
        else:
            told[number] = replace(told[number], picture=picture, picture_weight=one.weight)
    return tuple(told[:MOST_BOXES])


class FollowBoxes(Moment):
    """Tells the network where what is. Stands before what halves its batch and what cuts it into tiles."""

    def __init__(
        self,
        places: Sequence[Boxed],
        held: int,
        is_guided: bool,
        grid: Grid | None = None,
        pictured: bool = False,
    ) -> None:
        """
        Args:
            held: Steps in which they are told; after those the prompt alone smooths what is there.
            is_guided: True where the first half of the batch is the negative prompt's: it is told of none.
            grid: Of a canvas in tiles, each of which is told what of a box it holds.
            pictured: True where the network is told of pictures besides phrases, one or both a box.
        """
        self.places, self.held, self.is_guided, self.grid = places, held, is_guided, grid
        self.pictured = pictured

    def before_network(self, call: NetworkCall) -> None:
        if call.step > self.held:
            return
        latents = latents_given(call.args, call.kwargs)
        told = self._told(call.step, latents)
        named = "cross_attention_kwargs"
        call.kwargs = {**call.kwargs, named: {**(call.kwargs.get(named) or {}), "gligen": told}}
        if self.grid is not None and self.grid.count > 1:
            call.forward = self._in_tiles(call.forward, named, self.grid)

    def _told(self, step: int, latents: torch.Tensor) -> dict[str, torch.Tensor]:
        """As the network's projection takes it, for each picture of the batch `latents`."""
        phrases = [
            place.phrases[min(step, len(place.phrases)) - 1] if place.phrases else None
            for place in self.places
        ]
        weights = [place.weight for place in self.places]
        boxes = _padded(latents, [latents.new_tensor(place.box) for place in self.places], 4)
        pictures = [place.picture for place in self.places]
        width = next(one.shape[-1] for one in (*phrases, *pictures) if one is not None)
        words = _padded(latents, phrases, width)
        if not self.pictured:
            return {"boxes": boxes, "positive_embeddings": words, "masks": self._counting(latents, weights)}
        shares = [place.picture_weight for place in self.places]
        counting = [min(1.0, max(pair)) for pair in zip(weights, shares, strict=True)]
        return {
            "boxes": boxes,
            "masks": self._counting(latents, counting),
            "phrases_masks": self._counting(latents, weights),
            "image_masks": self._counting(latents, shares),
            "phrases_embeddings": words,
            "image_embeddings": _padded(latents, pictures, width),
        }

    def _counting(self, latents: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
        """How much of each is told, B x `MOST_BOXES`: of none to the negative prompt's half."""
        masks = latents.new_zeros(len(latents), MOST_BOXES)
        masks[:, : len(weights)] = latents.new_tensor(weights)
        if self.is_guided:
            masks[: len(latents) // 2] = 0
        return masks

    def _in_tiles(self, forward: Callable[..., Any], named: str, grid: Grid) -> Callable[..., Any]:
        """Asked once for each tile, in the order in which the canvas is cut."""
        tiles = [
            Box(column.start / grid.columns, row.start / grid.rows, column.stop / grid.columns,
                row.stop / grid.rows)
            for row in grid.down
            for column in grid.across
        ]  # fmt: skip
        number = count()

        @wraps(forward)
        def of_the_tile(*args: Any, **kwargs: Any) -> Any:
            told = kwargs[named]["gligen"]
            boxes = told["boxes"].clone()
            masks = {name: told[name].clone() for name in told if name.endswith("masks")}
            tile = tiles[next(number) % len(tiles)]
            for place, whole in enumerate(self.places):
                part = whole.box if whole.box == STYLE else whole.box.seen_in(tile)
                boxes[:, place] = boxes.new_tensor(part or (0.0,) * 4)
                for mask in masks.values():
                    mask[:, place] *= part is not None
            own = {**kwargs[named], "gligen": {**told, "boxes": boxes, **masks}}
            return forward(*args, **{**kwargs, named: own})

        return of_the_tile


def _padded(latents: torch.Tensor, rows: Sequence[torch.Tensor | None], width: int) -> torch.Tensor:
    """B x `MOST_BOXES` x `width`: `rows` for each of a batch of `latents`, zeros where there is none."""
    table = latents.new_zeros(len(latents), MOST_BOXES, width)
    for number, row in enumerate(rows):
        if row is not None:
            table[:, number] = row.to(table)
    return table
