"""`lienzo library search --meaning | --like`: pictures found by what they mean, show or look like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from engine.api.errors import BadRequest
from engine.cli.bar import counting_bar
from engine.library.gate import open_picture
from engine.library.index.catalogue import Catalogue
from engine.library.index.learning_progress import LearningProgress
from engine.library.index.query import split_sentence
from engine.library.index.search import Found
from engine.models.sight.sight import sight_model

Meaning = Annotated[
    bool,
    typer.Option(
        "--meaning", help="Find what says the words of QUERY in other words, or in another language."
    ),
]
Like = Annotated[
    Path | None, typer.Option("--like", help="Find what looks like this picture, most alike first.")
]
Sees = Annotated[
    Path | None,
    typer.Option("--sees", help="Folder of a CLIP or SigLIP network with which pictures are looked at."),
]


def by_likeness(
    catalogue: Catalogue, query: str, meaning: bool, like: Path | None, sees: Path | None
) -> Found:
    """What was not looked at or read yet is now. Raises `BadRequest` where nothing says what to look for."""
    likeness = catalogue.likeness
    if sees is not None:
        likeness.use_sight(sight_model(sees))
        _learn(catalogue, "Looking", likeness.learn_sights())
    if like is not None:
        if sees is None:
            _learn(catalogue, "Looking", likeness.learn_looks())
        return likeness.like_pixels(open_picture(like).pixels, query)
    sentence, rest = split_sentence(query)
    if not sentence:
        raise BadRequest("query", "needs words that say what to look for, or --like with a picture")
    _learn(catalogue, "Reading", likeness.learn_meanings())
    return likeness.by_meaning(sentence, rest)


def _learn(catalogue: Catalogue, title: str, steps: Iterator[LearningProgress]) -> None:
    """To the end, with a bar for a terminal; nothing where the index may only be read."""
    if catalogue.is_read_only:
        return
    with counting_bar() as progress:
        bar = progress.add_task(title, total=None)
        for step in steps:
            progress.update(bar, completed=step.done, total=step.total)
