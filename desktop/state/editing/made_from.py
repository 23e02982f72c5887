"""What the picture of a result layer was made from, to make it again or another one like it."""

from __future__ import annotations

from desktop.raster.rect import Rect
from desktop.state.document.layers import ResultLayer
from desktop.state.editing.result_pixels import rgb_of
from engine.api.images import Extent, ImageInput


def can_be_made_again(layer: ResultLayer) -> bool:
    """Whether it knows how it was made, and from what."""
    recipe = layer.variant.recipe
    # a branch knows its source only through what it branched from
    return recipe is not None and layer.source is not None and recipe.request.image is not None


def source_extent(layer: ResultLayer) -> Extent:
    """The size of what it was made from. Only for a layer that `can_be_made_again`."""
    image = _image_of(layer)
    return Extent(image.width, image.height)


def source_of(layer: ResultLayer) -> ImageInput:
    """What it was made from, with its pixels. Only for a layer that `can_be_made_again`."""
    assert layer.source is not None
    return ImageInput.of(rgb_of(layer.source, Rect.whole(source_extent(layer))), _image_of(layer).name)


def _image_of(layer: ResultLayer) -> ImageInput:
    recipe = layer.variant.recipe
    assert recipe is not None and recipe.request.image is not None
    return recipe.request.image
