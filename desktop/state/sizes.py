"""Picture sizes near what a model was made for: aspect presets and the nearest allowed size."""

from __future__ import annotations

import math

from engine.api.images import Extent
from engine.api.model_info import ModelInfo
from engine.api.request import LIMITS

ASPECTS: tuple[tuple[int, int], ...] = (
    (1, 1),
    (4, 5),
    (5, 4),
    (2, 3),
    (3, 2),
    (9, 16),
    (16, 9),
    (1, 2),
    (2, 1),
)
"""Width to height, as the size presets offer them."""


def snap(value: float, multiple: int, name: str = "width") -> int:
    """The allowed size nearest to `value`: a multiple of `multiple` inside `LIMITS[name]`."""
    low, high = LIMITS[name]
    lowest, highest = math.ceil(low / multiple) * multiple, math.floor(high / multiple) * multiple
    return int(min(max(round(value / multiple) * multiple, lowest), highest))


def size_for(aspect: float, info: ModelInfo, area_scale: float = 1.0) -> Extent:
    """The size of proportions `aspect` (width / height) whose area is `area_scale` times the model's own."""
    area = info.defaults.width * info.defaults.height * area_scale
    multiple = info.capabilities.size_multiple
    width = snap(math.sqrt(area * aspect), multiple)
    height = snap(math.sqrt(area / aspect), multiple, "height")
    return Extent(width, height)


def carried_over(size: Extent, old: ModelInfo, new: ModelInfo) -> Extent:
    """`size`, chosen for the model `old`, for `new`: same proportions, as much above the model's own area."""
    own = old.defaults.width * old.defaults.height
    return size_for(size.width / size.height, new, area_scale=size.width * size.height / own)
