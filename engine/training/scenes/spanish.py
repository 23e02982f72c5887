"""Spanish: gender, number, agreement, and the phrases of captions."""

from __future__ import annotations

import re

from engine.training.data.concepts import word_set
from engine.training.scenes.colours import COLOURS
from engine.training.scenes.grammar import Grammar, Thing

FEMININE = word_set(
    """baguete flor nube nieve noche luz llave torre mano serpiente carne leche col sal miel nuez cruz
    pared imagen nariz raíz red sartén fuente nave ave base clase calle foto moto radio bici
    legumbre lombriz codorniz sangre piel mujer orca medusa cometa señal coliflor perdiz pelvis
    lumbre sirena estrella bombilla pirámide cárcel catedral clave faringe fe foca torre tarde
    mascota corneta viola diana noria lente judía pajarita llama bailarina escuadra cabeza bola caca
    persona ancla águila hacha arpa ánfora alga ala arma aula hada lupa cámara radiografía diadema
    vía cola cuchilla"""
)
MASCULINE = word_set(
    """fantasma ninja mapa planeta panda koala gorila puma día sofá tranvía pijama problema clima yoga papá
    policía cactus guardia artista mago cometa_papel dentista atleta profeta poeta bebé elfo yeti
    t-rex astronauta oficinista pianista guitarrista piloto boomerang dinosaurio paracaídas paraguas
    lavavajillas cumpleaños kimono sari karma okapi mono koala cacahuetes bolos juez detective
    cantante estudiante elefante guante tigre volante corazón moái despertador estandarte hámster té
    café"""
)
STRESSED_A = word_set("""águila ancla hacha arpa ánfora alga ala arma aula hada agua alma área""")
"""Feminine, but with `un` in the singular: the a is stressed."""
SINGULAR_IN_S = word_set(
    """pintalabios autobús mes tenis gas dios lunes paraguas cactus sacacorchos paracaídas cumpleaños oasis
    lápiz tiranosaurio virus iris ciprés compás arcoíris arnés inglés bus atlas brindis microbús
    salvavidas portapapeles abrelatas microscopio ciempiés chasis caos"""
)
MASS = word_set(
    """pan queso maíz arroz brócoli ajo fuego hielo dinero mantequilla beicon sushi paella madera jabón
    mate flan niebla pasta miel leche cerveza vino café té agua papá santa fuegos"""
)
FOREIGN = frozenset(("bagel", "bretzel", "dumpling", "joystick", "scooter", "clip", "dónut", "bikini"))
"""They take a plain s."""
NO_ARTICLE = ("papá noel", "planeta tierra", "monte fuji", "estatua de la libertad")
PRONOUNCED_I = re.compile(r"^h?i[^eao]|^hi$")
NUMBERS = {2: "dos", 3: "tres", 4: "cuatro"}
SIZES = {"big": ("grande", "enorme"), "small": ("pequeño",), "tiny": ("diminuto", "muy pequeño")}
INVARIABLE = frozenset(("naranja", "rosa", "beige", "celeste", "lavanda", "verde menta"))
"""Colours that are nouns: they take no feminine; `celeste` takes a plural only."""
STOPS = re.compile(
    r" (de|del|con|sin|en|sobre|a|al|para|y|hacia|boca|tras|detrás|vestido|levantadas|\w+[aie]ndo)\b"
)


def head(name: str) -> tuple[str, str]:
    """The noun with its adjectives, and what hangs on them: `pez tropical`, ` con sombrero`."""
    match = STOPS.search(name)
    return (name[: match.start()], name[match.start() :]) if match else (name, "")


def gender(name: str) -> str:
    """By the first noun: `m` or `f`."""
    first = name.split()[0]
    for form in (first, singular_of(first)):
        if form in FEMININE:
            return "f"
        if form in MASCULINE:
            return "m"
    form = singular_of(first) if is_plural(name) else first
    return "f" if form.endswith(("a", "ción", "sión", "dad", "tud", "umbre")) else "m"


def singular_of(word: str) -> str:
    if word in SINGULAR_IN_S or not word.endswith("s"):
        return word
    return word[:-2] if word.endswith(("res", "les", "nes", "ces", "des")) else word[:-1]


def is_plural(name: str) -> bool:
    first = name.split()[0]
    return (
        first.endswith("s")
        and first not in SINGULAR_IN_S
        and not first.endswith(("ús", "és", "ís", "ás", "ós"))
    )


def is_mass(name: str) -> bool:
    return head(name)[0].split()[-1] in MASS and " " not in name.strip()


def article(name: str) -> str:
    if is_plural(name):
        return f"{'unas' if gender(name) == 'f' else 'unos'} {name}"
    if is_mass(name) or name.startswith(NO_ARTICLE):
        return name
    first = name.split()[0]
    return f"una {name}" if gender(name) == "f" and first not in STRESSED_A else f"un {name}"


def plural_word(word: str) -> str:
    if word in FOREIGN:
        return f"{word}s"
    if word.endswith(("ú", "í")):
        return f"{word}es" if word in ("tabú", "iglú", "rubí", "jabalí") else f"{word}s"
    if word[-1] in "aeiouáéó":
        return f"{word}s"
    if word.endswith("z"):
        return f"{word[:-1]}ces"
    if word.endswith("s") and word not in ("mes", "dios", "gas") and word[-2] not in "áéíóú":
        return word
    plain = re.sub(r"[áéíóú](?=[ns]$)", lambda match: "aeiou"["áéíóú".index(match[0])], word)
    return f"{plain}es"


def plural(name: str) -> str:
    """Noun and adjectives in the plural; what hangs on them stays."""
    noun, rest = head(name)
    if is_plural(name) or is_mass(name) or name.startswith(NO_ARTICLE) or "-" in noun:
        return ""
    fixed = {"arriba", "ping", "pong", "halloween", "3d"}
    return " ".join(word if word in fixed else plural_word(word) for word in noun.split()) + rest


def agreed(adjective: str, name: str, many: bool) -> str:
    """An adjective or colour in the gender and number of what it is said of."""
    if adjective in INVARIABLE:
        return plural_word(adjective) if many and adjective == "celeste" else adjective
    *before, last = adjective.split()
    if gender(name) == "f" and last.endswith("o"):
        last = f"{last[:-1]}a"
    if many:
        last = plural_word(last)
    return " ".join((*before, last))


def noun_phrase(thing: Thing) -> str:
    """`un coche rojo pequeño`, `dos perros`, `gato bonito sonriente`."""
    many = thing.number > 1 or is_plural(thing.name)
    noun, rest = head(plural(thing.name) if thing.number > 1 else thing.name)
    colour = COLOURS[thing.colour].es if thing.colour else ""
    extras = [agreed(word, thing.name, many) for word in (colour, thing.size, thing.adjective) if word]
    if thing.look:
        extras.append(agreed(thing.look, thing.name, many) if not thing.look.endswith("ndo") else thing.look)
    # a short complement stays beside its noun: "taza de café roja"
    words = (
        " ".join((noun + rest, *extras))
        if rest.startswith((" de", " del", " en", " sin"))
        else " ".join((noun, *extras)) + rest
    )
    if thing.number > 1:
        return f"{NUMBERS[thing.number]} {words}"
    if not thing.article:
        return words
    plain = article(thing.name)
    return plain[: len(plain) - len(thing.name)] + words


def definite(thing: Thing) -> str:
    """`el perro rojo`, `las uvas`."""
    words, many, first = noun_phrase(thing), is_plural(thing.name), thing.name.split()[0]
    if gender(thing.name) == "f" and (many or first not in STRESSED_A):
        return f"{'las' if many else 'la'} {words}"
    return f"{'los' if many else 'el'} {words}"


def and_of(word: str) -> str:
    """`y` is `e` before an i that is heard as one."""
    return "e" if PRONOUNCED_I.match(word) else "y"


GRAMMAR = Grammar(
    language="es",
    noun_phrase=noun_phrase,
    plural=plural,
    gender=gender,
    relations={
        "left": (
            "{a} a la izquierda de {b}",
            "{a} a la izquierda y {b} a la derecha",
            "a la izquierda {a}, a la derecha {b}",
        ),
        "right": (
            "{a} a la derecha de {b}",
            "{a} a la derecha y {b} a la izquierda",
            "a la derecha {a}, a la izquierda {b}",
        ),
        "next": ("{a} junto a {b}", "{a} al lado de {b}", "{a} cerca de {b}"),
        "on": ("{a} encima de {b}", "{a} sobre {b}", "{b} con {a} encima", "{a} subido en {b}"),
        "under": ("{a} debajo de {b}", "{a} bajo {b}", "{b} encima de {a}"),
        "front": ("{a} delante de {b}", "{a} frente a {b}", "{b} detrás de {a}"),
        "behind": ("{a} detrás de {b}", "{b} delante de {a}"),
        "and": ("{a} y {b}", "{a} con {b}", "{b} y {a}"),
    },
    poses={
        "jumping": ("saltando", "saltando en el aire", "que salta", "dando un salto"),
        "flying": ("volando", "volando por el aire", "que vuela", "en pleno vuelo"),
        "sleeping": ("durmiendo", "que duerme", "echando la siesta"),
        "upside down": ("boca abajo", "cabeza abajo", "del revés"),
        "running": ("corriendo", "corriendo deprisa", "que corre", "a toda velocidad"),
        "swimming": ("nadando", "en el agua", ""),
    },
    times={
        "night": ("de noche", "por la noche", "de noche", "bajo el cielo nocturno"),
        "sunset": ("al atardecer", "en la puesta de sol", "al anochecer", "bajo un cielo naranja"),
    },
    weathers={
        "snow": ("está nevando", "nieva", "nevando", "cae nieve", "nevada"),
        "rain": ("está lloviendo", "llueve", "lloviendo", "cae la lluvia", "lluvia"),
        "fog": ("hay niebla", "niebla", "tiempo con niebla"),
        "storm": ("hay tormenta", "tormenta", "tormenta con rayos", "tiempo tormentoso"),
        "sunny": ("hace sol", "brilla el sol", "tiempo soleado", "día soleado"),
        "cloudy": ("está nublado", "cielo nublado", "nubes en el cielo", "día nublado"),
    },
    weather_tails={
        "snow": ("mientras nieva", "bajo la nieve", "y está nevando", "y nieva", "en plena nevada"),
        "rain": ("bajo la lluvia", "mientras llueve", "y está lloviendo", "y llueve", "en un día de lluvia"),
        "fog": ("en la niebla", "entre la niebla", "en un día de niebla", "y hay niebla"),
        "storm": ("en una tormenta", "bajo una tormenta", "durante una tormenta", "con rayos en el cielo"),
        "sunny": ("en un día soleado", "bajo el sol", "al sol", "y hace sol"),
        "cloudy": ("en un día nublado", "bajo un cielo nublado", "bajo las nubes"),
    },
    covered=(
        "todo está cubierto de nieve",
        "todo cubierto de nieve",
        "la nieve lo cubre todo",
        "todo lleno de nieve",
    ),
    covered_things={
        "m1": "cubierto de nieve",
        "f1": "cubierta de nieve",
        "m2": "cubiertos de nieve",
        "f2": "cubiertas de nieve",
    },
    backdrops=("sobre fondo {}", "fondo {}", "sobre un fondo {}", "con fondo {}"),
    styles={
        "3d": ("estilo 3d", "3d", "en 3d", "render 3d", "icono 3d"),
        "flat": ("estilo plano", "diseño plano", "dibujo plano", "icono plano", "ilustración plana"),
        "cartoon": ("estilo de dibujos animados", "dibujo animado", "caricatura", "estilo cómic"),
        "clip art": ("clip art", "estilo clip art", "ilustración clip art"),
    },
    styles_of={
        "3d": ("un render 3d de {}", "imagen en 3d de {}", "icono 3d de {}"),
        "flat": ("un dibujo plano de {}", "icono plano de {}", "una ilustración plana de {}"),
        "cartoon": ("una caricatura de {}", "dibujo animado de {}", "un dibujo de cómic de {}"),
        "clip art": ("clip art de {}", "una ilustración clip art de {}"),
    },
    openers=(
        "una imagen de {}",
        "un dibujo de {}",
        "una ilustración de {}",
        "hay {}",
        "aquí hay {}",
        "se ve {}",
        "una imagen sencilla de {}",
        "una imagen con {}",
        "dibuja {}",
        "una escena con {}",
        "ves {}",
        "una imagen llena de color con {}",
    ),
    openers_many=(
        "una imagen de {}",
        "un dibujo de {}",
        "hay {}",
        "aquí hay {}",
        "se ven {}",
        "dibuja {}",
        "una escena con {}",
    ),
    adjectives=("bonito", "lindo", "precioso", "simpático", "gracioso", "adorable"),
    and_word="y",
)
