"""English: articles, plurals, and the phrases of captions."""

from __future__ import annotations

import re

from engine.training.data.concepts import word_set
from engine.training.scenes.colours import COLOURS
from engine.training.scenes.grammar import Grammar, Thing

IRREGULAR = {
    "mouse": "mice",
    "goose": "geese",
    "sheep": "sheep",
    "fish": "fish",
    "deer": "deer",
    "man": "men",
    "woman": "women",
    "person": "people",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "leaf": "leaves",
    "knife": "knives",
    "scarf": "scarves",
    "wolf": "wolves",
    "ox": "oxen",
    "loaf": "loaves",
    "bison": "bison",
    "shrimp": "shrimp",
    "moose": "moose",
    "squid": "squid",
    "policeman": "policemen",
    "snowman": "snowmen",
    "octopus": "octopuses",
    "cactus": "cactuses",
    "bus": "buses",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "mango": "mangoes",
    "elf": "elves",
    "phoenix": "phoenixes",
    "jellyfish": "jellyfish",
    "starfish": "starfish",
    "blowfish": "blowfish",
    "dice": "dice",
    "aircraft": "aircraft",
    "hero": "heroes",
    "superhero": "superheroes",
    "shelf": "shelves",
    "walrus": "walruses",
    "platypus": "platypuses",
    "hippopotamus": "hippopotamuses",
    "rhinoceros": "rhinoceroses",
    "compass": "compasses",
    "dress": "dresses",
    "walrus ": "walruses",
    "volcano": "volcanoes",
    "tornado": "tornadoes",
    "mosquito": "mosquitoes",
}
SINGULAR_IN_S = word_set(
    """bus cactus octopus hippopotamus rhinoceros dress compass lotus hibiscus walrus platypus
    tyrannosaurus triceratops glass cross abacus mattress princess waitress citrus asparagus
    eucalyptus iris canvas gas tennis bus stethoscope circus christmas santa_claus claus
    swiss_army_knife chess grass moss"""
)
MASS = word_set(
    """bread cheese corn rice broccoli garlic fire ice money butter bacon sushi spaghetti popcorn
    paella wood soap mate custard curry fog lightning pasta poo cooking mist honey milk beer wine
    coffee tea water hay lettuce spinach celery tofu yarn hair fur paper sand snow gold silver chalk
    footwear luggage salad poop badminton baseball basketball bowling"""
)
COUNTED_MASS = word_set("""salad baseball basketball luggage curry yarn""")
NO_ARTICLE = (
    "santa claus",
    "planet earth",
    "statue of liberty",
    "mount fuji",
    "thumbs up",
    "thumbs down",
    "easter island",
)
VOWEL_SOUND = re.compile(r"^(?!uni|use|usu|euro|one|ufo|uk|ut)[aeiou]|^(hour|honest|heir|x-|mp3|suv)")
NUMBERS = {2: "two", 3: "three", 4: "four"}
SIZES = {"big": ("big", "large", "huge"), "small": ("small", "little"), "tiny": ("tiny", "very small")}
STOPS = re.compile(
    r" (of|with|in|on|and|seen|from|without|to|behind|over|at|\w{3,}ing)\b"
    r"(?<!building)(?! (bag|ball|pole|machine|shoe|hat|suit))"
)


def head(name: str) -> tuple[str, str]:
    """The noun that is counted and what follows it: `cup`, ` of coffee`."""
    match = STOPS.search(name)
    return (name[: match.start()], name[match.start() :]) if match else (name, "")


def is_plural(name: str) -> bool:
    last = head(name)[0].split()[-1]
    return (
        last.endswith("s") and not last.endswith(("ss", "us", "is")) and last not in SINGULAR_IN_S
    ) or last in ("people", "jeans")


def is_mass(name: str) -> bool:
    last = head(name)[0].split()[-1]
    return last in MASS and last not in COUNTED_MASS


def article(name: str) -> str:
    if is_plural(name) or is_mass(name) or name.startswith(NO_ARTICLE):
        return name
    return f"an {name}" if VOWEL_SOUND.match(name) else f"a {name}"


def plural(name: str) -> str:
    noun, rest = head(name)
    if is_plural(name) or is_mass(name) or name.startswith(NO_ARTICLE):
        return ""
    *before, last = noun.split()
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last.endswith(("ch", "sh", "x", "z", "ss", "s")):
        last += "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = f"{last[:-1]}ies"
    else:
        last += "s"
    return " ".join((*before, last)) + rest


def noun_phrase(thing: Thing) -> str:
    """`a small red car`, `two dogs`, `cute smiling cat`."""
    name = plural(thing.name) if thing.number > 1 else thing.name
    colour = COLOURS[thing.colour].en if thing.colour else ""
    words = " ".join(part for part in (thing.size, thing.adjective, thing.look, colour, name) if part)
    if thing.number > 1:
        return f"{NUMBERS[thing.number]} {words}"
    if not thing.article or article(name) == name:
        return words
    return f"an {words}" if VOWEL_SOUND.match(words) else f"a {words}"


GRAMMAR = Grammar(
    language="en",
    noun_phrase=noun_phrase,
    plural=plural,
    gender=lambda name: "m",
    relations={
        "left": (
            "{a} to the left of {b}",
            "{a} on the left and {b} on the right",
            "{a} left of {b}",
            "on the left {a}, on the right {b}",
        ),
        "right": (
            "{a} to the right of {b}",
            "{a} on the right and {b} on the left",
            "{a} right of {b}",
            "on the right {a}, on the left {b}",
        ),
        "next": ("{a} next to {b}", "{a} beside {b}", "{a} by the side of {b}", "{a} and {b} side by side"),
        "on": ("{a} on top of {b}", "{a} on {b}", "{a} standing on {b}", "{b} with {a} on top"),
        "under": ("{a} under {b}", "{a} below {b}", "{a} underneath {b}", "{b} on top of {a}"),
        "front": ("{a} in front of {b}", "{b} behind {a}"),
        "behind": ("{a} behind {b}", "{b} in front of {a}"),
        "and": ("{a} and {b}", "{a} with {b}", "{a} and {b} together", "{b} and {a}"),
    },
    poses={
        "jumping": ("jumping", "jumping in the air", "that jumps", "leaping"),
        "flying": ("flying", "flying through the air", "that flies", "in flight"),
        "sleeping": ("sleeping", "asleep", "that sleeps", "lying asleep"),
        "upside down": ("upside down", "turned upside down", "the wrong way up"),
        "running": ("running", "running fast", "that runs", "moving fast"),
        "swimming": ("swimming", "in the water", ""),
    },
    times={
        "night": ("at night", "by night", "at night", "under the night sky"),
        "sunset": ("at sunset", "at dusk", "in the evening", "under an orange sky"),
    },
    weathers={
        "snow": ("it is snowing", "it's snowing", "snowing", "snow is falling", "snowfall"),
        "rain": ("it is raining", "it's raining", "raining", "rain is falling", "rain"),
        "fog": ("it is foggy", "fog", "there is fog", "foggy weather"),
        "storm": ("there is a storm", "a thunderstorm", "storm with lightning", "stormy weather"),
        "sunny": ("the sun is shining", "sunny weather", "it is sunny", "a sunny day"),
        "cloudy": ("it is cloudy", "cloudy sky", "clouds in the sky", "a cloudy day"),
    },
    weather_tails={
        "snow": (
            "while it snows",
            "in falling snow",
            "and it is snowing",
            "and it's snowing",
            "in a snowfall",
        ),
        "rain": ("in the rain", "while it rains", "and it is raining", "and it's raining", "on a rainy day"),
        "fog": ("in the fog", "in thick fog", "on a foggy day", "and it is foggy"),
        "storm": ("in a storm", "in a thunderstorm", "during a storm", "with lightning in the sky"),
        "sunny": ("on a sunny day", "in the sunshine", "under the sun", "and the sun is shining"),
        "cloudy": ("on a cloudy day", "under a cloudy sky", "under the clouds"),
    },
    covered=(
        "everything is covered in snow",
        "everything covered in snow",
        "all covered with snow",
        "snow covers everything",
    ),
    covered_things={key: "covered in snow" for key in ("m1", "f1", "m2", "f2")},
    backdrops=("on a {} background", "{} background", "with a {} background", "on {}"),
    styles={
        "3d": ("3d style", "3d", "3d render", "in 3d", "3d icon"),
        "flat": ("flat style", "flat design", "flat drawing", "flat icon", "flat illustration"),
        "cartoon": ("cartoon style", "cartoon", "cartoon drawing", "comic style"),
        "clip art": ("clip art", "clip art style", "clip art drawing", "vector clip art"),
    },
    styles_of={
        "3d": ("a 3d render of {}", "3d picture of {}", "3d icon of {}"),
        "flat": ("a flat drawing of {}", "flat icon of {}", "a flat illustration of {}"),
        "cartoon": ("a cartoon of {}", "cartoon drawing of {}", "a comic drawing of {}"),
        "clip art": ("clip art of {}", "a clip art drawing of {}"),
    },
    openers=(
        "a picture of {}",
        "an image of {}",
        "a drawing of {}",
        "an illustration of {}",
        "there is {}",
        "this is {}",
        "a simple picture of {}",
        "a colourful picture with {}",
        "draw {}",
        "a scene with {}",
        "you see {}",
        "here is {}",
    ),
    openers_many=(
        "a picture of {}",
        "an image of {}",
        "a drawing of {}",
        "there are {}",
        "these are {}",
        "draw {}",
        "a scene with {}",
        "you see {}",
        "here are {}",
    ),
    adjectives=("cute", "nice", "pretty", "beautiful", "lovely", "funny"),
    and_word="and",
)
