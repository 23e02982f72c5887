"""From a place on disk to what lies there: header, tables of marks, and the words beside it. No torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from engine.api.errors import EngineError, UnsafeFile
from engine.api.model_file import FileFormat, FileKind, ModelFile
from engine.api.text import clean_text
from engine.checkpoints.foreign_files import FileState, open_regular
from engine.models.headers.files import what_it_seems
from engine.models.headers.gguf import MAGIC, read_gguf
from engine.models.headers.sidecars import Told, sidecar_names, told_of
from engine.models.places.folders import file_names
from engine.models.places.walk import PICKLES, Place
from engine.models.recognition.mark import Recognised
from engine.models.recognition.recognise import recognise, whole_or_alone
from engine.models.recognition.words import variants_told
from engine.models.scanning.contents import read_contents
from engine.models.scanning.describe_folder import folder_facts

CONVERT = "Convert it: `lienzo models convert` makes a safetensors file of it, in a process of its own."
SMALL_SHARE = 0.01
"""Of a file's bytes: number formats that hold less are not named."""


def describe(place: Place) -> ModelFile:
    """What the model at `place` is. Never raises for what a file holds: a broken one says its `problem`."""
    try:
        return _folder(place) if place.path.is_dir() else _file(place)
    except EngineError as error:
        return _broken(place, error.message)
    except OSError as error:
        return _broken(
            place, f"{place.path.name} cannot be read ({error.strerror}). Check its drive and rights."
        )


def name_of(place: Place) -> str:
    path = place.path
    return clean_text(place.name or (path.name if path.is_dir() else path.stem)) or "?"


def _broken(place: Place, problem: str, form: FileFormat = FileFormat.OTHER) -> ModelFile:
    try:
        size = place.path.stat().st_size if place.path.is_file() else 0
    except OSError:
        size = 0
    return ModelFile(place.path, FileKind.BROKEN, name_of(place), bytes=size, problem=problem, format=form)


# files


def _file(place: Place) -> ModelFile:
    path = place.path
    with open_regular(path) as file:
        start = file.read(64) or b""
    if start.startswith(MAGIC):
        return _gguf(place)
    if start[8:9] != b"{":
        kind, _ = what_it_seems(start)
        if "pickle" in kind or (path.suffix.lower() in PICKLES and "unknown" in kind):
            problem = f"{path.name} is {kind}. {CONVERT}"
            return _broken(place, problem, FileFormat.PICKLE)
    held, metadata, size = read_contents(path)
    if not held.tensors:
        raise UnsafeFile(f"{path.name} holds no tensors. Get it again from its source.", path=str(path))
    told = told_of(path, place.beside, metadata)
    return _model_file(
        place, held.found, told, held.bytes_by_format, held.parameters, size, FileFormat.SAFETENSORS
    )


def _gguf(place: Place) -> ModelFile:
    weights = read_gguf(place.path)
    shapes = {name: tensor.shape for name, tensor in weights.tensors.items()}
    counts = Counter[str]()
    for tensor in weights.tensors.values():
        counts[tensor.type] += tensor.bytes
    told = told_of(place.path, place.beside, {})
    licence = told.licence or clean_text(weights.metadata.get("general.license", ""))[:200]
    title = told.title or clean_text(weights.metadata.get("general.name", ""))[:200]
    parameters = sum(math.prod(shape) for shape in shapes.values())
    return _model_file(
        place, whole_or_alone(recognise(shapes), shapes), replace(told, licence=licence, title=title),
        counts, parameters, weights.state.size, FileFormat.GGUF,
    )  # fmt: skip


def _model_file(
    place: Place,
    found: Recognised,
    told: Told,
    counts: Mapping[str, int],
    parameters: int,
    size: int,
    form: FileFormat,
) -> ModelFile:
    name = name_of(place)
    texts = [("its name", name), ("its title", told.title), ("its base", told.base)]
    words = variants_told(found.kind, found.families, texts)
    variants = [*found.variants, *(word for word, _ in words if word not in found.variants)]
    why = [*found.why, *(reason for _, reason in words)]
    if told.base:
        why.append(f"its makers say: {told.base}")
    triggers = told.triggers
    if found.kind is FileKind.EMBEDDING and not triggers:
        triggers = (name,)
    return ModelFile(
        path=place.path,
        kind=found.kind,
        name=name,
        families=found.families,
        variant=", ".join(variants),
        format=form,
        precision=precision_of(counts),
        parameters=parameters,
        bytes=size,
        why=tuple(why),
        title=told.title,
        base=told.base,
        licence=told.licence,
        triggers=triggers,
        description=told.description,
        preview=told.preview,
        rank=found.rank,
    )


def precision_of(counts: Mapping[str, int]) -> str:
    """`F8_E4M3/BF16`: the number formats by the bytes that they take, without those of a few tensors."""
    whole = sum(counts.values()) or 1
    by_size = sorted(counts.items(), key=lambda item: -item[1])
    return "/".join(word for word, count in by_size if count >= SMALL_SHARE * whole)


def _folder(place: Place) -> ModelFile:
    facts = folder_facts(place.path)
    told = told_of(place.path, place.beside, {})
    told = replace(told, licence=told.licence or facts.licence)
    return _model_file(
        place, facts.found, told, facts.counts, facts.parameters, facts.bytes, FileFormat.DIFFUSERS
    )


def state_of(place: Place) -> tuple[tuple[str, int, int, int], ...]:
    """All that decides what `describe` says, as (name, bytes, time, inode): equal while nothing changed.

    Empty where it cannot be told.
    """
    path = place.path
    try:
        if path.is_dir():
            files = [path / name for name in sorted(file_names(path))]
        else:
            files = [path, *(path.with_name(name) for name in sidecar_names(path, place.beside))]
        states = [(str(file), FileState.of(file)) for file in files]
    except (EngineError, OSError, ValueError):
        return ()
    return tuple((name, state.size, state.mtime_ns, state.inode) for name, state in states)
