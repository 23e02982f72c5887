"""How often a picture goes through an upscaling network, and in how many tiles."""

from __future__ import annotations

import math

from engine.api.images import Extent
from engine.diffusion.tiles import spans

TILE_PX, LEAST_TILE_PX = 256, 32
OVERLAP_SHARE = 8
"""Of a tile, one part overlaps."""
REFINED_OVERLAP_SHARE = 4
"""The same of a tile that a diffusion model draws, or refines."""
MOST_PASSES = 4


def passes_for(scale: float, own: int) -> list[int]:
    """By how much each pass through a network of scale `own` is averaged down, to reach at least `scale`."""
    if own < 2:
        return [1]
    passes, reached = [1], float(own)
    while reached < scale and len(passes) < MOST_PASSES:
        passes.append(1)
        reached *= own
    spare = int(reached / scale)
    while spare > 1 and own % spare:
        spare -= 1
    passes[-1] = max(1, min(spare, own))
    return passes


def tiles_of(extent: Extent, tile_px: int, overlap_px: int) -> tuple[int, int]:
    """How many tiles cover `extent`, and all their pixels together."""
    down, across = (spans(side, tile_px, overlap_px) for side in (extent.height, extent.width))
    return len(down) * len(across), math.prod(sum(span.length for span in way) for way in (down, across))


def network_work(
    source: Extent, scale: float, own: int, tile_px: int, overlap_share: int = OVERLAP_SHARE
) -> tuple[int, int]:
    """Tiles of all passes that enlarge `source`, and how many pixels go into the network with them."""
    tiles = pixels = 0
    for number, _ in enumerate(passes_for(scale, own)):
        extent = Extent(source.width * own**number, source.height * own**number)
        count, area = tiles_of(extent, tile_px, min(tile_px // 2, tile_px // overlap_share))
        tiles, pixels = tiles + count, pixels + area
    return tiles, pixels
