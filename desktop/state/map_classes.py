"""What segmentation maps are painted with: a colour for each class, as the ControlNet was taught them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.state.problems import language

STARTER = "starter/"
"""How the names of the starter's own networks begin."""


@dataclass(frozen=True)
class MapClass:
    en: str
    es: str
    rgb: tuple[int, int, int]

    @property
    def name(self) -> str:
        return self.es if language() == "es" else self.en

    @property
    def colour(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


ADE20K = (
    MapClass("wall", "pared", (120, 120, 120)),
    MapClass("building", "edificio", (180, 120, 120)),
    MapClass("sky", "cielo", (6, 230, 230)),
    MapClass("floor", "suelo", (80, 50, 50)),
    MapClass("tree", "árbol", (4, 200, 3)),
    MapClass("ceiling", "techo", (120, 120, 80)),
    MapClass("road", "carretera", (140, 140, 140)),
    MapClass("bed", "cama", (204, 5, 255)),
    MapClass("window pane", "cristal", (230, 230, 230)),
    MapClass("grass", "hierba", (4, 250, 7)),
    MapClass("cabinet", "armario", (224, 5, 255)),
    MapClass("pavement", "acera", (235, 255, 7)),
    MapClass("person", "persona", (150, 5, 61)),
    MapClass("earth", "tierra", (120, 120, 70)),
    MapClass("door", "puerta", (8, 255, 51)),
    MapClass("table", "mesa", (255, 6, 82)),
    MapClass("mountain", "montaña", (143, 255, 140)),
    MapClass("plant", "planta", (204, 255, 4)),
    MapClass("curtain", "cortina", (255, 51, 7)),
    MapClass("chair", "silla", (204, 70, 3)),
    MapClass("car", "coche", (0, 102, 200)),
    MapClass("water", "agua", (61, 230, 250)),
    MapClass("painting", "cuadro", (255, 6, 51)),
    MapClass("sofa", "sofá", (11, 102, 255)),
    MapClass("shelf", "estantería", (255, 7, 71)),
    MapClass("house", "casa", (255, 9, 224)),
    MapClass("sea", "mar", (9, 7, 230)),
    MapClass("mirror", "espejo", (220, 220, 220)),
    MapClass("rug", "alfombra", (255, 9, 92)),
    MapClass("field", "campo", (112, 9, 255)),
    MapClass("fence", "valla", (255, 184, 6)),
    MapClass("rock", "roca", (255, 41, 10)),
)
"""The commonest of its 150, in the colours that ControlNets for segmentation are taught with
(https://groups.csail.mit.edu/vision/datasets/ADE20K/)."""


def classes_for(network: str) -> tuple[MapClass, ...]:
    """Those that `network` knows: the starter's own, or ADE20K's, which nearly all others learnt."""
    if not network.startswith(STARTER):
        return ADE20K
    # numpy and a table; the training room is not looked into otherwise
    from engine.training.scenes.classes import CLASSES

    return tuple(MapClass(entry.en, entry.es, entry.rgb) for entry in CLASSES)
