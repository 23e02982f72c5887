"""`lienzo models get`: fetch a model, after its size and licence were shown."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from engine.api.errors import BadRequest
from engine.cli.options import Json, Temp, Trace
from engine.cli.sizes import bytes_in_words
from engine.library.folders import models_folder
from engine.models.download.download import Offer, download
from engine.models.download.free_models import free_models
from engine.models.download.hugging_face import offer_of, wanted_of
from engine.models.download.transport import Rules

RULES = Rules()
What = Annotated[
    str | None,
    typer.Argument(
        help="owner/name on Hugging Face, or an https address. Without it: a list of free models."
    ),
]
File = Annotated[str, typer.Option("--file", help="One file of the repository.")]
Revision = Annotated[str, typer.Option("--revision", help="A branch, a tag or a commit of the repository.")]
Sha = Annotated[str, typer.Option("--sha256", help="Of the file at an address, where you know it.")]
Into = Annotated[Path | None, typer.Option("--into", help="The folder for it. Else Lienzo's own.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: the licence is known and agreed to.")]


def get(
    model: What = None,
    file: File = "",
    revision: Revision = "main",
    sha256: Sha = "",
    into: Into = None,
    yes: Yes = False,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Fetch a model. This is the only command that uses the network; it says what it fetches, and asks.

    A download that was broken off goes on where it stopped. Code and pickles are never fetched.
    """
    if model is None:
        say_list(json)
        return
    offer = offer_of(wanted_of(model, file, revision, sha256), RULES)
    typer.echo(text_of(offer), err=True)
    if not yes:
        if json or not sys.stdin.isatty():
            raise BadRequest("option", "give --yes when you know the licence and agree to it")
        typer.confirm("Fetch it?", abort=True, err=True)
    path = fetched(offer, into or models_folder())
    if json:
        typer.echo(json_text.dumps({"path": str(path), "licence": offer.licence, "bytes": offer.bytes}))
    else:
        typer.echo(path)


def say_list(json: bool) -> None:
    models = free_models()
    if json:
        typer.echo(json_text.dumps({"models": models}))
        return
    for one in models:
        typer.echo(f"{one['repository']}\n    {one['title']}: about {one['gigabytes']} GB, {one['licence']}")
        typer.echo(f"    {one['needs']}")


def text_of(offer: Offer) -> str:
    licence = offer.licence or "not said; look there before you use it"
    files = "1 file" if len(offer.files) == 1 else f"{len(offer.files)} files"
    rows = [
        f"From     {offer.source}",
        f"Licence  {licence} ({offer.licence_url})",
        f"Size     {bytes_in_words(offer.bytes) if offer.bytes else 'not said'}, {files}",
    ]
    return "\n".join(rows)


def fetched(offer: Offer, into: Path) -> Path:
    """With a bar where somebody looks; Ctrl+C keeps what has come."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    running = download(offer, into, RULES)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Fetching", total=offer.bytes or None)
        while True:
            try:
                step = next(running)
            except StopIteration as end:
                return end.value
            except KeyboardInterrupt:
                typer.echo("Stopped. What has come is kept: the same command goes on with it.", err=True)
                raise
            bar.update(task, completed=step.done, total=step.total or None)
