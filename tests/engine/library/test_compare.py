"""How far two pictures are apart, in numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np

from engine.api.images import pixels_hash
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library.compare import compare_pixels, has_recipe_pixels

BLACK = np.zeros((2, 3, 3), np.uint8)


def test_the_same_pixels_differ_in_nothing():
    difference = compare_pixels(BLACK, BLACK.copy())
    assert difference is not None and difference.is_none
    assert (difference.pixels, difference.total, difference.largest, difference.mean) == (0, 6, 0, 0.0)


def test_differences_are_counted_by_pixel_and_do_not_wrap():
    other = BLACK.copy()
    other[0, 0] = (255, 1, 0)
    other[1, 2, 2] = 2
    for pair in ((BLACK, other), (other, BLACK)):
        difference = compare_pixels(*pair)
        assert difference is not None and not difference.is_none
        assert (difference.pixels, difference.largest) == (2, 255)
        assert difference.mean == (255 + 1 + 2) / 18


def test_pictures_of_other_sizes_have_no_difference_to_tell():
    assert compare_pixels(BLACK, np.zeros((3, 2, 3), np.uint8)) is None


def test_a_recipe_knows_its_pixels():
    recipe = Recipe(GenerationRequest("m"), pixels_sha256=pixels_hash(BLACK))
    assert has_recipe_pixels(recipe, BLACK)
    assert not has_recipe_pixels(recipe, BLACK + 1)
    assert not has_recipe_pixels(Recipe(GenerationRequest("m")), BLACK)
