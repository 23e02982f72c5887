"""A canvas of any size through a network of one size: at each step tile by tile, blended where they overlap.

So all tiles are one picture from the first step on, and no seam can grow between them (MultiDiffusion,
https://arxiv.org/abs/2302.08113). Memory of the network is bounded by the tile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import Moment, NetworkCall
from engine.diffusion.tiles import Span, shares, spans

if TYPE_CHECKING:
    import torch

TOKENS = "hidden_states"
"""The argument in which networks that work on tokens are given them, B x N x C."""
TOKEN_MASK = "attention_mask"
"""The argument that says for words, then tokens, whether they are read, B x (words + N)."""
TOKEN_PLACES, TOKEN_SIZES = "img_ids", "img_shapes"
"""The arguments that tell them where each token lies, or how many there are."""
ATTENTION, PLACES = "cross_attention_kwargs", "ip_adapter_masks"
"""The argument of a UNet that reaches its attention, and of that the places of references, in pixels."""
LARGEST_SHIFT = 1.15
"""Of the schedule, where the model's own configuration does not say: that of a picture of its own size."""


@dataclass(frozen=True)
class Grid:
    """The canvas in the units that a network counts: latent cells, or tokens."""

    rows: int
    columns: int
    tile: int
    """Side of a tile, and by how much two overlap at least."""
    overlap: int
    multiple: int = 1
    """Tiles begin at multiples of it."""
    are_tokens: bool = False
    """True where the network is given B x (rows * columns) x C."""

    @cached_property
    def down(self) -> tuple[Span, ...]:
        return spans(self.rows, self.tile, self.overlap, self.multiple)

    @cached_property
    def across(self) -> tuple[Span, ...]:
        return spans(self.columns, self.tile, self.overlap, self.multiple)

    @property
    def count(self) -> int:
        return len(self.down) * len(self.across)


class TiledNetwork(Moment):
    """Sends each call of the network through it tile by tile. Stands before what splits the batch."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def before_network(self, call: NetworkCall) -> None:
        if self.grid.count > 1:
            call.forward = self._around(call.forward)

    def _around(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        def tiled(*args: Any, **kwargs: Any) -> tuple[Any]:
            whole: Any = None
            for row, weight_down in zip(self.grid.down, shares(self.grid.down), strict=True):
                for column, weight_across in zip(self.grid.across, shares(self.grid.across), strict=True):
                    part = forward(
                        *(self._cut("", value, row, column) for value in args),
                        **{name: self._cut(name, value, row, column) for name, value in kwargs.items()},
                    )[0]
                    weight = weight_down[:, None] * weight_across[None]
                    whole = self._added(whole, part, weight, row, column)
            return (whole,)

        return tiled

    def _cut(self, name: str, value: Any, row: Span, column: Span) -> Any:
        """What of an argument is for one tile; what does not lie on the canvas as it is."""
        if name == TOKEN_SIZES:
            return [[(*shape[:-2], row.length, column.length) for shape in shapes] for shapes in value]
        if name == ATTENTION and value and PLACES in value:
            return {**value, PLACES: [self._cut_pixels(place, row, column) for place in value[PLACES]]}
        if isinstance(value, (list, tuple)):
            return type(value)(self._cut(name, item, row, column) for item in value)
        if not hasattr(value, "ndim"):
            return value
        grid = self.grid
        if not grid.are_tokens and tuple(value.shape[-2:]) == (grid.rows, 2 * grid.columns):
            import torch

            own, beside = (self._cut(name, half, row, column) for half in value.chunk(2, -1))
            return torch.cat([own, beside], dim=-1)
        if not grid.are_tokens:
            is_on_canvas = value.ndim >= 3 and tuple(value.shape[-2:]) == (grid.rows, grid.columns)
            return value[..., row.start : row.stop, column.start : column.stop] if is_on_canvas else value
        if name == TOKENS and value.ndim == 3 and value.shape[1] == grid.rows * grid.columns:
            return self._tokens(value, row, column)
        if name == TOKEN_MASK and value.ndim == 2 and value.shape[1] > grid.rows * grid.columns:
            words = value.shape[1] - grid.rows * grid.columns
            return self._with_tokens(value[:, :words], value[:, words:], row, column)
        if name == TOKEN_PLACES and value.shape[-2] == grid.rows * grid.columns:
            # counted from the tile's own corner: a network knows no places beyond its own size
            return self._tokens(value, Span(0, row.length), Span(0, column.length))
        return value

    def _cut_pixels(self, place: torch.Tensor | None, row: Span, column: Span) -> torch.Tensor | None:
        """The same of what has several pixels for a cell, or None."""
        if place is None:
            return None
        down, across = place.shape[-2] // self.grid.rows, place.shape[-1] // self.grid.columns
        return place[..., row.start * down : row.stop * down, column.start * across : column.stop * across]

    def _tokens(self, value: torch.Tensor, row: Span, column: Span) -> torch.Tensor:
        cells = value.unflatten(-2, (self.grid.rows, self.grid.columns))
        return cells[..., row.start : row.stop, column.start : column.stop, :].flatten(-3, -2)

    def _with_tokens(self, words: torch.Tensor, mask: torch.Tensor, row: Span, column: Span) -> torch.Tensor:
        import torch

        return torch.cat([words, self._tokens(mask[..., None], row, column)[..., 0]], dim=1)

    def _added(self, whole: Any, part: Any, weight: Any, row: Span, column: Span) -> Any:
        """`whole` (None at first) with the answer for one tile in its place."""
        import torch

        if isinstance(part, (list, tuple)):
            wholes = [None] * len(part) if whole is None else whole
            return [self._added(one, own, weight, row, column) for one, own in zip(wholes, part, strict=True)]
        weight = torch.from_numpy(weight).to(part.device)
        grid = self.grid
        if not grid.are_tokens:
            if whole is None:
                whole = part.new_zeros(*part.shape[:-2], grid.rows, grid.columns)
            part = part[..., : column.length]  # without what stands beside it
            whole[..., row.start : row.stop, column.start : column.stop] += (part.float() * weight).to(
                part.dtype
            )
            return whole
        if whole is None:
            whole = part.new_zeros(part.shape[0], grid.rows * grid.columns, part.shape[-1])
        cells = part.float().unflatten(1, (row.length, column.length)) * weight[..., None]
        there = whole.view(part.shape[0], grid.rows, grid.columns, part.shape[-1])
        there[:, row.start : row.stop, column.start : column.stop] += cells.to(part.dtype)
        return whole


def with_bounded_shift(scheduler: Any) -> Any:
    """`scheduler`, asked for the schedule of one tile: a flow's shift for a huge canvas is all noise."""
    ask = scheduler.set_timesteps
    highest = scheduler.config.get("max_shift") or LARGEST_SHIFT

    @wraps(ask)  # pipelines read its signature
    def set_timesteps(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("mu") is not None:
            kwargs["mu"] = min(kwargs["mu"], highest)
        return ask(*args, **kwargs)

    scheduler.set_timesteps = set_timesteps
    return scheduler


@contextmanager
def vae_in_tiles(vae: Any) -> Iterator[None]:
    """Inside, pictures are encoded and decoded in tiles: a canvas of any size takes the memory of one."""
    if not hasattr(vae, "use_tiling"):
        yield
        return
    vae.enable_tiling()
    try:
        yield
    finally:
        vae.disable_tiling()
