"""A model's own table of words that it never learnt and what it draws for them: its `words.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from engine.api.errors import UnreadableFile
from engine.api.model_info import ModelInfo
from engine.api.other_words import Names, read_as_of
from engine.api.request import GenerationRequest

FILE = "words.json"
FORMAT = 1
LARGEST_BYTES = 4_000_000


def table_of(info: ModelInfo) -> Mapping[str, str]:
    """Typed to drawn, in all its languages; empty for a model that has no table.

    Raises `UnreadableFile` naming the file.
    """
    return table_in(info.path) if info.path is not None and info.path.is_dir() else {}


def names_of(info: ModelInfo) -> Names:
    """What the things of the table are called in other languages, as far as it says so.

    Raises as `table_of` does.
    """
    return _found(info.path).names if info.path is not None and info.path.is_dir() else {}


def table_in(folder: Path) -> Mapping[str, str]:
    """The table of the model in `folder`, as `table_of` gives it."""
    return _found(folder).drawn


@dataclass(frozen=True, eq=False)
class WordTable:
    """What `words.json` says."""

    drawn: Mapping[str, str]
    """By what is typed."""
    names: Names


def _found(folder: Path) -> WordTable:
    path = folder / FILE
    try:
        told = path.stat()
    except OSError:
        return WordTable({}, {})
    return _read(path, told.st_mtime_ns, told.st_size)


def with_other_words(
    request: GenerationRequest, info: ModelInfo, learnt: tuple[str, ...] = ()
) -> GenerationRequest:
    """`request` with `read_as` decided, of what it branches from as well, where that was left to the model.

    `learnt`: words that LoRAs and embeddings of the request have taught. Raises as `table_of` does.
    """
    branch = request.branch
    if branch is not None:
        branch = replace(branch, origin=with_other_words(branch.origin, info, learnt))
        request = replace(request, branch=branch)
    if request.read_as is not None:
        return request
    asked = [request] if request.edited in (None, request) else [request, request.edited]
    wordings = [words for each in asked if each for words in (*each.drawn, each.wording)]
    texts = [text for words in wordings for text in words.texts]
    return replace(request, read_as=read_as_of(texts, table_of(info), learnt))


@lru_cache(maxsize=4)
def _read(path: Path, mtime_ns: int, size: int) -> WordTable:
    """Kept by time and size, so that a replaced table is read again."""
    try:
        if size > LARGEST_BYTES:
            raise ValueError(f"it has more than {LARGEST_BYTES:,} bytes")
        form = json.loads(path.read_bytes())
        if not isinstance(form, dict) or form.get("format") != FORMAT:
            raise ValueError(f"it is no table of format {FORMAT}")
        table = {
            str(typed): str(drawn)
            for by_drawn in form["words"].values()
            for drawn, typed_words in by_drawn.items()
            for typed in typed_words
        }
        names = {
            str(language): {str(drawn): str(called) for drawn, called in by_drawn.items()}
            for language, by_drawn in form.get("names", {}).items()
        }
        return WordTable(table, names)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise UnreadableFile(
            f"The words of {path.parent.name} cannot be read: {path} ({error}). Put the file right or take "
            "it away; until then the prompt can be read as typed.",
            path=str(path),
            problem="words",
        ) from None
