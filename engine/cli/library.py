"""`lienzo library ...`: pictures from anywhere brought into one catalogue, found, shown, checked."""

from __future__ import annotations

import json as json_text
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from engine.api.errors import BadRequest, UnreadableFile
from engine.cli.bar import counting_bar
from engine.cli.library_export import export
from engine.cli.library_forms import search_form, show_form, show_text
from engine.cli.library_likeness import Like, Meaning, Sees, by_likeness
from engine.cli.options import Json, Temp, Trace, preferences
from engine.library.index import scan
from engine.library.index.catalogue import Catalogue
from engine.library.index.ordering import Order
from engine.library.index.soundness import unsound_pictures

Folder = Annotated[Path, typer.Argument(help="A folder with pictures; it stays where it is.")]
Query = Annotated[
    str,
    typer.Argument(
        help="Words and fields, e.g. 'beagle -cat model:sdxl rating:>=4 date:2026 \"warm light\"'."
    ),
]
File = Annotated[Path, typer.Argument(help="A picture, in the library or not.")]
Sorted = Annotated[str, typer.Option("--order", help=f"One of: {', '.join(Order)}.")]
Limit = Annotated[int, typer.Option(min=0, help="At most so many; 0 for all.")]
Pictures = Annotated[
    bool,
    typer.Option("--pictures", help="Also open every picture, and compare its pixels with its recipe's."),
]
MOST_NAMED = 20


def build_app(epilog: str) -> typer.Typer:
    app = typer.Typer(name="library", add_completion=False, rich_markup_mode=None, epilog=epilog)
    app.callback()(library)
    for name, command in COMMANDS.items():
        app.command(name, epilog=epilog)(command)
    return app


def library() -> None:
    """Find any picture again, whichever program made it."""


def add(folder: Folder, json: Json = False, temp: Temp = False, trace: Trace = None) -> None:
    """Take a folder and all below it into the library, where it is, and read its pictures."""
    with opened() as catalogue:
        taken = catalogue.add_folder(folder)
        done = look(catalogue.scan([taken]))
        say(done, json, f"{taken}: {done.seen} pictures")


def search(
    query: Query = "",
    order: Sorted = Order.NEWEST.value,
    limit: Limit = 0,
    meaning: Meaning = False,
    like: Like = None,
    sees: Sees = None,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Find pictures. With --json a list, an object a picture."""
    if order not in set(Order):
        raise BadRequest("order", f"{order!r} is not one of: {', '.join(Order)}")
    with opened() as catalogue:
        if catalogue.needs_scan:
            look(catalogue.scan())
        elif not catalogue.is_read_only and (changed := catalogue.changed_folders()):
            look(catalogue.scan(changed, is_recursive=False))
        if meaning or like is not None or sees is not None:
            ids = by_likeness(catalogue, query, meaning, like, sees).ids
        else:
            ids = catalogue.search(query, Order(order)).ids
        records = catalogue.records(ids[:limit] if limit else ids)
    if json:
        typer.echo(json_text.dumps([search_form(record) for record in records]))
        return
    for record in records:
        typer.echo(str(record.path).encode("utf-8", "replace").decode())
    typer.echo(f"{len(ids)} found", err=True)


def show(file: File, json: Json = False, temp: Temp = False, trace: Trace = None) -> None:
    """Say all that is known of a picture: every field, and the text as it was."""
    with opened() as catalogue:
        record = catalogue.record_at(file)
    form = show_form(file, record)
    typer.echo(json_text.dumps(form) if json else show_text(form))


def check(pictures: Pictures = False, json: Json = False, temp: Temp = False, trace: Trace = None) -> None:
    """Verify the index and mend it, look at all folders again, write ratings that are still to be written.

    Exit code 5 where a picture is damaged.
    """
    with opened() as catalogue:
        mended = [note.detail for note in catalogue.notes]
        if damage := catalogue.check():
            mended.append(f"The index was damaged ({damage}); it was made again.")
            done = look(catalogue.rebuild())
        else:
            done = look(catalogue.scan())
        owed = [(written.path, written.cause) for written in catalogue.write_owed() if written.cause]
        missing = catalogue.records(catalogue.search("is:missing").ids)
        damaged = list(unsound_pictures(catalogue)) if pictures else []
    form = {
        "mended": mended,
        "pictures": done.seen,
        "missing": [str(record.path) for record in missing],
        "refused": named(done.refused),
        "damaged": named(damaged),
        "not_written": named(owed),
    }
    typer.echo(json_text.dumps(form) if json else check_text(form))
    if damaged:
        raise typer.Exit(UnreadableFile.exit_code)


def rebuild(json: Json = False, temp: Temp = False, trace: Trace = None) -> None:
    """Make the index again from the pictures. Nothing is lost: they hold all that is in it."""
    with opened() as catalogue:
        done = look(catalogue.rebuild())
        say(done, json, f"{done.seen} pictures")


COMMANDS = {
    "add": add, "search": search, "show": show, "export": export, "check": check, "rebuild": rebuild,
}  # fmt: skip


@contextmanager
def opened() -> Iterator[Catalogue]:
    """This user's catalogue; the folder that pictures are saved into is always in it."""
    catalogue = Catalogue.open()
    try:
        own = preferences().library
        if not catalogue.is_read_only and own.is_dir() and own not in catalogue.folders():
            catalogue.add_folder(own)
        yield catalogue
    finally:
        catalogue.close()


def look(steps: Generator[scan.Progress, None, None] | Iterator[scan.Progress]) -> scan.Progress:
    """To the end, with a bar for a terminal."""
    done = scan.Progress(Path())
    with counting_bar() as progress:
        bar = progress.add_task("Looking", total=None)
        for done in steps:
            if done.is_listed:
                progress.update(bar, description="Reading", completed=done.read, total=done.to_read)
            else:
                progress.update(bar, completed=done.seen)
    return done


def say(done: scan.Progress, json: bool, title: str) -> None:
    if json:
        form = {
            "pictures": done.seen, "added": done.added, "changed": done.changed, "moved": done.moved,
            "missing": done.missing, "refused": named(done.refused), "unlisted": named(done.unlisted),
        }  # fmt: skip
        typer.echo(json_text.dumps(form))
        return
    typer.echo(
        f"{title}, {done.added} new, {done.changed} changed, {done.moved} moved, {done.missing} missing",
        err=True,
    )
    for path, cause in (*done.refused, *done.unlisted)[:MOST_NAMED]:
        typer.echo(f"  {str(path).encode('utf-8', 'replace').decode()}: {cause}", err=True)


def named(pairs: object) -> list[dict[str, str]]:
    return [{"path": str(path), "cause": cause} for path, cause in pairs]  # type: ignore[attr-defined]


def check_text(form: dict) -> str:
    lines = [*form["mended"], f"{form['pictures']} pictures, {len(form['missing'])} missing"]
    for title in ("refused", "damaged", "not_written"):
        entries = form[title]
        lines += [
            f"{title.replace('_', ' ')}: {entry['path']} ({entry['cause']})" for entry in entries[:MOST_NAMED]
        ]
        if len(entries) > MOST_NAMED:
            lines.append(f"... and {len(entries) - MOST_NAMED} more {title.replace('_', ' ')}")
    return "\n".join(lines).encode("utf-8", "replace").decode()
