"""What the sampler and the captions know of the things: weights, which can be recoloured, and their words."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from engine.training.data.concepts import Concept
from engine.training.data.pack import SpriteInfo, Sprites
from engine.training.data.weights import COMMON
from engine.training.scenes.colours import COLOURS, near_colour

UNPAINTED = ("person", "face", "body", "sky", "nature")
"""Groups whose things keep their own colours."""
HELD_OUT_WORDS = 5
"""One in so many synonyms is kept from the text pairs as well: a word that is nowhere in training."""
ALWAYS_TAUGHT = frozenset(("beagle", "hound", "puppy", "kitten", "cachorro", "gatito", "sabueso"))


@dataclass(frozen=True)
class Focus:
    """What a stretch of training is about: shares of the kinds of scenes, and which things."""

    plain: float = 0.33
    """One thing on a plain backdrop."""
    place: float = 0.30
    """One thing in a place, in weather, doing something."""
    several: float = 0.30
    """Two or more."""
    empty: float = 0.07
    """A place with nothing in it."""
    common: float = 0.0
    """0: all things by their weight; 1: only the common ones; between: that share from the common ones."""
    styles: Mapping[str, float] = field(
        default_factory=lambda: {"3d": 0.56, "flat": 0.2, "cartoon": 0.19, "clip art": 0.05}
    )
    effects: float = 1.0
    """Factor on how often colours, sizes and poses are drawn; 0 leaves things as they are."""


class Words:
    """Built once from the pack; cheap to copy with another focus."""

    def __init__(
        self, concepts: Sequence[Concept], infos: Sequence[SpriteInfo], focus: Focus | None = None
    ) -> None:
        self.concepts = tuple(concepts)
        self.focus = focus or Focus()
        self.origin = self
        """The words that these are a copy of; what does not depend on the focus is kept by it."""
        self.by_id = {concept.id: concept for concept in self.concepts}
        self._infos: dict[tuple[str, str, str], list[SpriteInfo]] = {}
        for info in infos:
            self._infos.setdefault((info.concept, info.style, info.look), []).append(info)
        self._all_infos = tuple(infos)
        self._picks: dict[tuple[str, ...] | None, tuple[list[Concept], np.ndarray]] = {}

    @staticmethod
    def of(sprites: Sprites, focus: Focus | None = None) -> Words:
        return Words(sprites.concepts, sprites.infos, focus)

    def focused(self, **changes: object) -> Words:
        """The same words with some of the focus changed."""
        words = Words(self.concepts, self._all_infos, replace(self.focus, **changes))  # type: ignore[arg-type]
        words.origin = self.origin
        return words

    def unfocused(self) -> Words:
        """The same words with the usual focus."""
        return self.focused(**{entry.name: getattr(Focus(), entry.name) for entry in fields(Focus)})

    def variants(self, concept: str, style: str, look: str = "") -> int:
        return len(self._infos.get((concept, style, look), ()))

    def info(self, concept: str, style: str, variant: int = 0, look: str = "") -> SpriteInfo:
        infos = self._infos.get((concept, style, look)) or self._infos[(concept, style, "")]
        return infos[variant % len(infos)]

    def pick(self, rng: np.random.Generator, groups: tuple[str, ...] | None = None) -> Concept:
        """A concept by weight, of some groups or of all."""
        if groups not in self._picks:
            chosen = [concept for concept in self.concepts if groups is None or concept.group in groups]
            chosen = chosen or list(self.concepts)
            self._picks[groups] = chosen, self._shares(chosen)
        chosen, bounds = self._picks[groups]
        return chosen[int(np.searchsorted(bounds, rng.random(), side="right"))]

    def style(self, rng: np.random.Generator, concept: Concept, wanted: str = "") -> str:
        """`wanted` where there is a picture in it, else one by the focus's shares."""
        if wanted in concept.styles:
            return wanted
        shares = np.array([self.focus.styles.get(style, 0.0) for style in concept.styles])
        if not shares.sum():
            return concept.styles[0]
        return concept.styles[
            int(np.searchsorted(np.cumsum(shares / shares.sum()), rng.random(), side="right"))
        ]

    def colours(self, concept: str, style: str, variant: int = 0) -> tuple[str, ...]:
        """What a sprite can be recoloured to; none if it has no one colour or no name without a colour."""
        info = self.info(concept, style, variant)
        if (
            info.hue is None
            or self.by_id[concept].group in UNPAINTED
            or not self.colourless_names(concept, "en")
            or not self.colourless_names(concept, "es")
        ):
            return ()
        return tuple(name for name in COLOURS if name != near_colour(info.hue))

    def colourless_names(self, concept: str, language: str) -> tuple[str, ...]:
        """Names that do not say a colour themselves."""
        return tuple(name for name in self.by_id[concept].names[language] if not _says_colour(name, language))

    def taught(self, concept: Concept, language: str) -> tuple[str, ...]:
        """Synonyms and kinds that the text pairs teach; never beside a picture."""
        return tuple(word for word in concept.synonyms.get(language, ()) if not is_unseen(word))

    def unseen(self, concept: Concept, language: str) -> tuple[str, ...]:
        """Synonyms that are nowhere in training, for the hardest test."""
        return tuple(word for word in concept.synonyms.get(language, ()) if is_unseen(word))

    def _shares(self, concepts: Sequence[Concept]) -> np.ndarray:
        weights = np.array([concept.weight for concept in concepts])
        common = weights * np.array([concept.id in COMMON for concept in concepts])
        weights /= weights.sum()
        if self.focus.common and common.sum():
            weights = weights * (1 - self.focus.common) + common / common.sum() * self.focus.common
        bounds = np.cumsum(weights)
        bounds[-1] = 1.0
        return bounds


def is_unseen(word: str) -> bool:
    return word not in ALWAYS_TAUGHT and zlib.crc32(word.encode()) % HELD_OUT_WORDS == 0


def text_pairs(words: Words) -> list[tuple[str, str, str]]:
    """(synonym or kind, the name it is to be near, language): for the text encoder, without pictures."""
    return [
        (word, concept.names[language][0], language)
        for concept in words.concepts
        for language in ("en", "es")
        for word in words.taught(concept, language)
    ]


def _says_colour(name: str, language: str) -> bool:
    colours = {(colour.en if language == "en" else colour.es) for colour in COLOURS.values()}
    forms = (
        colours
        | {colour[:-1] + "a" for colour in colours if colour.endswith("o")}
        | {colour + "s" for colour in colours}
    )
    return bool(set(name.split()) & forms)
