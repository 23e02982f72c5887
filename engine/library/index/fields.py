"""The fields one can ask for, in English and Spanish: `model:`, `rating:`; and how a value is read."""

from __future__ import annotations

import datetime
import enum
import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from engine.library.index.folding import folded
from engine.library.index.record import Kind


class Form(enum.Enum):
    """What stands behind the colon."""

    WORDS = enum.auto()
    """Words of a long text: `prompt:beagle`, `notes:"for the exhibition"`."""
    NAME = enum.auto()
    """A part of a name, or, in quotes, the whole: `model:sdxl`, `tag:"sea"`."""
    NUMBER = enum.auto()
    DATE = enum.auto()
    SIZE = enum.auto()
    CHOICE = enum.auto()


FIELDS: dict[str, Form] = {
    "prompt": Form.WORDS,
    "negative": Form.WORDS,
    "name": Form.WORDS,
    "notes": Form.WORDS,
    "model": Form.NAME,
    "family": Form.NAME,
    "lora": Form.NAME,
    "sampler": Form.NAME,
    "program": Form.NAME,
    "label": Form.NAME,
    "tag": Form.NAME,
    "board": Form.NAME,
    "folder": Form.NAME,
    "rating": Form.NUMBER,
    "seed": Form.NUMBER,
    "steps": Form.NUMBER,
    "guidance": Form.NUMBER,
    "strength": Form.NUMBER,
    "width": Form.NUMBER,
    "height": Form.NUMBER,
    "stack": Form.NUMBER,
    "date": Form.DATE,
    "size": Form.SIZE,
    "kind": Form.CHOICE,
    "shape": Form.CHOICE,
    "is": Form.CHOICE,
}
ALIASES = {
    "neg": "negative", "file": "name", "note": "notes", "tags": "tag", "boards": "board", "loras": "lora",
    "cfg": "guidance", "scheduler": "sampler", "stars": "rating", "has": "is",
    "colour": "label", "color": "label",
    "negativo": "negative", "nombre": "name", "archivo": "name", "notas": "notes", "modelo": "model",
    "familia": "family", "muestreador": "sampler", "programa": "program", "etiqueta": "tag",
    "tablero": "board",
    "carpeta": "folder", "valoracion": "rating", "estrellas": "rating", "semilla": "seed", "pasos": "steps",
    "guia": "guidance", "fuerza": "strength", "ancho": "width", "alto": "height", "fecha": "date",
    "tamano": "size", "tipo": "kind", "forma": "shape", "es": "is", "tiene": "is",
}  # fmt: skip
"""Other words for the fields; accents are folded before they are looked up."""
KIND_WORDS = {
    **{kind.value: kind.value for kind in Kind},
    "texto": "text", "imagen": "image", "edicion": "edit", "ampliacion": "upscale", "hoja": "sheet",
    "foto": "picture",
}  # fmt: skip
SHAPE_WORDS = {
    "square": "square", "portrait": "portrait", "landscape": "landscape",
    "cuadrado": "square", "vertical": "portrait", "horizontal": "landscape", "apaisado": "landscape",
}  # fmt: skip
IS_WORDS = {
    "favourite": "favourite", "favorite": "favourite", "missing": "missing", "rated": "rated",
    "unrated": "unrated",
    "tagged": "tagged", "untagged": "untagged", "notes": "notes", "recipe": "recipe", "lora": "lora",
    "stacked": "stacked", "board": "board",
    "favorita": "favourite", "favorito": "favourite", "perdida": "missing", "ausente": "missing",
    "valorada": "rated", "etiquetada": "tagged", "notas": "notes", "receta": "recipe", "apilada": "stacked",
    "tablero": "board",
}  # fmt: skip
CHOICES: Mapping[str, Mapping[str, str]] = {"kind": KIND_WORDS, "shape": SHAPE_WORDS, "is": IS_WORDS}
LABEL_WORDS = {
    "rojo": "red", "amarillo": "yellow", "verde": "green", "azul": "blue", "morado": "purple",
    "purpura": "purple",
}  # fmt: skip


class Range(NamedTuple):
    """Both ends belong to it."""

    low: float
    high: float


def field_named(name: str) -> str | None:
    """Its own name, for any of the words that mean it."""
    plain = folded(name)
    plain = ALIASES.get(plain, plain)
    return plain if plain in FIELDS else None


def read_number(text: str) -> Range | None:
    """`4`, `>=4`, `<8`, `4..8`; None for all else. Whole numbers keep every digit."""
    if match := re.fullmatch(r"(.+?)\.\.(.+)", text):
        low, high = _number(match[1]), _number(match[2])
        return None if low is None or high is None else Range(low, high)
    match = re.fullmatch(r"(>=|<=|>|<|=|)(.+)", text)
    value = _number(match[2].strip()) if match else None
    if match is None or value is None:
        return None
    return {
        ">=": Range(value, math.inf),
        ">": Range(_next(value, math.inf), math.inf),
        "<=": Range(-math.inf, value),
        "<": Range(-math.inf, _next(value, -math.inf)),
    }.get(match[1], Range(value, value))


def _number(text: str) -> float | int | None:
    if re.fullmatch(r"-?[0-9]{1,20}", text):
        return int(text)
    return (
        float(text) if re.fullmatch(r"-?[0-9]{1,12}[.,][0-9]{1,12}", text := text.replace(",", ".")) else None
    )


def _next(value: float | int, towards: float) -> float | int:
    if isinstance(value, int):
        return value + (1 if towards > 0 else -1)
    return math.nextafter(value, towards)


DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "dia": 1, "semana": 7, "mes": 30, "ano": 365}
SPANS = {"d": 1, "w": 7, "m": 30, "y": 365, "s": 7, "a": 365}


def read_date(text: str, today: datetime.date | None = None) -> Range | None:
    """Seconds since 1970 that `text` means in this computer's time zone.

    `2026`, `2026-11`, `2026-11-26`, `today`, `yesterday`, `week` and `7d` (so many days back up to now), each
    also behind `>=`, `>`, `<=`, `<` or as `2026-01..2026-03`.
    """
    today = today or datetime.date.today()
    if match := re.fullmatch(r"(.+?)\.\.(.+)", text):
        first, last = _days(match[1], today), _days(match[2], today)
        return None if first is None or last is None else Range(first.low, last.high)
    match = re.fullmatch(r"(>=|<=|>|<|=|)(.+)", text)
    days = _days(match[2].strip(), today) if match else None
    if match is None or days is None:
        return None
    return {
        ">=": Range(days.low, math.inf),
        ">": Range(days.high, math.inf),
        "<=": Range(-math.inf, days.high),
        "<": Range(-math.inf, math.nextafter(days.low, 0)),
    }.get(match[1], days)


def _days(text: str, today: datetime.date) -> Range | None:
    plain = folded(text)
    if plain in ("today", "hoy"):
        return _between(today, today)
    if plain in ("yesterday", "ayer"):
        day = today - datetime.timedelta(1)
        return _between(day, day)
    if plain in DAYS:
        return _between(today - datetime.timedelta(DAYS[plain] - 1), today)
    if match := re.fullmatch(r"([0-9]{1,4})([dwmysa])", plain):
        return _between(today - datetime.timedelta(int(match[1]) * SPANS[match[2]] - 1), today)
    match = re.fullmatch(r"([0-9]{4})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?", plain)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        first = datetime.date(year, month, day)
        if match[3]:
            return _between(first, first)
        if match[2]:
            return _between(
                first, datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(1)
            )
        return _between(first, datetime.date(year, 12, 31))
    except (ValueError, OverflowError):
        return None


def _between(first: datetime.date, last: datetime.date) -> Range | None:
    """From the first moment of one day to the last of the other."""
    try:
        start = datetime.datetime.combine(first, datetime.time.min).timestamp()
        end = datetime.datetime.combine(last + datetime.timedelta(1), datetime.time.min).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return Range(start, math.nextafter(end, 0))
