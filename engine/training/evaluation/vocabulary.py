"""What the judge can say of a scene, as numbers. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.training.data.concepts import STYLES, Concept
from engine.training.scenes import Scene
from engine.training.scenes.colours import COLOURS
from engine.training.scenes.places import GRADIENT, PLACES

UNKNOWN = -1
"""A fact that a scene has none of, or that no sentence says."""
PLAIN = "plain"
"""The weather of a scene of which there is nothing to say."""
TIMES = ("day", "sunset", "night")
WEATHERS = (PLAIN, "sunny", "cloudy", "rain", "snow", "fog", "storm")
YES_NO = ("no", "yes")
POSES = ("standing", "jumping", "flying", "sleeping", "upside down", "running")
"""Of a thing that is alone; swimming is standing, in water."""
COUNTS = ("0", "1", "2", "3", "4")
PLACES_SEEN = tuple(place for place in PLACES if place != GRADIENT)
"""A soft change of colour is a plain backdrop too."""


@dataclass(frozen=True)
class Vocabulary:
    """What the judge can say, by its numbers."""

    concepts: tuple[str, ...]
    colours: tuple[str, ...]
    facts: Mapping[str, tuple[str, ...]]
    """Of the whole scene, and what each can be: `place`, `weather`, `count`, ..."""

    @staticmethod
    def of(concepts: Sequence[Concept]) -> Vocabulary:
        facts = {
            "place": PLACES_SEEN, "time": TIMES, "weather": WEATHERS, "covered": YES_NO, "style": STYLES,
            "count": COUNTS, "pose": POSES,
        }  # fmt: skip
        return Vocabulary(tuple(concept.id for concept in concepts), tuple(COLOURS), facts)


def facts_of(scene: Scene) -> dict[str, str]:
    """The facts of a whole scene, in the words of the vocabulary; "" where one is unknown."""
    styles = {item.style for item in scene.items}
    return {
        "place": scene.place if scene.place in PLACES_SEEN else PLAIN,
        "time": scene.time,
        "weather": scene.weather or PLAIN,
        "style": styles.pop() if len(styles) == 1 else "",
        "covered": YES_NO[scene.covered],
        "count": str(min(len(scene.items), 4)),
        "pose": _pose(scene.items[0].pose) if len(scene.items) == 1 else "",
    }


def _pose(pose: str) -> str:
    return pose if pose in POSES else POSES[0]
