"""Pixels in tiles: what is written is read, and copies stay as they were."""

import numpy as np

from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind, Tile
from desktop.raster.tiles import Tiles


def test_what_is_written_across_tiles_is_read_again(rng=np.random.default_rng(1)):
    tiles = Tiles()
    pixels = rng.integers(0, 256, (300, 600, 4), dtype=np.uint8)
    rect = Rect(-70, 200, 600, 300)
    tiles.write(rect, pixels)
    assert (tiles.read(rect) == pixels).all()
    assert tiles.bounds() == Rect(-TILE, 0, 4 * TILE, 2 * TILE)
    assert not tiles.read(Rect(5000, 5000, 10, 10)).any()


def test_a_snapshot_stays_as_it_was_and_shares_what_is_untouched():
    tiles = Tiles(Kind.COVERAGE)
    tiles.fill(Rect(0, 0, 4 * TILE, TILE), 7)
    before = tiles.snapshot()
    for _, view in tiles.edit(Rect(10, 10, 5, 5)):
        view[:] = 200
    assert before.read(Rect(10, 10, 1, 1)) == 7 and tiles.read(Rect(10, 10, 1, 1)) == 200
    assert tiles.changed_since(before) == {(0, 0)}
    assert tiles.get((1, 0)) is before.get((1, 0))


def test_filled_tiles_share_one_piece_of_memory():
    tiles = Tiles()
    tiles.fill(Rect(0, 0, 64 * TILE, 64 * TILE), (1, 2, 3, 255))
    assert len(tiles.keys()) == 64 * 64
    assert tiles.memory_bytes() == Kind.COLOUR.nbytes


def test_the_log_holds_each_tile_as_it_was_first():
    tiles = Tiles(Kind.COVERAGE)
    tiles.fill(Rect(0, 0, TILE, TILE), 9)
    tiles.begin_log()
    for value in (50, 60):
        tiles.fill(Rect(0, 0, 10, 2 * TILE), value)
    log = tiles.end_log()
    first = log[(0, 0)]
    assert first is not None and first.pixels[0, 0] == 9
    assert log[(0, 1)] is None


def test_a_packed_tile_rests_and_comes_back():
    pixels = np.random.default_rng(0).integers(0, 256, Kind.COLOUR.value, dtype=np.uint8)
    tile = Tile(Kind.COLOUR, pixels.copy())
    tile.pack()
    tile.rest()
    assert not tile.is_plain
    assert (tile.pixels == pixels).all()


def test_changes_are_told_when_they_are_there():
    tiles, heard = Tiles(Kind.COVERAGE), []
    tiles.observer = lambda rect: heard.append((rect, int(tiles.read(rect).max())))
    rect = Rect(250, 0, 20, 10)
    for _, view in tiles.edit(rect):
        view[:] = 3
    assert heard == [(rect, 3)]


def test_pruning_lets_go_of_what_holds_nothing():
    tiles = Tiles()
    tiles.fill(Rect(0, 0, 10, 10), (9, 9, 9, 255))
    tiles.fill(Rect(0, 0, 10, 10), (0, 0, 0, 0))
    tiles.prune(tiles.keys())
    assert tiles.keys() == set()
