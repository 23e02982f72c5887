"""`lienzo train data`: make the pack of sprites that scenes are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.api.errors import BadRequest
from engine.cli.options import Json
from engine.cli.train import report

Target = Annotated[Path, typer.Option("--output", "-o", help="The pack: one file.")]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", help="Where the fetched packages lie; what is there is not fetched again."),
]


def data(output: Target, cache: Cache = None, json: Json = False) -> None:
    """Fetch the openly licensed drawings and words from npm and Debian, and put them into one file.

    Needs `npm`, `apt-get` and `dpkg-deb`, and the extra: pip install "lienzo[data]".
    """
    from engine.training.data.recipe import make_pack  # OpenCV
    from engine.training.data.sources import SOURCES

    report(make_pack(output, cache or output.with_name(f"{output.name}-sources")), None, json)
    if not json:
        for source in SOURCES:
            credit = source.credit
            typer.echo(f"{credit.source} ({credit.style}): {credit.licence}, {credit.holder}")


def words(
    data: Annotated[Path, typer.Option("--data", help="The pack of sprites: what a model of it can draw.")],
    model: Annotated[Path, typer.Argument(help="The model's folder: words.json is written into it.")],
    cache: Cache = None,
) -> None:
    """Write a model's table of words that it never learnt: "hound" is drawn as a dog.

    English kinds come from WordNet, as `lienzo train data` fetched it.
    """
    from engine.library.save import save_bytes
    from engine.models.words.other_words import FILE
    from engine.training.data.pack import Sprites
    from engine.training.scenes import Words
    from engine.training.scenes.other_words import names_of, other_words_of, table_bytes

    sources = cache or data.with_name(f"{data.name}-sources")
    if not (sources / "wordnet").is_dir():
        raise BadRequest("cache", f"{sources} has no WordNet; `lienzo train data` fetches it")
    words = Words.of(Sprites.load(data))
    table = other_words_of(words, sources)
    save_bytes(model / FILE, table_bytes(table, names_of(words.concepts, table)))
    counts = ", ".join(
        f"{sum(map(len, by_drawn.values())):,} ({language})" for language, by_drawn in table.items()
    )
    typer.echo(f"{model / FILE}: {counts} words.")
