"""Before and after, and what one would have said to get there.

The two scenes share their seed, so that all but what was asked for stays as it is, to the pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.training.scenes import english, layout, spanish
from engine.training.scenes.colours import COLOURS
from engine.training.scenes.grammar import Grammar, Thing
from engine.training.scenes.places import FLOATING, PLACES, PLAIN, WATER
from engine.training.scenes.sampling import (
    MANY_TRIES,
    chance,
    empty_scene,
    pick,
    pick_surroundings,
    placed_scene,
    plain_scene,
    posed,
    several_scene,
)
from engine.training.scenes.scene import Item, Scene
from engine.training.scenes.words import Words

Rng = np.random.Generator
GRAMMARS: dict[str, Grammar] = {"en": english.GRAMMAR, "es": spanish.GRAMMAR}


@dataclass(frozen=True)
class EditPair:
    before: Scene
    after: Scene
    instruction: Mapping[str, str]
    """By language."""


Change = tuple[Scene, str, str]
"""The scene after, and the instruction in English and in Spanish."""

WEATHER_ORDERS = {
    "snow": (("make it snow", "let it snow", "add falling snow"),
              ("haz que nieve", "que nieve", "añade nieve cayendo")),
    "rain": (("make it rain", "let it rain", "add rain"), ("haz que llueva", "que llueva", "añade lluvia")),
    "fog": (("make it foggy", "add fog"), ("pon niebla", "añade niebla")),
    "storm": (("make it stormy", "add a thunderstorm"), ("haz que haya tormenta", "añade una tormenta")),
    "sunny": (("make it sunny", "let the sun shine"), ("haz que haga sol", "que brille el sol")),
    "cloudy": (("make it cloudy", "add clouds"), ("haz que esté nublado", "añade nubes")),
}  # fmt: skip
CLEAR_ORDERS = (
    ("make the weather clear", "clear the sky"), ("haz que el tiempo esté despejado", "despeja el cielo"),
)  # fmt: skip
TIME_ORDERS = {
    "night": (("make it night", "turn day into night", "at night"),
              ("haz que sea de noche", "que sea de noche")),
    "sunset": (("make it sunset", "make it evening"), ("haz que atardezca", "que sea al atardecer")),
    "day": (("make it day", "turn it into day"), ("haz que sea de día", "que sea de día")),
}  # fmt: skip
COVER_ORDERS = (
    ("cover everything in snow", "put snow on everything"),
    ("cúbrelo todo de nieve", "pon nieve sobre todo"),
)
POSE_ORDERS = {
    "jumping": ("make {} jump", "haz que {} salte"), "flying": ("make {} fly", "haz que {} vuele"),
    "sleeping": ("make {} sleep", "haz que {} duerma"),
    "upside down": ("turn {} upside down", "pon {} boca abajo"),
    "running": ("make {} run", "haz que {} corra"),
}  # fmt: skip
SIZE_ORDERS = {
    "big": (("make {} bigger",), ("haz {} más grande",), 1.35),
    "small": (("make {} smaller",), ("haz {} más pequeñ@",), 0.6),
}  # fmt: skip
STYLE_ORDERS = {
    "3d": (("make it 3d", "as a 3d render"), ("en 3d", "como un render 3d")),
    "flat": (("make it flat", "as a flat drawing"), ("en estilo plano", "como un dibujo plano")),
    "cartoon": (("make it a cartoon", "as a cartoon"),
              ("como una caricatura", "en estilo de dibujos animados")),
    "clip art": (("make it clip art",), ("como clip art",)),
}  # fmt: skip


def sample_edit(rng: Rng, words: Words, lasting: bool = False) -> EditPair:
    """A pair of a random kind; `lasting`: of those that leave most of the picture as it is."""
    kinds = LASTING if lasting else EDITS
    for _ in range(MANY_TRIES):
        make, source = kinds[int(rng.integers(len(kinds)))]
        before = source(rng, words)
        change = make(rng, words, before)
        if make is add:  # the fuller scene was drawn first, where there is room for both
            before = without(before, len(before.items) - 1) if before.items else before
        if change is not None and change[0] != before:
            after, en, es = change
            if before.items and chance(rng, 0.14) and make in (weather, time, covered, place):
                en, es = with_kept(rng, words, before.items[0], en, es)
            return EditPair(before, after, {"en": en, "es": es})
    raise RuntimeError("no edit could be made of these words")


def weather(rng: Rng, words: Words, scene: Scene) -> Change | None:
    """Another weather, or none."""
    options = [name for name in PLACES[scene.place].weathers if name != scene.weather]
    if scene.weather and chance(rng, 0.25):
        return replace(scene, weather="", covered=scene.place == "snow"), *said(rng, CLEAR_ORDERS)
    if not options:
        return None
    new = pick(rng, options)
    time = "day" if new == "sunny" or (new == "storm" and scene.time == "sunset") else scene.time
    return replace(scene, weather=new, time=time), *said(rng, WEATHER_ORDERS[new])


def time(rng: Rng, words: Words, scene: Scene) -> Change | None:
    options = [name for name in PLACES[scene.place].times if name != scene.time]
    if not options or scene.weather in ("sunny", "storm"):
        return None
    new = pick(rng, options)
    return replace(scene, time=new), *said(rng, TIME_ORDERS[new])


def covered(rng: Rng, words: Words, scene: Scene) -> Change | None:
    if scene.covered or not PLACES[scene.place].can_be_covered or scene.weather == "sunny":
        return None
    return replace(scene, covered=True), *said(rng, COVER_ORDERS)


def place(rng: Rng, words: Words, scene: Scene) -> Change | None:
    """The same things elsewhere."""
    new = pick_surroundings(rng, ground_only=True, weather_share=0.0)
    if new.place == scene.place or not scene.items or scene.place in (*WATER, *FLOATING, PLAIN):
        return None
    low = max(new.horizon + 0.1, 0.8)
    items = tuple(replace(item, y=max(item.y, round(low, 3))) for item in scene.items)
    en, es = (pick(rng, PLACES[new.place].words[language]) for language in ("en", "es"))
    orders = (
        (f"put it {en}", f"change the background: {en}"), (f"ponlo {es}", f"cambia el fondo: {es}"),
    )  # fmt: skip
    return replace(new, seed=scene.seed, items=items, relation=scene.relation, count=scene.count), *said(
        rng, orders
    )


def add(rng: Rng, words: Words, scene: Scene) -> Change | None:
    """One more thing beside those that are there; they stay where they were."""
    if scene.count or len(scene.items) < 2 or scene.relation in ("on", "under"):
        return None
    en, es = named(words, scene.items[-1], definite=False)
    return scene, f"add {en}", f"añade {es}"


def remove(rng: Rng, words: Words, scene: Scene) -> Change | None:
    if scene.count or len(scene.items) < 2 or scene.relation in ("on", "under"):
        return None
    index = int(rng.integers(len(scene.items)))
    en, es = named(words, scene.items[index])
    verb = pick(rng, (("remove", "quita"), ("take away", "elimina"), ("delete", "borra")))
    return without(scene, index), f"{verb[0]} {en}", f"{verb[1]} {es}"


def recolour(rng: Rng, words: Words, scene: Scene) -> Change | None:
    if scene.count or not scene.items:
        return None
    item = scene.items[0]
    options = [name for name in words.colours(item.concept, item.style, item.variant) if name != item.colour]
    if not options or item.look:
        return None
    new = replace(item, colour=pick(rng, options))
    en, es = named(words, replace(item, colour=""))
    colour = COLOURS[new.colour]
    name = words.colourless_names(item.concept, "es")[0]
    spoken = spanish.agreed(colour.es, name, spanish.is_plural(name))
    orders = (
        (f"make {en} {colour.en}", f"paint {en} {colour.en}"),
        (f"pinta {es} de {colour.es}", f"que {es} sea {spoken}"),
    )
    if spanish.is_plural(name):
        orders = (orders[0], orders[1][:1])
    return replace(scene, items=(new, *scene.items[1:])), *said(rng, orders)


def exchange(rng: Rng, words: Words, scene: Scene) -> Change | None:
    """Another thing in its place, as large as it."""
    if scene.count or not scene.items:
        return None
    item = scene.items[0]
    concept = words.pick(rng, (words.by_id[item.concept].group,))
    if concept.id == item.concept or item.style not in concept.styles:
        return None
    new = replace(item, concept=concept.id, variant=0, look="", colour="")
    height = layout.extent(new, words)[1]
    new = replace(new, y=max(new.y, round(height + layout.TOP, 3)))
    (old_en, old_es), (new_en, new_es) = named(words, item), named(words, new, definite=False)
    orders = (
        (f"replace {old_en} with {new_en}", f"turn {old_en} into {new_en}"),
        (f"cambia {old_es} por {new_es}", f"convierte {old_es} en {new_es}"),
    )
    return replace(scene, items=(new, *scene.items[1:])), *said(rng, orders)


def pose(rng: Rng, words: Words, scene: Scene) -> Change | None:
    if len(scene.items) != 1 or scene.items[0].pose:
        return None
    item = posed(scene.items[0], words, rng, scene.place)
    if not item.pose:
        return None
    en, es = named(words, item)
    order = POSE_ORDERS[item.pose]
    if spanish.is_plural(words.by_id[item.concept].names["es"][0]):
        return None
    return replace(scene, items=(item,)), order[0].format(en), order[1].format(es)


def size(rng: Rng, words: Words, scene: Scene) -> Change | None:
    if len(scene.items) != 1 or scene.items[0].pose not in ("", "swimming"):
        return None
    name = pick(rng, tuple(SIZE_ORDERS))
    item, (en_orders, es_orders, factor) = scene.items[0], SIZE_ORDERS[name]
    new = replace(item, scale=round(min(0.92, item.scale * factor), 3))
    height = layout.extent(new, words)[1]
    if scene.horizon:
        new = replace(new, y=max(new.y, round(height + layout.TOP, 3)))
    else:
        middle = item.y - layout.extent(item, words)[1] / 2
        new = replace(new, y=round(middle + height / 2, 3))
    en, es = named(words, item)
    spoken = words.by_id[item.concept].names["es"][0]
    ending = {"m": "o", "f": "a"}[spanish.gender(spoken)]
    if spanish.is_plural(spoken):
        return None
    return replace(scene, items=(new,)), en_orders[0].format(en), es_orders[0].format(es).replace("@", ending)


def style(rng: Rng, words: Words, scene: Scene) -> Change | None:
    """Everything in another style."""
    if not scene.items or any(item.colour or item.look for item in scene.items):
        return None
    options = set(STYLE_ORDERS).intersection(*(words.by_id[item.concept].styles for item in scene.items))
    options.discard(scene.items[0].style)
    if not options:
        return None
    new = pick(rng, sorted(options))
    return replace(scene, items=tuple(replace(item, style=new, variant=0) for item in scene.items)), *said(
        rng, STYLE_ORDERS[new]
    )


Kinds = tuple[tuple[Callable[[Rng, Words, Scene], Change | None], Callable[[Rng, Words], Scene]], ...]
"""What is changed, and in which scenes."""
EDITS: Kinds = (
    (weather, placed_scene), (weather, empty_scene), (time, placed_scene), (covered, placed_scene),
    (place, placed_scene), (add, several_scene), (remove, several_scene), (recolour, plain_scene),
    (recolour, placed_scene), (exchange, placed_scene), (exchange, plain_scene), (pose, placed_scene),
    (size, plain_scene), (style, placed_scene), (style, plain_scene),
)  # fmt: skip
LASTING: Kinds = (
    (weather, placed_scene), (weather, empty_scene), (time, placed_scene), (covered, placed_scene),
    (add, several_scene), (add, several_scene), (remove, several_scene),
    (recolour, plain_scene), (recolour, placed_scene),
)  # fmt: skip


def without(scene: Scene, index: int) -> Scene:
    items = scene.items[:index] + scene.items[index + 1 :]
    return replace(scene, items=items, relation=scene.relation if len(items) > 1 else "")


def named(words: Words, item: Item, definite: bool = True) -> tuple[str, str]:
    """A thing in both languages: `the dog`, `el perro`; or `a dog`, `un perro`."""
    concept = words.by_id[item.concept]
    if item.colour:
        en, es = (words.colourless_names(item.concept, language)[0] for language in ("en", "es"))
    else:
        en, es = concept.names["en"][0], concept.names["es"][0]
    if not definite:
        return (
            english.noun_phrase(Thing(en, item.colour)),
            spanish.noun_phrase(Thing(es, item.colour)),
        )
    phrase = english.noun_phrase(Thing(en, item.colour, article=False))
    return f"the {phrase}", spanish.definite(Thing(es, item.colour, article=False))


def with_kept(rng: Rng, words: Words, item: Item, en: str, es: str) -> tuple[str, str]:
    """`keep the house, make it snow`."""
    the_en, the_es = named(words, item)
    if chance(rng, 0.6):
        return f"keep {the_en}, {en}", f"conserva {the_es}, {es}"
    return f"{en} but keep {the_en}", f"{es} pero conserva {the_es}"


def said(rng: Rng, orders: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[str, str]:
    return pick(rng, orders[0]), pick(rng, orders[1])
