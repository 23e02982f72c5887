"""What the judge can say of a scene, as numbers. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.training.data.concepts import STYLES, Concept
from engine.training.scenes import Scene
from engine.training.scenes.colours import COLOURS
from engine.training.scenes.places import PLACES

UNKNOWN = -1
"""A fact that a scene has none of, or that no sentence says."""
PLAIN = "plain"
"""The weather of a scene of which there is nothing to say."""
TIMES = ("day", "sunset", "night")
WEATHERS = (PLAIN, "sunny", "cloudy", "rain", "snow", "fog", "storm")
YES_NO = ("no", "yes")


@dataclass(frozen=True)
class Vocabulary:
    """What the judge can say, by its numbers."""

    concepts: tuple[str, ...]
    colours: tuple[str, ...]
    facts: Mapping[str, tuple[str, ...]]
    """Of the whole scene: `place`, `time`, `weather`, `style`, `covered`, and what each can be."""

    @staticmethod
    def of(concepts: Sequence[Concept]) -> Vocabulary:
        facts = {
            "place": tuple(PLACES),
            "time": TIMES,
            "weather": WEATHERS,
            "style": STYLES,
            "covered": YES_NO,
        }
        return Vocabulary(tuple(concept.id for concept in concepts), tuple(COLOURS), facts)


def facts_of(scene: Scene) -> dict[str, str]:
    """The facts of a whole scene, in the words of the vocabulary; "" where one is unknown."""
    styles = {item.style for item in scene.items}
    return {
        "place": scene.place,
        "time": scene.time,
        "weather": scene.weather or PLAIN,
        "style": styles.pop() if len(styles) == 1 else "",
        "covered": YES_NO[scene.covered],
    }
