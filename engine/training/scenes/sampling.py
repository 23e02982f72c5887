"""Drawing a scene by chance: what, where, in which weather and light, doing what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from engine.training.data.concepts import Concept, word_set
from engine.training.scenes import layout
from engine.training.scenes.colours import BACKDROPS
from engine.training.scenes.held_out import is_held_out
from engine.training.scenes.places import FLOATING, GRADIENT, PLACES, PLAIN, WATER
from engine.training.scenes.scene import Item, Scene
from engine.training.scenes.words import Words

Rng = np.random.Generator
T = TypeVar("T")
RELATIONS = ("left", "right", "next", "on", "under", "front", "behind", "and")
RELATION_SHARES = (0.17, 0.17, 0.16, 0.14, 0.08, 0.08, 0.08, 0.12)
LIVING = ("animal", "person")
STILL = ("building", "nature", "sky", "shape", "body")
"""What does not stand on its head."""
FLYERS = word_set(
    """bat owl eagle parrot duck swan goose dove bird flamingo peacock phoenix honeybee butterfly
    lady-beetle mosquito fly dragon fairy superhero airplane small-airplane helicopter rocket
    flying-saucer balloon kite ghost feather penguin baby-chick beetle santa-claus mage robot alien
    unicorn horse pig"""
)
"""Things that one sees in the air, and a few that one would like to."""
SMILES = {"dog", "cat", "rabbit", "mouse", "pig", "tiger", "monkey", "boy", "girl", "man", "woman", "person"}
SIZES = {"big": (0.8, 0.92), "small": (0.3, 0.38), "tiny": (0.19, 0.25)}
"""On a plain backdrop; in a place four fifths of that."""
MANY_TRIES = 200


def sample_scene(rng: Rng, words: Words) -> Scene:
    """A scene to learn from: never one of the combinations that are kept for the test."""
    for _ in range(MANY_TRIES):
        scene = draw_scene(rng, words)
        if not is_held_out(scene):
            return scene
    raise RuntimeError("every scene that was drawn is held out")


def held_out(words: Words, seed: int = 0, count: int = 256) -> Iterator[Scene]:
    """Scenes that training never samples, always the same for a seed."""
    rng = np.random.default_rng((seed, 7))
    while count:
        scene = draw_scene(rng, words)
        if is_held_out(scene):
            count -= 1
            yield scene


def draw_scene(rng: Rng, words: Words) -> Scene:
    """Any scene, held out or not."""
    focus = words.focus
    kinds: tuple[Callable[[Rng, Words], Scene], ...] = (plain_scene, placed_scene, several_scene, empty_scene)
    shares = np.cumsum((focus.plain, focus.place, focus.several, focus.empty))
    kind = int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))
    return kinds[min(kind, 3)](rng, words)


def plain_scene(rng: Rng, words: Words) -> Scene:
    """One thing, large, on a plain backdrop."""
    item = pick_item(rng, words)
    item = layout.centred(item, words, rng, rng.uniform(0.64, 0.86))
    if chance(rng, 0.12 * words.focus.effects):
        item = sized(item, words, rng, 1.0)
    elif chance(rng, 0.14 * words.focus.effects):
        item = posed(item, words, rng, PLAIN)
    return with_backdrop(rng, words, Scene(seed_of(rng), PLAIN, items=(item,)))


def placed_scene(rng: Rng, words: Words) -> Scene:
    """One thing in a place."""
    item = pick_item(rng, words)
    scene = pick_surroundings(rng, place=fitting_place(rng, words.by_id[item.concept]))
    item = layout.standing(item, words, rng, scene, rng.uniform(0.44, 0.62))
    if chance(rng, 0.1 * words.focus.effects):
        item = sized(item, words, rng, 0.8, scene)
    elif chance(rng, 0.34 * words.focus.effects):
        item = posed(item, words, rng, scene.place)
    return replace(scene, items=(in_water(item, scene),))


def several_scene(rng: Rng, words: Words) -> Scene:
    """The same thing two to four times, two things in a relation, or three things."""
    if chance(rng, 0.45):
        scene = pick_surroundings(rng, ground_only=True)
    else:
        scene = Scene(seed_of(rng), PLAIN)
    what = rng.random()
    if what < 0.2:
        scene = counted(rng, words, scene)
    elif what < 0.85:
        scene = related(rng, words, scene)
    else:
        scene = listed(rng, words, scene)
    if scene.place == PLAIN:
        return with_backdrop(rng, words, scene)
    return replace(scene, items=tuple(in_water(item, scene) for item in scene.items))


def empty_scene(rng: Rng, words: Words) -> Scene:
    return pick_surroundings(rng, weather_share=0.65)


def counted(rng: Rng, words: Words, scene: Scene) -> Scene:
    item = pick_item(rng, words, colour_share=0.1)
    number = pick(rng, (2, 2, 2, 3, 3, 4))
    return replace(scene, items=layout.row((item,) * number, words, rng, scene), count=number)


def related(rng: Rng, words: Words, scene: Scene) -> Scene:
    first = pick_item(rng, words)
    second = other_item(rng, words, (first,))
    relation = RELATIONS[int(rng.choice(len(RELATIONS), p=RELATION_SHARES))]
    return replace(scene, items=layout.pair(first, second, relation, words, rng, scene), relation=relation)


def listed(rng: Rng, words: Words, scene: Scene) -> Scene:
    items = [pick_item(rng, words, colour_share=0.08)]
    for _ in range(int(pick(rng, (2, 2, 2, 3)))):
        items.append(other_item(rng, words, items))
    return replace(scene, items=layout.row(tuple(items), words, rng, scene), relation="and")


def other_item(rng: Rng, words: Words, items: Sequence[Item]) -> Item:
    """Another thing in the same style; a third of the time of the same group, which is harder."""
    groups = (words.by_id[items[0].concept].group,) if chance(rng, 0.3) else None
    item = items[0]
    for _ in range(20):
        item = pick_item(rng, words, items[0].style, groups)
        if item.concept not in [other.concept for other in items] and item.style == items[0].style:
            break
    return item


def pick_item(
    rng: Rng, words: Words, style: str = "", groups: tuple[str, ...] | None = None, colour_share: float = 0.16
) -> Item:
    """A thing in a style, perhaps in another colour or smiling; not yet anywhere."""
    concept = words.pick(rng, groups)
    style = words.style(rng, concept, style)
    variant = int(rng.integers(max(1, words.variants(concept.id, style))))
    item = Item(concept.id, style, 0.5, 0.9, 0.6, variant)
    mirrored = (
        chance(rng, 0.4)
        and concept.group in ("animal", "person", "plant", "food", "vehicle")
        and concept.kind != "sky"
    )
    if words.variants(concept.id, style, "smiling") and chance(rng, 0.3):
        return replace(item, look="smiling", mirrored=mirrored)
    colours = words.colours(concept.id, style, variant)
    if colours and chance(rng, colour_share * 1.8 * words.focus.effects):
        item = replace(item, colour=pick(rng, colours))
    return replace(item, mirrored=mirrored)


def fitting_place(rng: Rng, concept: Concept) -> str:
    """Half the time where one would look for it, else anywhere."""
    if chance(rng, 0.5):
        return ""
    homes = {
        "animal-marine": ("underwater", "sea", "beach"),
        "animal-bird": ("sky", "field", "lake", "forest", "garden"),
        "animal-mammal": ("field", "forest", "snow", "room", "park"),
        "transport-air": ("sky", "space", "field"),
        "transport-water": ("sea", "lake", "beach"),
        "transport-ground": ("road", "street", "city"),
        "household": ("room", "bedroom", "kitchen"),
        "food": ("kitchen", "garden", "field"),
        "plant": ("garden", "field", "forest"),
        "place-building": ("street", "field", "snow", "city"),
        "person": ("street", "entrance", "room", "beach"),
        "clothing": ("room", "bedroom"),
        "musical-instrument": ("room", "street"),
        "sport": ("park", "field", "beach"),
    }
    places = homes.get(concept.kind) or homes.get(concept.group)
    return pick(rng, places) if places else ""


def pick_surroundings(
    rng: Rng, place: str = "", ground_only: bool = False, weather_share: float = 0.5
) -> Scene:
    """A place with its hour and weather; nothing in it yet."""
    names = [name for name in PLACES if not (ground_only and name in (*FLOATING, *WATER))]
    if not place:
        weights = np.array([PLACES[name].weight for name in names])
        place = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    about = PLACES[place]
    time = (
        "day"
        if len(about.times) == 1 or chance(rng, 0.62)
        else pick(rng, [name for name in about.times if name != "day"])
    )
    weather = pick(rng, about.weathers) if about.weathers and chance(rng, weather_share) else ""
    if (weather == "sunny" and time != "day") or (weather == "storm" and time == "sunset"):
        weather = ""
    covered = place == "snow" or (about.can_be_covered and chance(rng, 0.6 if weather == "snow" else 0.05))
    horizon = round(float(rng.uniform(*about.horizon)), 3)
    return Scene(seed_of(rng), place, horizon, "", time, weather, covered)


def with_backdrop(rng: Rng, words: Words, scene: Scene) -> Scene:
    """A plain colour or soft gradient that the things stand out from."""
    tones = [words.info(item.concept, item.style, item.variant).tone for item in scene.items]
    place, names = (
        (PLAIN, list(BACKDROPS))
        if chance(rng, 0.8)
        else (GRADIENT, ["light blue", "beige", "mint", "lavender", "pink", "grey", "yellow"])
    )
    backdrop = names[0]
    for _ in range(12):
        backdrop = "white" if place == PLAIN and chance(rng, 0.5) else pick(rng, names)
        away = min(np.abs(np.subtract(BACKDROPS[backdrop], tone)).sum() for tone in tones)
        same = any(item.colour == backdrop for item in scene.items)
        if away > 130 and not same:
            break
    return replace(scene, place=place, backdrop=backdrop)


def sized(item: Item, words: Words, rng: Rng, factor: float, scene: Scene | None = None) -> Item:
    """Big, small or tiny, and said so."""
    size = pick(rng, ("big", "small", "tiny"))
    scale = rng.uniform(*SIZES[size]) * factor
    if scene is None:
        return replace(layout.centred(item, words, rng, scale), size=size)
    return replace(layout.standing(item, words, rng, scene, scale), size=size)


def posed(item: Item, words: Words, rng: Rng, place: str) -> Item:
    """In the air, asleep, upside down or running, as its kind can."""
    concept = words.by_id[item.concept]
    poses = [] if concept.group in STILL or chance(rng, 0.5) else ["upside down"]
    if place not in (*FLOATING, *WATER):
        if concept.group in LIVING or concept.id in FLYERS:
            poses += ["jumping"] * 3
        if concept.group in LIVING and concept.kind not in ("animal-bug", "animal-marine"):
            poses += ["sleeping"] * 2 + ["running"]
        if concept.group == "vehicle" and concept.kind == "transport-ground":
            poses += ["jumping", "running"]
        if concept.id in FLYERS:
            poses += ["flying"] * 5
        elif concept.group in LIVING or concept.group == "vehicle":
            poses += ["flying"]
    return layout.in_pose(item, pick(rng, poses), words, rng, place) if poses else item


def in_water(item: Item, scene: Scene) -> Item:
    return replace(item, pose="swimming") if scene.place in WATER and not item.pose else item


def chance(rng: Rng, share: float) -> bool:
    return bool(rng.random() < share)


def pick(rng: Rng, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def seed_of(rng: Rng) -> int:
    return int(rng.integers(2**31))
