"""`lienzo train data`: make the pack of sprites that scenes are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
