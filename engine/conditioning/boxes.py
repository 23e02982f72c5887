"""Boxes with a phrase each, which GLIGEN's network reads in layers of its own (https://arxiv.org/abs/2301.07093).

A place is the box around what is painted of it, and its sentence says what is in it. So the sentence is no
voice of its own beside the prompt: the network draws all of the picture at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.api.mask import Coverage, bounds_of, painted
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
    """For each step what the text encoder makes of its words, D."""
    weight: float
    """0 to 1: how much of it is told; the rest is what the network learnt for no box at all."""


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


class FollowBoxes(Moment):
    """Tells the network where what is. Stands before what halves its batch and what cuts it into tiles."""

    def __init__(self, places: Sequence[Boxed], held: int, is_guided: bool, grid: Grid | None = None) -> None:
        """
        Args:
            held: Steps in which they are told; after those the prompt alone smooths what is there.
            is_guided: True where the first half of the batch is the negative prompt's: it is told of none.
            grid: Of a canvas in tiles, each of which is told what of a box it holds.
        """
        self.places, self.held, self.is_guided, self.grid = places, held, is_guided, grid

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
        import torch

        size, number = len(latents), len(self.places)
        boxes = latents.new_zeros(size, MOST_BOXES, 4)
        masks = latents.new_zeros(size, MOST_BOXES)
        phrases = [place.phrases[min(step, len(place.phrases)) - 1] for place in self.places]
        words = latents.new_zeros(size, MOST_BOXES, phrases[0].shape[-1])
        boxes[:, :number] = torch.tensor([place.box for place in self.places]).to(boxes)
        words[:, :number] = torch.stack(phrases).to(words)
        masks[:, :number] = torch.tensor([place.weight for place in self.places]).to(masks)
        if self.is_guided:
            masks[: size // 2] = 0
        return {"boxes": boxes, "positive_embeddings": words, "masks": masks}

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
            boxes, masks = told["boxes"].clone(), told["masks"].clone()
            tile = tiles[next(number) % len(tiles)]
            for place, whole in enumerate(self.places):
                part = whole.box.seen_in(tile)
                boxes[:, place] = boxes.new_tensor(part or (0.0,) * 4)
                masks[:, place] *= part is not None
            own = {**kwargs[named], "gligen": {**told, "boxes": boxes, "masks": masks}}
            return forward(*args, **{**kwargs, named: own})

        return of_the_tile
