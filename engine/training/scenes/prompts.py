"""The evaluation's prompts: fixed, with what is to be seen; training never has one of them as a caption."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import numpy as np

from engine.training.data.concepts import LANGUAGES, Concept
from engine.training.data.weights import COMMON
from engine.training.scenes import english, spanish
from engine.training.scenes.grammar import Grammar, Thing
from engine.training.scenes.held_out import is_held_out, is_kept
from engine.training.scenes.places import PLACES, PLAIN
from engine.training.scenes.sampling import draw_scene
from engine.training.scenes.scene import Item, Scene
from engine.training.scenes.words import Words

GRAMMARS: dict[str, Grammar] = {"en": english.GRAMMAR, "es": spanish.GRAMMAR}
SETS = (
    "labels", "spanish", "synonyms", "unseen words", "two objects", "counts", "weather", "places", "colours",
    "styles", "lecture",
)  # fmt: skip
EACH = 64
"""Prompts of a set, where there are so many."""
LABEL_WORDINGS: dict[str, tuple[str, ...]] = {
    "en": ("{}", "a picture of {}", "{}, 3d style", "{} on a white background", "an illustration of {}"),
    "es": ("{}", "una imagen de {}", "{}, estilo 3d", "{} sobre fondo blanco", "una ilustración de {}"),
}
"""Every concept has one of these kept for the test, and is learnt with the others."""


@dataclass(frozen=True)
class Prompt:
    """What is asked, and a scene that shows it: its concepts, place, weather, colours, relation and style."""

    set: str
    text: str
    language: str
    scene: Scene
    in_training: bool = False
    """Whether training may have it as a caption (the two words of the lecture, "a dog")."""

    @property
    def concepts(self) -> tuple[str, ...]:
        """All of these are to be seen."""
        return tuple(dict.fromkeys(item.concept for item in self.scene.items))


def evaluation_prompts(words: Words) -> tuple[Prompt, ...]:
    """All sets, always the same for the same pack."""
    words = words.unfocused()
    makers: dict[str, Callable[[Words], Iterator[Prompt]]] = {
        "labels": lambda w: labels(w, "en", "labels"),
        "spanish": lambda w: labels(w, "es", "spanish"),
        "synonyms": lambda w: synonyms(w, "synonyms", w.taught),
        "unseen words": lambda w: synonyms(w, "unseen words", w.unseen),
        "two objects": two_objects,
        "counts": counts,
        "weather": weathers,
        "places": places,
        "colours": colours,
        "styles": styles,
        "lecture": lecture,
    }
    return tuple(prompt for name in SETS for prompt in makers[name](words))


@lru_cache(maxsize=4)
def reserved_prompts(words: Words) -> frozenset[str]:
    """What captions must not be: the kept wording of every concept, the styles' and the lecture's prompts.

    The other sets need no list: their scenes are held out, so nothing is ever said of them.
    """
    texts = {prompt.text for make in (styles, lecture) for prompt in make(words) if not prompt.in_training}
    texts |= {label_prompt(concept, language) for concept in words.concepts for language in LANGUAGES}
    return frozenset(text.lower().strip(" .") for text in texts)


def label_prompt(concept: Concept, language: str) -> str:
    """A concept's name in the wording that is kept for it."""
    wordings = LABEL_WORDINGS[language]
    index = zlib.crc32(f"{language} {concept.id}".encode()) % len(wordings)
    return wordings[index].format(GRAMMARS[language].noun_phrase(Thing(concept.names[language][0])))


def labels(words: Words, language: str, name: str) -> Iterator[Prompt]:
    for concept in known_concepts(words):
        yield Prompt(name, label_prompt(concept, language), language, shown(concept))


def known_concepts(words: Words) -> list[Concept]:
    """The common ones and as many of the others: each of a name of its own."""
    common = [concept for concept in words.concepts if concept.id in COMMON]
    rest = [concept for concept in words.concepts if concept.id not in COMMON]
    return common + sorted(rest, key=lambda concept: zlib.crc32(concept.id.encode()))[: len(common)]


def synonyms(words: Words, name: str, of: Callable[[Concept, str], tuple[str, ...]]) -> Iterator[Prompt]:
    """One word of each concept that has some, in both languages."""
    for language in LANGUAGES:
        having = [concept for concept in words.concepts if of(concept, language)]
        for concept in sorted(having, key=lambda concept: (concept.id not in COMMON, concept.id))[:EACH]:
            word = min(of(concept, language), key=lambda word: zlib.crc32(f"one {word}".encode()))
            yield Prompt(name, GRAMMARS[language].noun_phrase(Thing(word)), language, shown(concept))


def two_objects(words: Words) -> Iterator[Prompt]:
    """Pairs that never meet in training, in every relation."""
    several = words.focused(plain=0, place=0, several=1, empty=0, common=0.8, effects=0)
    wanted = (
        scene for scene in drawn(several, 11)
        if len(scene.items) == 2 and scene.relation and scene.place in (PLAIN, "gradient")
    )  # fmt: skip
    for index, scene in enumerate(islice(wanted, EACH)):
        language = LANGUAGES[index % 2]
        first, second = (phrase_of(item, language, words) for item in scene.items)
        pattern = GRAMMARS[language].relations[scene.relation][0]
        yield Prompt("two objects", pattern.format(a=first, b=second), language, scene)


def counts(words: Words) -> Iterator[Prompt]:
    several = words.focused(plain=0, place=0, several=1, empty=0, common=0.8, effects=0)
    wanted = (scene for scene in drawn(several, 12) if scene.count and scene.place == PLAIN)
    for index, scene in enumerate(islice(wanted, EACH // 2)):
        language = LANGUAGES[index % 2]
        name = words.by_id[scene.items[0].concept].names[language][0]
        if GRAMMARS[language].plural(name):
            phrase = GRAMMARS[language].noun_phrase(Thing(name, number=scene.count))
            yield Prompt("counts", phrase, language, scene)


def weathers(words: Words) -> Iterator[Prompt]:
    for index, scene in enumerate(islice(placed(words, 13, weather=True), EACH)):
        language = LANGUAGES[index % 2]
        clause = GRAMMARS[language].weathers[scene.weather][0]
        yield Prompt("weather", f"{phrase_of(scene.items[0], language, words)}, {clause}", language, scene)


def places(words: Words) -> Iterator[Prompt]:
    for index, scene in enumerate(islice(placed(words, 14, weather=False), EACH)):
        language = LANGUAGES[index % 2]
        where = PLACES[scene.place].words[language][0]
        yield Prompt("places", f"{phrase_of(scene.items[0], language, words)} {where}", language, scene)


def colours(words: Words) -> Iterator[Prompt]:
    plain = words.focused(plain=1, place=0, several=0, empty=0, common=0.8, effects=3)
    wanted = (
        scene
        for scene in drawn(plain, 15)
        if scene.items[0].colour and not scene.items[0].size + scene.items[0].pose
    )
    for index, scene in enumerate(islice(wanted, EACH)):
        language = LANGUAGES[index % 2]
        yield Prompt("colours", phrase_of(scene.items[0], language, words), language, scene)


def styles(words: Words) -> Iterator[Prompt]:
    """Each style with sixteen common things."""
    for style in ("3d", "flat", "cartoon", "clip art"):
        having = [concept for concept in known_concepts(words) if style in concept.styles]
        for index, concept in enumerate(
            sorted(having, key=lambda one: zlib.crc32(f"{style} {one.id}".encode()))[: EACH // 4]
        ):
            language = LANGUAGES[index % 2]
            name = GRAMMARS[language].noun_phrase(Thing(concept.names[language][0]))
            text = f"{name}, {GRAMMARS[language].styles[style][0]}"
            yield Prompt("styles", text, language, shown(concept, style))


def lecture(words: Words) -> Iterator[Prompt]:
    """The sentences of the lecture, in both languages."""
    dog = words.by_id.get("dog")
    if dog is None:
        return
    alone = shown(dog)
    jump = replace(alone, items=(replace(alone.items[0], look="smiling", pose="jumping", lift=0.16),))
    snow = Scene(0, "snow", 0.62, weather="snow", covered=True)
    entrance = Scene(0, "entrance", 0.75, weather="snow", covered=True)
    sentences = (
        ("a dog", "un perro", alone), ("a beagle", "un beagle", alone),
        ("a cute beagle smiling while jumping", "un beagle bonito sonriendo mientras salta", jump),
        ("it's snowing, everything is covered in snow", "está nevando, todo está cubierto de nieve", snow),
        ("you are at the entrance of a building and it's snowing",
         "estás en la entrada de un edificio y está nevando", entrance),
    )  # fmt: skip
    for english_text, spanish_text, scene in sentences:
        yield Prompt("lecture", english_text, "en", scene, english_text == "a dog")
        yield Prompt("lecture", spanish_text, "es", scene, english_text == "a dog")


def placed(words: Words, seed: int, weather: bool) -> Iterator[Scene]:
    """One common thing in a place or weather that it is never in, in training."""
    place = words.focused(plain=0, place=1, several=0, empty=0, common=0.8, effects=0)
    for scene in drawn(place, seed):
        item = scene.items[0].concept
        kept = is_kept(f"{item} and {scene.weather}") if weather else is_kept(f"{item} in {scene.place}")
        if kept and bool(scene.weather) == weather and scene.time == "day":
            yield scene


def drawn(words: Words, seed: int) -> Iterator[Scene]:
    """Held-out scenes, always the same for a seed; ends if a small pack has none."""
    rng = np.random.default_rng((seed, 3))
    for _ in range(20_000):
        scene = draw_scene(rng, words)
        if is_held_out(scene):
            yield scene


def shown(concept: Concept, style: str = "") -> Scene:
    """The concept alone, in its first style."""
    item = Item(concept.id, style or concept.styles[0], 0.5, 0.88, 0.76)
    return Scene(0, PLAIN, backdrop="white", items=(item,))


def phrase_of(item: Item, language: str, words: Words) -> str:
    if item.colour:
        name = words.colourless_names(item.concept, language)[0]
    else:
        name = words.by_id[item.concept].names[language][0]
    return GRAMMARS[language].noun_phrase(Thing(name, item.colour))
