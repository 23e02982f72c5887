"""One file to what the catalogue keeps of it, from its head alone: no pixel is decoded."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from engine.api.errors import UnreadableFile
from engine.api.form import Json
from engine.api.request import LIMITS
from engine.api.text import clean_text
from engine.library import xmp
from engine.library.foreign_json import skim_foreign_json
from engine.library.foreign_programs import LORAS
from engine.library.gate import refused, sniff
from engine.library.index.heads import read_head, size_of
from engine.library.index.record import KINDS, Kind
from engine.library.marks import NONE, Marks, one_line, read_marks
from engine.library.metadata import READERS, own_facts, settings_in, texts_in
from engine.library.parameters import Parameters

KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
LONGEST_TEXT = 200_000
"""Characters of a prompt that are kept and searched."""
MOST_LORAS = 64
LORA = re.compile(r"<(?:lora|lyco):([^:<>]{1,200})(?::[^<>]{0,100})?>")
SKIPPED_KEPT = 20
TIFF_MARKED = 65_536
EARLIEST, LATEST = 0.0, 4e9
"""Seconds since 1970 that a date may be: to the year 2096."""


class Reading(NamedTuple):
    """One file as it is read, in numbers and words that any database holds.

    Tuples, as a hundred thousand are made and sent: a frozen dataclass takes ten times as long.
    """

    name: bytes
    """The file's own, as the system spells it."""
    bytes: int
    mtime_ns: int
    inode: int
    mark: int
    """Of the head and the length: the same for a copy."""
    format: str
    width: int
    height: int
    date: float
    """Seconds since 1970."""
    kind: Kind = Kind.PICTURE
    program: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    model: str = ""
    family: str = ""
    sampler: str = ""
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    loras: tuple[str, ...] = ()
    stack: int = 0
    marks: Marks = NONE
    skipped: tuple[str, ...] = ()


class Refusal(NamedTuple):
    """A file that is no picture, or none that can be read."""

    name: bytes
    bytes: int
    mtime_ns: int
    inode: int
    cause: str


def read_all(files: Iterable[tuple[bytes, bytes]]) -> list[Reading | Refusal | None]:
    """What each of `files` (directory, name) says; None for those that went meanwhile. Raises nothing."""
    return [read_one(directory, name) for directory, name in files]


def read_one(directory: bytes, name: bytes) -> Reading | Refusal | None:
    path = os.path.join(directory, name)  # noqa: PTH118  names need not be UTF-8
    try:
        return read_file(path)
    except FileNotFoundError:
        return None
    except UnreadableFile as error:
        cause = str(error.data.get("cause") or error.message)
    except (RecursionError, ValueError, MemoryError) as error:  # whatever a stranger's file leads a reader to
        cause = f"its head cannot be read ({type(error).__name__})"
    try:
        facts = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return Refusal(name, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino), cause)


def read_file(path: bytes | str | Path) -> Reading:
    """Raises `UnreadableFile` naming the file and the cause, `FileNotFoundError` where there is none."""
    head, facts = read_head(path)
    name = os.path.basename(os.fsencode(path))  # noqa: PTH119
    format = sniff(head)
    assert format is not None
    width, height = size_of(head, format)
    if min(width, height) < 1:
        shown = name.decode("utf-8", "replace")
        raise refused(shown, "its head does not say how large it is", "Get a whole copy of it")
    texts, skipped, packet = READERS[format](head)
    told = _told(head, format, texts, packet if b"urn:lienzo:" in packet else b"")
    changed = min(max(facts.st_mtime, EARLIEST), LATEST)
    return Reading(
        name,
        facts.st_size,
        facts.st_mtime_ns,
        signed(facts.st_ino),
        mark_of(head, format, facts.st_size),
        format,
        width,
        height,
        **{"date": changed, **told},
        marks=read_marks(packet),
        skipped=skipped[:SKIPPED_KEPT],
    )


def mark_of(head: bytes, format: str, size: int) -> int:
    """Tells a copy of the file from every other, without reading its pixels. A TIFF's head is all of it."""
    text = head if format != "tiff" else head[:TIFF_MARKED]
    # processors have instructions of their own for this one, which makes it the quickest
    return signed(int.from_bytes(hashlib.sha256(b"%d " % size + text).digest()[:8], "little"))


def signed(number: int) -> int:
    """The same 64 bits as the signed number that SQLite holds: seeds go to 2**64 - 1."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    return number - (1 << 64) if number >= 1 << 63 else number


def unsigned(number: int) -> int:
    return number & 0xFFFF_FFFF_FFFF_FFFF


def _told(head: bytes, format: str, texts: dict[str, str], packet: bytes) -> dict[str, object]:
    """Fields of `Reading` that the file's own words give."""
    facts = own_facts(head, format, packet) if packet and "lienzo" not in texts else xmp.Xmp()
    texts = {**texts_in(facts), **texts}
    recipe = _own_recipe(texts.get("lienzo", "") or facts.recipe)
    if recipe is not None and (told := told_by_recipe(recipe)):
        return told
    if not texts:
        return {}
    parameters, program = settings_in({clean_text(key): clean_text(text) for key, text in texts.items()})
    return told_by_parameters(parameters, program) if parameters is not None else {}


def _own_recipe(text: str) -> Mapping[str, Json] | None:
    try:
        data = skim_foreign_json(text) if text else None
    except UnreadableFile:
        return None
    return data if isinstance(data, dict) else None


def told_by_recipe(recipe: Mapping[str, Json]) -> dict[str, object]:
    """Of our own recipe as JSON; empty where it is none. A value that is out of range is passed over."""
    request = recipe.get("request")
    if not isinstance(request, dict):
        return {}
    sampling = request.get("sampling")
    sampling = sampling if isinstance(sampling, dict) else {}
    prompt, negative = _text(request.get("prompt")), _text(request.get("negative_prompt"))
    named = request.get("loras")
    listed = (
        [_text(entry.get("name")) for entry in named if isinstance(entry, dict)]
        if isinstance(named, list)
        else []
    )
    model = _text(recipe.get("model_title")) or _text(request.get("model"))
    kind = _kind_of(recipe, request)
    told: dict[str, object] = {
        "kind": kind,
        "program": "Lienzo",
        "prompt": prompt,
        "negative_prompt": negative,
        "seed": _number(sampling.get("seed"), "seed", int),
        "model": _name(model),
        "family": _name(_text(recipe.get("model_family"))),
        "sampler": _name(_text(sampling.get("scheduler"))),
        "steps": _number(sampling.get("steps"), "steps", int),
        "guidance": _number(sampling.get("guidance"), "guidance", float),
        "strength": None if kind is Kind.TEXT else _number(sampling.get("strength"), "strength", float),
        "loras": loras_in(prompt, listed),
    }
    told["stack"] = _stack(told, (request.get("width"), request.get("height")))
    date = _seconds(_text(recipe.get("created")))
    return told if date is None else {**told, "date": date}


def _kind_of(recipe: Mapping[str, Json], request: Mapping[str, Json]) -> Kind:
    if recipe.get("sheet") is not None:  # its own recipe's: a cell says its place in its request
        return Kind.SHEET
    if request.get("upscale") is not None:
        return Kind.UPSCALE
    if request.get("edit") is not None:
        return Kind.EDIT
    return Kind.TEXT if request.get("image") is None else Kind.IMAGE


def told_by_parameters(parameters: Parameters, program: str) -> dict[str, object]:
    """Of another program's settings."""
    other = parameters.other
    sampler = parameters.scheduler or " ".join(
        text for key in ("Sampler", "Schedule type") if (text := other.get(key, ""))
    )
    prompt = parameters.prompt[:LONGEST_TEXT]
    listed = [name.partition(":")[0].strip() for name in other.get("Lora hashes", "").split(",")]
    listed += [told.rpartition(":")[0] for told in other.get(LORAS, "").split(", ")]
    listed += [other.get("use_lora_model", "")]
    version = other.get("Version", "")
    told: dict[str, object] = {
        "kind": Kind.TEXT if parameters.strength in (None, 1.0) else Kind.IMAGE,
        "program": "Lienzo" if program == "A1111" and version.startswith("Lienzo") else program,
        "prompt": prompt,
        "negative_prompt": parameters.negative_prompt[:LONGEST_TEXT],
        "seed": parameters.seed,
        "model": _name(_stem(parameters.model)),
        "sampler": _name(sampler),
        "steps": parameters.steps,
        "guidance": parameters.guidance,
        "strength": parameters.strength,
        "loras": loras_in(prompt, listed),
    }
    told["stack"] = _stack(told, (parameters.width, parameters.height))
    return told


def loras_in(prompt: str, listed: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of LoRAs, without folder and suffix: those that are listed and those that the prompt calls."""
    called = LORA.findall(prompt) if "<l" in prompt else []
    texts = [*listed, *called]
    return tuple({name: None for text in texts if (name := _name(_stem(text)))})[:MOST_LORAS] if texts else ()


def _name(text: str) -> str:
    """A name that many pictures share, on one line."""
    return _known_name(text) if len(text) < LONGEST_NAME else one_line(text)


_known_name = lru_cache(maxsize=4096)(one_line)
LONGEST_NAME = 200


def _stem(text: str) -> str:
    """`sub\\dream.safetensors` -> `dream`; programs write the model's name with and without."""
    name = text.replace("\\", "/").rpartition("/")[2] if "\\" in text or "/" in text else text
    for suffix in (".safetensors", ".ckpt", ".gguf", ".pt"):
        name = name.removesuffix(suffix)
    return name or text


OF_STACK = itemgetter(
    "prompt", "negative_prompt", "model", "sampler", "steps", "guidance", "strength", "loras"
)


def _stack(told: Mapping[str, object], size: tuple[object, object]) -> int:
    """A number for all of the recipe but the seed; never 0."""
    text = repr((KIND_NUMBERS[told["kind"]], OF_STACK(told), size))  # type: ignore[index]  # it is a `Kind`
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return signed(int.from_bytes(digest, "little")) or 1


def _text(value: object) -> str:
    return clean_text(value[:LONGEST_TEXT]) if isinstance(value, str) else ""


def _number(value: object, limit: str, kind: type) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    low, high = LIMITS[limit]
    return kind(value) if low <= value <= high else None


def _seconds(moment: str) -> float | None:
    try:
        seconds = datetime.datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return seconds if EARLIEST <= seconds <= LATEST else None
