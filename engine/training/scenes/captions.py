"""What one would say of a scene, in many ways, in English and Spanish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.training.scenes import english, spanish
from engine.training.scenes.colours import BACKDROP_WORDS, COLOURS
from engine.training.scenes.grammar import Grammar, Thing, joined
from engine.training.scenes.places import GRADIENT, PLACES, PLAIN
from engine.training.scenes.prompts import reserved_prompts
from engine.training.scenes.sampling import chance, pick
from engine.training.scenes.scene import Item, Scene
from engine.training.scenes.words import Words

Rng = np.random.Generator
GRAMMARS: dict[str, Grammar] = {"en": english.GRAMMAR, "es": spanish.GRAMMAR}
SIZES = {"en": english.SIZES, "es": spanish.SIZES}
LOOKS = {
    "en": {"smiling": ("smiling", "happy", "smiling")},
    "es": {"smiling": ("sonriente", "feliz", "sonriente")},
}
LOOKS_AFTER = {
    "en": {"smiling": ("smiling", "with a smile")},
    "es": {"smiling": ("sonriendo", "con una sonrisa")},
}
WHILE = {"en": "while", "es": "mientras"}
STYLE_SAID = {"3d": 0.3, "flat": 0.85, "cartoon": 0.85, "clip art": 0.9}
"""How often: what is not said is mostly the first style."""
TRIES = 12


def caption(scene: Scene, rng: Rng, language: str, words: Words) -> str:
    """A caption in `en` or `es`; the same generator state gives the same words.

    Never one of the evaluation's prompts, and never with a synonym of `Concept.synonyms`.
    """
    text = ""
    for _ in range(TRIES):
        text = Saying(scene, rng, words, GRAMMARS[language]).say()
        if plain_caption(text) not in reserved_prompts(words.origin):
            return text
    return pick(rng, GRAMMARS[language].openers).format(text)


def plain_caption(text: str) -> str:
    """To compare captions by: lower case, without the full stop."""
    return text.lower().strip(" .")


class Saying:
    """One caption in the making: the scene, the language and the dice."""

    def __init__(self, scene: Scene, rng: Rng, words: Words, grammar: Grammar) -> None:
        self.scene, self.rng, self.words, self.grammar = scene, rng, words, grammar
        self.language = grammar.language

    def say(self) -> str:
        text = self.listed() if chance(self.rng, 0.14) else self.sentence()
        if chance(self.rng, 0.25):
            text = text[:1].upper() + text[1:]
            text += "." if chance(self.rng, 0.5) else ""
        return text

    def sentence(self) -> str:
        """The thing, where, when, in which weather; in one of the usual orders."""
        rng = self.rng
        core = self.subject() if self.scene.items else self.place_noun()
        where = self.where() if self.scene.items else ""
        when = self.when()
        first = bool(where) and chance(rng, 0.12)
        text = f"{where}, {core} {when}".strip() if first else " ".join(filter(None, (core, where, when)))
        plain = bool(self.scene.items) and not first and not core.startswith(("on the", "a la "))
        if plain and chance(rng, 0.16):
            one = len(self.scene.items) == 1
            text, plain = (
                pick(rng, self.grammar.openers if one else self.grammar.openers_many).format(text),
                False,
            )
        return self.styled(self.with_weather(text), before=plain and not self.scene.weather)

    def listed(self) -> str:
        """Words between commas, as many write prompts."""
        scene, rng, grammar = self.scene, self.rng, self.grammar
        parts = (
            [self.subject(article=chance(rng, 0.3))]
            if scene.items
            else [pick(rng, PLACES[scene.place].nouns[self.language])]
        )
        if scene.items and PLACES[scene.place].words[self.language]:
            place = PLACES[scene.place]
            parts.append(
                pick(rng, place.nouns[self.language] if chance(rng, 0.4) else place.words[self.language])
            )
        elif scene.items and (backdrop := self.backdrop()):
            parts.append(backdrop)
        if when := self.when():
            parts.append(when)
        if scene.weather:
            parts.append(pick(rng, grammar.weathers[scene.weather]))
        if scene.covered and scene.place != "snow":
            parts.append(pick(rng, grammar.covered))
        if style := self.style():
            parts.append(style)
        return ", ".join(parts)

    def subject(self, article: bool | None = None) -> str:
        """All that is in the scene, and how the things stand to each other."""
        scene, rng = self.scene, self.rng
        article = chance(rng, 0.85) if article is None else article
        if scene.count:
            return self.counted(article)
        phrases = [self.thing(item, article) for item in scene.items]
        if len(phrases) == 2:
            pattern = pick(rng, self.grammar.relations[scene.relation or "and"])
            if scene.relation == "and" and self.language == "es" and " y {" in pattern:
                after = phrases[1] if pattern.endswith("{b}") else phrases[0]
                pattern = pattern.replace(" y ", f" {spanish.and_of(after)} ")
            return pattern.format(a=phrases[0], b=phrases[1])
        if len(phrases) > 2:
            order = [phrases[int(index)] for index in rng.permutation(len(phrases))]
            and_word = spanish.and_of(order[-1]) if self.language == "es" else self.grammar.and_word
            return joined(order, and_word)
        return phrases[0]

    def counted(self, article: bool) -> str:
        """`two dogs`; where a name has no plural, `a dog and another`'s plain list."""
        item, number = self.scene.items[0], self.scene.count
        names = [name for name in self.names(item) if self.grammar.plural(name)]
        if not names:
            name = self.names(item)[0]
            return joined(
                [self.grammar.noun_phrase(Thing(name, article=article))] * min(number, 3),
                self.grammar.and_word,
            )
        return self.grammar.noun_phrase(Thing(self.best(names), item.colour, number=number))

    def thing(self, item: Item, article: bool) -> str:
        """One thing with its colour, size and look, and what it does."""
        rng, concept = self.rng, self.words.by_id[item.concept]
        name = self.best(self.names(item))
        look = pick(rng, LOOKS[self.language][item.look]) if item.look else ""
        after = ""
        if look and chance(rng, 0.5):
            look, after = "", pick(rng, LOOKS_AFTER[self.language][item.look])
        size = pick(rng, SIZES[self.language][item.size]) if item.size else ""
        adjective = ""
        if not size and concept.group in ("animal", "person", "plant") and chance(rng, 0.07):
            adjective = pick(rng, self.grammar.adjectives)
        phrase = self.grammar.noun_phrase(Thing(name, item.colour, size, adjective, look, article=article))
        doing = pick(rng, self.grammar.poses[item.pose]) if item.pose else ""
        if after and item.pose == "jumping" and after in ("smiling", "sonriendo"):
            return (
                f"{phrase} {after} {WHILE[self.language]} {'jumping' if self.language == 'en' else 'salta'}"
            )
        if self.scene.covered and len(self.scene.items) == 1 and chance(rng, 0.3):
            key = (
                f"{self.grammar.gender(name)}{2 if self.language == 'es' and spanish.is_plural(name) else 1}"
            )
            doing = f"{doing} {self.grammar.covered_things[key]}".strip()
        return " ".join(part for part in (phrase, doing, after) if part)

    def names(self, item: Item) -> Sequence[str]:
        names = self.words.by_id[item.concept].names[self.language]
        if item.colour:  # a name that says a colour itself serves only where there is no other
            return self.words.colourless_names(item.concept, self.language) or names
        return names

    def best(self, names: Sequence[str]) -> str:
        """Mostly the first."""
        return names[0] if len(names) == 1 or chance(self.rng, 0.6) else pick(self.rng, names)

    def where(self) -> str:
        """The place or the backdrop."""
        place = PLACES[self.scene.place]
        if not place.words[self.language]:
            return self.backdrop()
        if self.scene.weather and self.scene.place == "field" and chance(self.rng, 0.3):
            return ""  # weather alone means outdoors
        if self.scene.place == "snow" and self.scene.weather == "snow" and chance(self.rng, 0.3):
            return ""
        return pick(self.rng, place.words[self.language])

    def when(self) -> str:
        """The hour, where it is not the day; indoors nobody speaks of the sky."""
        if self.scene.time == "day":
            return ""
        times = self.grammar.times[self.scene.time]
        return pick(self.rng, times[:2] if PLACES[self.scene.place].indoors else times)

    def backdrop(self) -> str:
        """Said of a coloured one, seldom of a white or soft one."""
        name = self.scene.backdrop or "white"
        share = 0.12 if self.scene.place == GRADIENT or name == "white" else 0.75
        if self.scene.place not in (PLAIN, GRADIENT) or not chance(self.rng, share):
            return ""
        if name in BACKDROP_WORDS:
            word = BACKDROP_WORDS[name][0 if self.language == "en" else 1]
        else:
            word = COLOURS[name].en if self.language == "en" else COLOURS[name].es
        pattern = pick(self.rng, self.grammar.backdrops)
        return (pattern.replace(" a {", " an {") if word[0] in "aeio" else pattern).format(word)

    def place_noun(self) -> str:
        """An empty place: by its name, or as where one is."""
        place, rng = PLACES[self.scene.place], self.rng
        if chance(rng, 0.3):
            where = pick(rng, place.words[self.language])
            return pick(
                rng,
                ("you are {}", "{}", "standing {}")
                if self.language == "en"
                else ("estás {}", "{}", "te encuentras {}"),
            ).format(where)
        return pick(rng, place.nouns[self.language])

    def with_weather(self, text: str) -> str:
        """The weather before, after or within, and the snow that lies on all."""
        scene, rng, grammar = self.scene, self.rng, self.grammar
        clauses = []
        if scene.weather:
            if chance(rng, 0.5):
                text = f"{text} {pick(rng, grammar.weather_tails[scene.weather])}"
            else:
                clauses.append(pick(rng, grammar.weathers[scene.weather]))
        if (scene.covered and scene.place != "snow") or (scene.covered and chance(rng, 0.3)):
            clauses.append(pick(rng, grammar.covered))
        if clauses and chance(rng, 0.3):
            return ", ".join((*clauses, text))
        return ", ".join((text, *clauses))

    def style(self) -> str:
        """The style's name, where it is said."""
        if not self.scene.items:
            return ""
        style = self.scene.items[0].style
        return pick(self.rng, self.grammar.styles[style]) if chance(self.rng, STYLE_SAID[style]) else ""

    def styled(self, text: str, before: bool) -> str:
        """With the style after it or, where the text begins with the thing, before it."""
        style = self.style()
        if not style:
            return text
        if before and chance(self.rng, 0.4):
            return pick(self.rng, self.grammar.styles_of[self.scene.items[0].style]).format(text)
        return f"{text}, {style}"
