"""The classes of the segmentation map: number, name in two languages, colour to show it in."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GROUND = (
    ("backdrop", "fondo"),
    ("sky", "cielo"),
    ("cloud", "nube"),
    ("sun, moon or star", "sol, luna o estrella"),
    ("mountain", "montaña"),
    ("tree", "árbol"),
    ("grass", "hierba"),
    ("earth", "tierra"),
    ("sand", "arena"),
    ("snow", "nieve"),
    ("water", "agua"),
    ("road", "carretera"),
    ("pavement", "acera"),
    ("building", "edificio"),
    ("window", "ventana"),
    ("door", "puerta"),
    ("steps", "escalones"),
    ("wall", "pared"),
    ("floor", "suelo"),
    ("furniture", "mueble"),
    ("space", "espacio"),
    ("fence", "valla"),
    ("path", "camino"),
    ("rock", "roca"),
)
_GROUPS = (
    ("animal", "animal", "animal"),
    ("person", "person", "persona"),
    ("face", "face", "cara"),
    ("body", "body", "mano o cuerpo"),
    ("plant", "plant", "planta"),
    ("food", "food", "comida"),
    ("vehicle", "vehicle", "vehículo"),
    ("building", "house", "casa"),
    ("nature", "nature", "paisaje"),
    ("sky", "thing in the sky", "cosa del cielo"),
    ("clothing", "clothing", "ropa"),
    ("shape", "shape", "forma"),
    ("thing", "thing", "cosa"),
)
"""The concept's group, and its name in two languages, which is that of no other class."""
FIRST_OBJECT = 32
"""Classes from here on are objects, by the concept's group."""


@dataclass(frozen=True)
class SegmentClass:
    number: int
    en: str
    es: str
    rgb: tuple[int, int, int]


def _colour(number: int) -> tuple[int, int, int]:
    """Far apart for neighbours: hues by the golden ratio, objects brighter than places."""
    bright = number >= FIRST_OBJECT
    red, green, blue = colorsys.hsv_to_rgb(
        number * 0.618034 % 1, 0.85 if bright else 0.5, 0.95 if bright else 0.6
    )
    return round(red * 255), round(green * 255), round(blue * 255)


CLASSES: tuple[SegmentClass, ...] = tuple(
    SegmentClass(number, en, es, _colour(number))
    for start, names in ((0, _GROUND), (FIRST_OBJECT, [said for _, *said in _GROUPS]))
    for number, (en, es) in enumerate(names, start)
)
NUMBER = {entry.en: entry.number for entry in CLASSES if entry.number < FIRST_OBJECT}
GROUP_NUMBER = {group: FIRST_OBJECT + index for index, (group, *_) in enumerate(_GROUPS)}
PALETTE: NDArray[np.uint8] = np.zeros((256, 3), np.uint8)
"""Row = class number: the segmentation as a picture is `PALETTE[map]`."""
for _entry in CLASSES:
    PALETTE[_entry.number] = _entry.rgb
