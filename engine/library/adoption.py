"""Pictures that were saved in the moment before a crash, found again by the recipe inside them."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path

from engine.api.errors import UnreadableFile
from engine.api.form import to_json
from engine.api.request import GenerationRequest
from engine.library.foreign_json import compact_json
from engine.library.metadata import read_metadata

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
CLOCK_SLACK_S = 5
"""File systems and clocks of shares differ by a little."""


def finished_pictures(
    library: Path, request: GenerationRequest, started: str, known: set[Path]
) -> Iterator[tuple[Path, str]]:
    """(path, pixels' hash) of pictures below `library` that `request` made since `started` (ISO 8601).

    Pictures in `known` belong to somebody already. Of each seed at most one is taken.
    """
    wanted = {_mark(request.one_image(index)) for index in range(request.images)}
    for path in _changed_since(library, _seconds(started)):
        if path in known:
            continue
        try:
            recipe = read_metadata(path).recipe
        except UnreadableFile:
            continue
        if recipe is not None and (mark := _mark(recipe.request)) in wanted:
            wanted.remove(mark)
            yield path, recipe.pixels_sha256


def _mark(request: GenerationRequest) -> tuple[object, ...]:
    """What tells two requests apart, and what the engine does not resolve to another word."""
    request, sampling = request.as_written, request.sampling
    words = (request.prompt, request.negative_prompt)
    return (
        *words,
        request.width,
        request.height,
        sampling.seed,
        sampling.steps,
        request.image,
        "" if request.edit is None else compact_json(to_json(request.edit)),
        "" if request.branch is None else compact_json(to_json(request.branch)),
    )


def _changed_since(folder: Path, moment: float) -> list[Path]:
    """Oldest first; what vanishes meanwhile is passed over, and what is hidden: the trash is."""
    found = []
    for here, folders, names in os.walk(folder.absolute()):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                path = Path(here, name)
                try:
                    changed = path.stat().st_mtime
                except OSError:
                    continue
                if changed >= moment - CLOCK_SLACK_S:
                    found.append((changed, path))
    return [path for _, path in sorted(found)]


def _seconds(moment: str) -> float:
    try:
        return datetime.datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0
