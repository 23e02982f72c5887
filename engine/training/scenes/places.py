"""The places: where the ground is, what can happen there, and what one calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.training.scenes import built, outdoors
from engine.training.scenes.canvas import Canvas
from engine.training.scenes.scene import Scene

Painter = Callable[[Canvas, Scene], None]
ANY_WEATHER = ("sunny", "cloudy", "rain", "snow", "fog", "storm")


@dataclass(frozen=True)
class Place:
    """A place that a scene can be in."""

    paint: Painter | None
    horizon: tuple[float, float]
    """Where its ground may begin; (0, 0) where nothing stands."""
    words: Mapping[str, tuple[str, ...]]
    """With their preposition: what follows an object."""
    nouns: Mapping[str, tuple[str, ...]]
    """With their article: what an empty place is called."""
    weathers: tuple[str, ...] = ()
    times: tuple[str, ...] = ("day",)
    weight: float = 1.0
    can_be_covered: bool = False
    """Whether snow lies on it where all is covered."""
    indoors: bool = False


ALL_TIMES = ("day", "sunset", "night")
PLAIN = "plain"
GRADIENT = "gradient"

PLACES: dict[str, Place] = {
    PLAIN: Place(None, (0, 0), {"en": (), "es": ()}, {"en": (), "es": ()}, weight=0),
    GRADIENT: Place(None, (0, 0), {"en": (), "es": ()}, {"en": (), "es": ()}, weight=0),
    "field": Place(
        outdoors.field,
        (0.56, 0.68),
        {
            "en": (
                "in a field",
                "on the grass",
                "in a green field",
                "in a meadow",
                "on the lawn",
                "outdoors on the grass",
            ),
            "es": (
                "en el campo",
                "en la hierba",
                "en un prado verde",
                "sobre la hierba",
                "en un prado",
                "sobre el césped",
            ),
        },
        {
            "en": ("a green field", "a meadow", "a field of grass"),
            "es": ("un campo verde", "un prado", "un campo de hierba"),
        },
        ANY_WEATHER,
        ALL_TIMES,
        1.5,
        True,
    ),
    "snow": Place(
        outdoors.snowfield,
        (0.56, 0.68),
        {
            "en": ("in the snow", "on the snow", "in a snowy landscape", "in a snowy field", "in winter"),
            "es": (
                "en la nieve",
                "sobre la nieve",
                "en un paisaje nevado",
                "en un campo nevado",
                "en invierno",
            ),
        },
        {
            "en": ("a snowy landscape", "a field of snow", "a winter landscape"),
            "es": ("un paisaje nevado", "un campo de nieve", "un paisaje de invierno"),
        },
        ("snow", "snow", "sunny", "fog"),
        ALL_TIMES,
        1.2,
        True,
    ),
    "beach": Place(
        outdoors.beach,
        (0.62, 0.72),
        {
            "en": ("on the beach", "at the beach", "on the sand by the sea", "by the sea"),
            "es": ("en la playa", "en la arena junto al mar", "junto al mar", "sobre la arena de la playa"),
        },
        {
            "en": ("a beach", "a sandy beach", "the seaside"),
            "es": ("una playa", "una playa de arena", "la orilla del mar"),
        },
        ("sunny", "cloudy", "rain", "storm"),
        ALL_TIMES,
        1.2,
    ),
    "sea": Place(
        outdoors.sea,
        (0.46, 0.56),
        {
            "en": ("in the sea", "on the sea", "in the ocean", "in the middle of the sea"),
            "es": ("en el mar", "sobre el mar", "en el océano", "en medio del mar"),
        },
        {"en": ("the sea", "the ocean"), "es": ("el mar", "el océano")},
        ("sunny", "cloudy", "rain", "storm", "fog"),
        ALL_TIMES,
        0.8,
    ),
    "underwater": Place(
        outdoors.underwater,
        (0, 0),
        {
            "en": ("under the sea", "underwater", "at the bottom of the sea", "under the water"),
            "es": ("bajo el mar", "bajo el agua", "en el fondo del mar", "debajo del agua"),
        },
        {
            "en": ("the bottom of the sea", "an underwater landscape"),
            "es": ("el fondo del mar", "un paisaje submarino"),
        },
        weight=0.8,
    ),
    "desert": Place(
        outdoors.desert,
        (0.56, 0.66),
        {
            "en": ("in the desert", "on sand dunes", "in a desert"),
            "es": ("en el desierto", "entre dunas", "sobre las dunas"),
        },
        {"en": ("a desert", "sand dunes"), "es": ("un desierto", "unas dunas de arena")},
        ("sunny", "sunny", "storm"),
        ALL_TIMES,
        0.8,
    ),
    "mountains": Place(
        outdoors.mountains,
        (0.64, 0.72),
        {
            "en": ("in the mountains", "in front of mountains", "with mountains behind"),
            "es": ("en las montañas", "delante de unas montañas", "con montañas al fondo"),
        },
        {"en": ("mountains", "a mountain landscape"), "es": ("montañas", "un paisaje de montaña")},
        ANY_WEATHER,
        ALL_TIMES,
        0.9,
        True,
    ),
    "forest": Place(
        outdoors.forest,
        (0.6, 0.68),
        {
            "en": ("in the forest", "in the woods", "among trees", "in a forest"),
            "es": ("en el bosque", "entre árboles", "en un bosque", "en medio del bosque"),
        },
        {"en": ("a forest", "the woods"), "es": ("un bosque", "el bosque")},
        ANY_WEATHER,
        ALL_TIMES,
        1.1,
        True,
    ),
    "lake": Place(
        outdoors.lake,
        (0.48, 0.56),
        {
            "en": ("in a lake", "on a lake", "on the water of a lake"),
            "es": ("en un lago", "sobre un lago", "en el agua de un lago"),
        },
        {"en": ("a lake", "a lake with trees"), "es": ("un lago", "un lago con árboles")},
        ("sunny", "cloudy", "rain", "fog", "snow"),
        ALL_TIMES,
        0.6,
    ),
    "sky": Place(
        outdoors.sky,
        (0, 0),
        {
            "en": ("in the sky", "high in the sky", "among the clouds", "up in the air"),
            "es": ("en el cielo", "en lo alto del cielo", "entre las nubes", "en el aire"),
        },
        {"en": ("the sky", "the open sky"), "es": ("el cielo", "el cielo abierto")},
        ("sunny", "cloudy", "storm", "rain"),
        ALL_TIMES,
        0.9,
    ),
    "space": Place(
        outdoors.space,
        (0, 0),
        {
            "en": ("in space", "in outer space", "among the stars in space", "floating in space"),
            "es": (
                "en el espacio",
                "en el espacio exterior",
                "entre las estrellas del espacio",
                "flotando en el espacio",
            ),
        },
        {
            "en": ("outer space", "space full of stars"),
            "es": ("el espacio exterior", "el espacio lleno de estrellas"),
        },
        weight=0.8,
    ),
    "moon": Place(
        outdoors.moon_ground,
        (0.6, 0.68),
        {
            "en": ("on the moon", "on the surface of the moon"),
            "es": ("en la luna", "sobre la superficie de la luna"),
        },
        {"en": ("the surface of the moon",), "es": ("la superficie de la luna",)},
        weight=0.4,
    ),
    "garden": Place(
        outdoors.garden,
        (0.6, 0.68),
        {
            "en": ("in a garden", "in the garden", "in a garden with flowers"),
            "es": ("en un jardín", "en el jardín", "en un jardín con flores"),
        },
        {
            "en": ("a garden", "a garden with a white fence"),
            "es": ("un jardín", "un jardín con una valla blanca"),
        },
        ("sunny", "cloudy", "rain", "snow"),
        ALL_TIMES,
        0.8,
        True,
    ),
    "road": Place(
        outdoors.road,
        (0.5, 0.58),
        {
            "en": ("on a road", "on the road", "on a country road"),
            "es": ("en una carretera", "en la carretera", "en un camino"),
        },
        {"en": ("a road", "a country road"), "es": ("una carretera", "una carretera en el campo")},
        ANY_WEATHER,
        ALL_TIMES,
        0.8,
        True,
    ),
    "park": Place(
        built.park,
        (0.56, 0.64),
        {"en": ("in a park", "in the park"), "es": ("en un parque", "en el parque")},
        {"en": ("a park", "a park with trees"), "es": ("un parque", "un parque con árboles")},
        ANY_WEATHER,
        ALL_TIMES,
        0.9,
        True,
    ),
    "street": Place(
        built.street,
        (0.6, 0.66),
        {
            "en": ("in the street", "in a street", "on the street", "in a town"),
            "es": ("en la calle", "en una calle", "en un pueblo", "en medio de la calle"),
        },
        {"en": ("a street", "a street with houses"), "es": ("una calle", "una calle con casas")},
        ANY_WEATHER,
        ALL_TIMES,
        1.1,
        True,
    ),
    "city": Place(
        built.city,
        (0.64, 0.72),
        {
            "en": ("in the city", "in a city", "in front of skyscrapers"),
            "es": ("en la ciudad", "en una ciudad", "delante de unos rascacielos"),
        },
        {"en": ("a city", "a city skyline"), "es": ("una ciudad", "una ciudad con rascacielos")},
        ANY_WEATHER,
        ALL_TIMES,
        0.9,
        True,
    ),
    "entrance": Place(
        built.entrance,
        (0.72, 0.78),
        {
            "en": (
                "at the entrance of a building",
                "in front of the door of a building",
                "at the door of a building",
                "at a building's entrance",
            ),
            "es": (
                "en la entrada de un edificio",
                "delante de la puerta de un edificio",
                "a la puerta de un edificio",
                "a la entrada de un edificio",
            ),
        },
        {
            "en": ("the entrance of a building", "the door of a building", "a building entrance with steps"),
            "es": (
                "la entrada de un edificio",
                "la puerta de un edificio",
                "la entrada de un edificio con escalones",
            ),
        },
        ("sunny", "rain", "snow", "snow", "fog"),
        ("day", "day", "night"),
        1.2,
        True,
    ),
    "room": Place(
        built.room,
        (0.64, 0.72),
        {
            "en": ("in a room", "inside a house", "indoors", "in the living room", "on the floor of a room"),
            "es": (
                "en una habitación",
                "dentro de una casa",
                "en el salón",
                "en el suelo de una habitación",
                "en un cuarto",
            ),
        },
        {"en": ("a room", "the inside of a house"), "es": ("una habitación", "el interior de una casa")},
        (),
        ("day", "day", "night"),
        1.1,
        indoors=True,
    ),
    "kitchen": Place(
        built.kitchen,
        (0.7, 0.76),
        {"en": ("in a kitchen", "in the kitchen"), "es": ("en una cocina", "en la cocina")},
        {"en": ("a kitchen",), "es": ("una cocina",)},
        (),
        ("day", "day", "night"),
        0.6,
        indoors=True,
    ),
    "bedroom": Place(
        built.bedroom,
        (0.64, 0.7),
        {"en": ("in a bedroom", "in the bedroom"), "es": ("en un dormitorio", "en el dormitorio")},
        {"en": ("a bedroom",), "es": ("un dormitorio",)},
        (),
        ("day", "day", "night"),
        0.6,
        indoors=True,
    ),
}

WATER = ("sea", "lake")
FLOATING = ("sky", "space", "underwater")
"""Places without a ground: things hang in the middle."""
