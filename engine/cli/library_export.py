"""`lienzo library export`: pictures out of the library, with their recipes or provably without."""

from __future__ import annotations

import json as json_text
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from engine.api.errors import BadRequest, UnreadableFile
from engine.cli.options import Json, Temp, Trace
from engine.cli.saving import FORMATS, SUFFIXES, make_folder
from engine.library.export.archive import export_zip
from engine.library.export.contact_sheet import ContactWish, export_contact_pdf, export_contact_png
from engine.library.export.export import Exported, ExportWish, export_pictures
from engine.library.pictures import ExportFormat

Files = Annotated[list[Path] | None, typer.Argument(help="Pictures to export.")]
Search = Annotated[
    str | None, typer.Option(help='Pictures of the library instead, e.g. "beagle rating:>=4".')
]
Output = Annotated[
    Path,
    typer.Option("--output", "-o", help="A folder; a .zip; or a .pdf, which becomes a contact sheet."),
]
Contact = Annotated[
    bool, typer.Option("--contact", help="A contact sheet as PNG pages; name it with -o, e.g. contact.png.")
]
Format = Annotated[str | None, typer.Option(help="png, jpeg, webp or tiff; else as each is.")]
Quality = Annotated[int, typer.Option(help="1 to 100, for JPEG and WebP.")]
Longest = Annotated[int, typer.Option(metavar="PX", help="Make the longer side no longer than this.")]
Recipe = Annotated[
    bool,
    typer.Option(
        "--recipe/--no-recipe",
        help="Without it nothing of how they were made goes out; each file is read back to prove that.",
    ),
]
Columns = Annotated[int, typer.Option(help="Of a contact sheet's page.")]
Rows = Annotated[int, typer.Option(help="Of a contact sheet's page.")]
Prompts = Annotated[bool, typer.Option("--prompts", help="Prompts below the pictures of a contact sheet.")]


def export(
    files: Files = None,
    output: Output = Path(),
    search: Search = None,
    contact: Contact = False,
    format: Format = None,
    quality: Quality = 92,
    longest: Longest = 0,
    recipe: Recipe = True,
    columns: Columns = 4,
    rows: Rows = 5,
    prompts: Prompts = False,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Copy pictures out: as they are, in another format or size, as an archive or a contact sheet."""
    paths = [*(files or []), *(found(search) if search is not None else [])]
    if not paths:
        raise BadRequest("files", "are missing; name pictures, or find some with --search")
    wish = ExportWish(export_format(format), quality, longest, recipe).checked()
    page = ContactWish(columns, rows, shows_prompt=prompts).checked()
    done = carry_out(paths, output.absolute(), contact, wish, page)
    say(done, json)
    if any(one.error is not None for one in done):
        raise typer.Exit(UnreadableFile.exit_code)


def found(query: str) -> list[Path]:
    """What `query` finds in the library, newest first. Raises `BadRequest` naming the place in it."""
    # the index is loaded only where it is asked
    from engine.library.index.catalogue import Catalogue

    with closing(Catalogue.open()) as catalogue:
        records = catalogue.records(catalogue.search(query).ids)
    return [Path(record.path) for record in records if not record.is_missing]


def export_format(name: str | None) -> ExportFormat | None:
    if name is None:
        return None
    if name.lower() in ("tiff", "tif"):
        return "tiff"
    if name.lower() not in FORMATS:
        raise BadRequest("format", f"must be png, jpeg, webp or tiff, not {name[:20]!r}")
    return SUFFIXES[FORMATS[name.lower()]]


def carry_out(
    paths: list[Path], target: Path, contact: bool, wish: ExportWish, page: ContactWish
) -> list[Exported]:
    """What became of each; a line is said as each is done."""
    done: list[Exported] = []
    make_folder(target.parent)
    if contact:
        done.extend(export_contact_png(paths, target, page))
    elif target.suffix.lower() == ".zip":
        export_zip(paths, target, wish, done.append)
    elif target.suffix.lower() == ".pdf":
        export_contact_pdf(paths, target, page, done.append)
    else:
        done.extend(export_pictures(paths, target, wish))
    return done


def say(done: list[Exported], json: bool) -> None:
    if json:
        form = [
            {
                "source": str(one.source),
                "path": str(one.path) if one.path is not None else None,
                "error": one.error.message if one.error is not None else None,
                "unseen_letters": one.unseen,
                "leaves_layers": one.leaves_layers,
            }
            for one in done
        ]
        typer.echo(json_text.dumps(form))
        return
    for one in done:
        if one.error is not None:
            typer.echo(f"lienzo: {one.error.message}", err=True)
    if unseen := "".join(dict.fromkeys("".join(one.unseen for one in done))):
        typer.echo(f"no font of this computer has these letters; boxes stand for them: {unseen}", err=True)
    if left := sum(one.leaves_layers for one in done):
        typer.echo(f"{left} without their layers or depth, which go along into PNG with the recipe", err=True)
    good = sum(one.error is None for one in done)
    typer.echo(f"{good} of {len(done)} exported", err=True)
