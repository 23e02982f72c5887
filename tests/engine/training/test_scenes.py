"""Scenes: the same again, maps that agree with the picture, and what is kept for the test is never drawn."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tiny_sprites import tiny_sprites

from engine.training.data.pack import Sprites
from engine.training.scenes import (
    Item,
    Scene,
    Words,
    compose,
    held_out,
    is_held_out,
    layout,
    sample_edit,
    sample_scene,
)
from engine.training.scenes.classes import CLASSES, FIRST_OBJECT, GROUP_NUMBER, NUMBER, PALETTE
from engine.training.scenes.held_out import combinations, is_kept
from engine.training.scenes.places import PLACES
from engine.training.scenes.sampling import RELATIONS


@pytest.fixture(scope="module")
def sprites() -> Sprites:
    return tiny_sprites()


@pytest.fixture(scope="module")
def words(sprites: Sprites) -> Words:
    return Words.of(sprites)


def scenes(words: Words, count: int, seed: int = 0) -> list[Scene]:
    rng = np.random.default_rng(seed)
    return [sample_scene(rng, words) for _ in range(count)]


def test_the_same_seed_is_the_same_scene_and_the_same_pixels(sprites: Sprites, words: Words):
    for one, other in zip(scenes(words, 20), scenes(words, 20), strict=True):
        assert one == other
        assert Scene.from_data(json.loads(json.dumps(one.to_data()))) == one
        assert np.array_equal(compose(one, sprites, 96).rgb, compose(other, sprites, 96).rgb)


def test_every_place_hour_and_weather_is_painted_at_any_size(sprites: Sprites):
    dog = Item("dog", "3d", 0.5, 0.9, 0.4)
    for name, place in PLACES.items():
        horizon = sum(place.horizon) / 2
        for time in place.times:
            for weather in {"", *place.weathers}:
                for covered in {False, place.can_be_covered}:
                    scene = Scene(3, name, horizon, "pink", time, weather, covered, (dog,))
                    made = compose(scene, sprites, 48)
                    assert made.rgb.shape == (48, 48, 3) and made.rgb.dtype == np.uint8
                    assert made.lines.shape == made.depth.shape == made.segmentation.shape == (48, 48)
    assert compose(scene, sprites, 333).rgb.shape == (333, 333, 3)


def test_the_maps_agree_with_the_pixels(sprites: Sprites):
    """A thing's class is where its colour is, its depth is one, and its key points lie on it."""
    scene = Scene(1, "plain", backdrop="white", items=(Item("automobile", "3d", 0.5, 0.8, 0.6),))
    made = compose(scene, sprites)
    thing = made.segmentation == GROUP_NUMBER["vehicle"]
    empty = compose(replace(scene, items=()), sprites).rgb
    changed = np.abs(made.rgb.astype(int) - empty).max(axis=2) > 60
    assert (thing & changed).sum() > 0.98 * thing.sum()
    assert (changed & ~thing).sum() < 0.03 * thing.sum()
    assert set(np.unique(made.depth[thing])) == {190} and set(np.unique(made.depth[~thing])) == {0}
    points = made.key_points[0]
    for x, y in (points.top, points.bottom, points.left, points.right):
        assert thing[y, x]
    ys, xs = np.nonzero(thing)
    assert (points.top[1], points.bottom[1], points.left[0], points.right[0]) == (
        ys.min(),
        ys.max(),
        xs.min(),
        xs.max(),
    )
    assert made.lines[thing & ~np.roll(thing, 1, axis=0)].mean() > 200


def test_what_stands_nearer_is_nearer_in_the_depth_map(sprites: Sprites):
    near, far = Item("dog", "3d", 0.3, 0.95, 0.3), Item("cat", "3d", 0.7, 0.75, 0.3)
    made = compose(Scene(1, "field", 0.6, items=(near, far)), sprites)
    ground = made.depth[made.segmentation == NUMBER["grass"]]
    assert made.depth[int(0.9 * 256), int(0.3 * 256)] > made.depth[int(0.7 * 256), int(0.7 * 256)] > 0
    assert made.depth[made.segmentation == NUMBER["sky"]].max() == 0 < ground.max()


def test_weather_falls_on_the_picture_and_not_on_the_maps(sprites: Sprites):
    dry = Scene(1, "city", 0.7, weather="snow", items=(Item("dog", "3d", 0.5, 0.9, 0.4),))
    made = compose(dry, sprites)
    assert not np.array_equal(made.rgb, made.clear)
    assert np.array_equal(made.lines, compose(dry, sprites).lines)
    assert set(np.unique(made.segmentation)) <= {entry.number for entry in CLASSES}


def test_classes_have_a_name_in_two_languages_and_a_colour_of_their_own():
    assert len({entry.rgb for entry in CLASSES}) == len({entry.number for entry in CLASSES}) == len(CLASSES)
    assert all(entry.en and entry.es for entry in CLASSES)
    assert all(tuple(PALETTE[entry.number]) == entry.rgb for entry in CLASSES)


def test_what_is_sampled_is_whole_and_in_the_picture(words: Words):
    for scene in scenes(words, 400):
        for item in scene.items:
            width, height = layout.extent(item, words)
            if abs(item.tilt) == 90:
                width, height = height, width
            assert item.x - width / 2 > -0.03 and item.x + width / 2 < 1.03, scene
            assert item.y - item.lift - height > -0.02 and item.y <= 1.0, scene


def test_two_things_side_by_side_do_not_touch(words: Words):
    rng = np.random.default_rng(4)
    pairs = words.focused(plain=0, place=0, several=1, empty=0)
    for _ in range(300):
        scene = sample_scene(rng, pairs)
        if len(scene.items) > 1 and scene.relation not in ("on", "under", "front", "behind"):
            edges = sorted(
                (item.x - layout.extent(item, words)[0] / 2, item.x + layout.extent(item, words)[0] / 2)
                for item in scene.items
            )
            assert all(one[1] <= other[0] + 0.005 for one, other in pairwise(edges)), scene


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_is_as_it_is_said(relation: str, words: Words):
    rng = np.random.default_rng(5)
    scene = Scene(0, "plain", backdrop="white")
    for _ in range(20):
        first, second = layout.pair(
            Item("dog", "3d", 0, 0, 0), Item("house", "3d", 0, 0, 0), relation, words, rng, scene
        )
        assert (first.concept, second.concept) == ("dog", "house")
        match relation:
            case "left":
                assert first.x < second.x
            case "right":
                assert first.x > second.x
            case "on":
                assert first.y < second.y - 0.1 and abs(first.x - second.x) < 0.1
            case "under":
                assert first.y > second.y + 0.1
            case "front":
                assert first.layer > second.layer and first.y > second.y
            case "behind":
                assert first.layer < second.layer and first.y < second.y


def test_what_is_held_out_is_never_sampled_and_everything_else_is(words: Words):
    drawn = Counter(combination for scene in scenes(words, 3000) for combination in combinations(scene))
    assert not [combination for combination in drawn if is_kept(combination)]
    kept = list(held_out(words, seed=1, count=60))
    assert all(is_held_out(scene) for scene in kept)
    assert kept == list(held_out(words, seed=1, count=60)) != list(held_out(words, seed=2, count=60))


def test_the_focus_turns_the_shares(words: Words):
    def share(focused: Words) -> float:
        rng = np.random.default_rng(6)
        return float(np.mean([len(sample_scene(rng, focused).items) == 1 for _ in range(300)]))

    assert share(words.focused(plain=1, place=0, several=0, empty=0)) == 1.0
    assert share(words.focused(plain=0, place=0, several=1, empty=0)) == 0.0
    assert 0.5 < share(words) < 0.75
    still = words.focused(effects=0, several=0)
    rng = np.random.default_rng(7)
    assert not any(item.colour or item.size for _ in range(200) for item in sample_scene(rng, still).items)


def test_an_edit_changes_what_it_says_and_nothing_else(sprites: Sprites, words: Words):
    rng = np.random.default_rng(8)
    kinds = Counter()
    for _ in range(200):
        edit = sample_edit(rng, words)
        assert edit.before != edit.after and edit.before.seed == edit.after.seed
        assert edit.instruction["en"] and edit.instruction["es"] and "@" not in edit.instruction["es"]
        kinds[edit.instruction["en"].split()[0]] += 1
        if edit.instruction["en"].startswith("remove"):
            gone = set(edit.before.items) - set(edit.after.items)
            assert len(gone) == 1 and set(edit.after.items) < set(edit.before.items)
            before, after = compose(edit.before, sprites, 128), compose(edit.after, sprites, 128)
            same = (before.rgb == after.rgb).all(axis=2)
            assert same.mean() > 0.5
    assert len(kinds) > 8


def test_another_weather_leaves_the_place_as_it_was(sprites: Sprites):
    """All chance of the sky and the weather is its own."""
    for name, place in PLACES.items():
        if "rain" in place.weathers and "snow" in place.weathers:
            scene = Scene(5, name, sum(place.horizon) / 2, weather="rain")
            made, other = (compose(one, sprites, 128) for one in (scene, replace(scene, weather="snow")))
            ground = (made.segmentation != NUMBER["sky"]) & (made.segmentation != NUMBER["cloud"])
            assert np.array_equal(
                made.segmentation[ground],
                np.where(other.segmentation == NUMBER["cloud"], 0, other.segmentation)[ground],
            ), name


def test_objects_have_classes_of_their_own(sprites: Sprites, words: Words):
    for scene in scenes(words, 60, seed=9):
        made = compose(scene, sprites, 64)
        assert bool((made.segmentation >= FIRST_OBJECT).any()) == bool(scene.items)
        assert len(made.key_points) == len(scene.items)
