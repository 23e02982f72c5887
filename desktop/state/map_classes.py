"""What segmentation maps are painted with: a colour for each class, as the ControlNet was taught them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.state.language_code import language

STARTER = "starter/"
"""How the names of the starter's own networks begin."""
USUAL = (
    "wall", "building", "sky", "floor", "tree", "ceiling", "road", "bed", "window pane", "grass", "cabinet",
    "pavement", "person", "earth", "door", "table", "mountain", "plant", "curtain", "chair", "car", "water",
    "painting", "sofa", "shelf", "house", "sea", "mirror", "rug", "field", "fence", "rock",
)  # fmt: skip
"""Of ADE20K's 150 those that most pictures are made of; they are offered first."""


@dataclass(frozen=True)
class PaintedClass:
    """A class in the palette."""

    name: str
    """In the language of the window."""
    other_names: tuple[str, ...]
    """In the others."""
    rgb: tuple[int, int, int]

    @property
    def colour(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


def classes_for(network: str) -> tuple[PaintedClass, ...]:
    """Those that `network` knows: the starter's own, or ADE20K's, which nearly all others learnt."""
    if network.startswith(STARTER):
        # numpy and a table; the training room is not looked into otherwise
        from engine.training.scenes.classes import CLASSES

        return tuple(_painted(entry.en, entry.es, entry.rgb) for entry in CLASSES)
    # a table, read when a map of this kind is there
    from engine.conditioning.maps.ade20k import CLASSES as ADE20K

    usual = [entry for entry in ADE20K if entry.en in USUAL]
    others = [entry for entry in ADE20K if entry.en not in USUAL]
    return tuple(_painted(entry.en, entry.es, entry.rgb) for entry in (*usual, *others))


def _painted(en: str, es: str, rgb: tuple[int, int, int]) -> PaintedClass:
    return PaintedClass(es, (en,), rgb) if language() == "es" else PaintedClass(en, (es,), rgb)
