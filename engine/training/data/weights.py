"""How often a concept is drawn: what people ask for most, most."""

from __future__ import annotations

from engine.training.data.concepts import word_set

KIND_WEIGHTS = {
    "animal": 1.5, "food": 1.1, "drink": 1.0, "plant": 1.3, "transport": 1.2, "place": 1.1, "sky": 1.0,
    "face": 0.5, "cat-face": 0.5, "monkey-face": 0.5, "hand": 0.4, "hands": 0.4, "body": 0.5, "heart": 0.4,
    "person": 0.7, "person-activity": 0.6, "person-sport": 0.6, "warning": 0.4, "geometric": 0.5,
    "office": 0.6, "mail": 0.6, "emotion": 0.4,
}  # fmt: skip
"""By kind, or by its first word; 0.8 for all else."""
COMMON = word_set(
    """dog dog-face cat cat-face house automobile deciduous-tree evergreen-tree palm-tree rose sunflower
    tulip pizza castle rocket sun full-moon star rainbow cloud snowman-without-snow horse cow pig
    ewe chicken rooster duck fish tropical-fish shark whale dolphin octopus butterfly honeybee snail
    turtle frog lion tiger elephant giraffe monkey bear panda fox wolf rabbit mouse penguin owl
    eagle parrot dragon unicorn t-rex snake spider crab red-apple banana strawberry grapes
    watermelon tangerine lemon cherries carrot bread cheese-wedge hamburger french-fries
    soft-ice-cream doughnut birthday-cake hot-beverage bicycle motorcycle bus locomotive airplane
    helicopter ship sailboat tractor fire-engine police-car taxi racing-car delivery-truck
    flying-saucer mountain snow-capped-mountain volcano church school tent robot alien ghost
    jack-o-lantern christmas-tree wrapped-gift balloon soccer-ball guitar violin drum trumpet
    closed-book open-book laptop television camera alarm-clock key light-bulb candle umbrella crown
    top-hat t-shirt running-shoe backpack bed chair door hammer trophy red-heart fire mushroom
    cactus boy girl man woman santa-claus mage astronaut princess bird teddy-bear kite
    hot-air-balloon couch-and-lamp"""
)


def weight_of(concept: str, kind: str) -> float:
    """1 is usual; the common ones three times as often as their kind."""
    usual = KIND_WEIGHTS.get(kind, KIND_WEIGHTS.get(kind.split("-")[0], 0.8))
    return usual * (3.0 if concept in COMMON else 1.0)
