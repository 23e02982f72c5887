"""Tiles: they cover all, count as one where they overlap, and a network in tiles is the network."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.diffusion.tap import NetworkCall
from engine.diffusion.tiled_network import Grid, TiledNetwork, with_bounded_shift
from engine.diffusion.tiles import shares, spans


@given(
    length=st.integers(1, 400),
    tile=st.integers(1, 60),
    overlap=st.integers(0, 30),
    multiple=st.integers(1, 8),
)
def test_tiles_cover_every_unit_and_count_as_one(length: int, tile: int, overlap: int, multiple: int):
    length, tile = length * multiple, tile * multiple
    overlap = min(overlap, tile // 2)
    tiles = spans(length, tile, overlap, multiple)
    assert tiles[0].start == 0 and tiles[-1].stop == length
    assert {each.length for each in tiles} == {min(tile, length)}
    assert all(each.start % multiple == 0 for each in tiles)
    for one, other in pairwise(tiles):
        assert one.start < other.start and one.stop - other.start >= overlap - multiple + 1
    total = np.zeros(length)
    for each, weight in zip(tiles, shares(tiles), strict=True):
        assert weight.shape == (each.length,) and (weight >= 0).all()
        total[each.start : each.stop] += weight
    assert np.allclose(total, 1, atol=1e-5)


def call_with(forward, *args, **kwargs) -> torch.Tensor:
    call = NetworkCall(args, kwargs, 1, forward)
    grid = Grid(12, 20, 8, 2)
    TiledNetwork(grid).before_network(call)
    return call.forward(*call.args, **call.kwargs)[0]


def test_what_lies_on_the_canvas_is_cut_and_the_rest_goes_through():
    sizes, canvas = [], torch.rand(2, 4, 12, 20)

    def forward(sample, timestep, words, mask=None):
        sizes.append((tuple(sample.shape), tuple(mask.shape), timestep, tuple(words.shape)))
        return (sample * 2,)

    made = call_with(forward, canvas, 5, torch.zeros(2, 7, 3), mask=torch.zeros(1, 1, 12, 20))
    assert set(sizes) == {((2, 4, 8, 8), (1, 1, 8, 8), 5, (2, 7, 3))}
    assert len(sizes) == 2 * 3
    assert torch.allclose(made, canvas * 2, atol=1e-6)


def test_tokens_are_cut_in_their_places_and_counted_from_the_tiles_corner():
    grid, seen = Grid(4, 6, 4, 2, are_tokens=True), []
    canvas = torch.rand(1, 24, 5)
    places = torch.stack(torch.meshgrid(torch.arange(4), torch.arange(6), indexing="ij"), -1).reshape(24, 2)

    def forward(hidden_states, img_ids, img_shapes):
        seen.append((hidden_states.shape[1], img_ids.max(0).values.tolist(), img_shapes))
        return (hidden_states + 1,)

    call = NetworkCall(
        (), {"hidden_states": canvas, "img_ids": places, "img_shapes": [[(1, 4, 6)]]}, 1, forward
    )
    TiledNetwork(grid).before_network(call)
    assert torch.allclose(call.forward(**call.kwargs)[0], canvas + 1, atol=1e-6)
    assert seen == [(16, [3, 3], [[(1, 4, 4)]])] * 2


def test_one_tile_is_left_alone():
    def forward(sample):
        return (sample,)

    call = NetworkCall((torch.zeros(1, 1, 8, 8),), {}, 1, forward)
    TiledNetwork(Grid(8, 8, 8, 2)).before_network(call)
    assert call.forward is forward


@pytest.mark.parametrize(("asked", "used"), [(0.6, 0.6), (11.5, 1.15)])
def test_the_shift_of_a_huge_canvas_is_that_of_a_tile(asked: float, used: float):
    from diffusers import FlowMatchEulerDiscreteScheduler

    def sigmas(scheduler, mu):
        scheduler.set_timesteps(4, mu=mu)
        return scheduler.sigmas.tolist()

    stock = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    bounded = with_bounded_shift(FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True))
    assert sigmas(bounded, asked) == sigmas(stock, used)
