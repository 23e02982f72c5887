"""`lienzo models scan FOLDER`: what every file in the folders is, and why."""

from __future__ import annotations

import json as json_text
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from engine.api.errors import ModelNotFound
from engine.api.form import to_json
from engine.api.model_file import FileKind, ModelFile
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.sizes import bytes_in_words
from engine.library.folders import models_folder
from engine.models.scanning.scan import scan as scan_folders

Folders = Annotated[
    list[Path] | None,
    typer.Argument(help="Folders of models, also of other programs. Else those of the preferences."),
]
Why = Annotated[bool, typer.Option("--why", help="Say below each file by what it was recognised.")]


def scan(
    folders: Folders = None, why: Why = False, json: Json = False, temp: Temp = False, trace: Trace = None
) -> None:
    """Say what every model in the folders is, by its header alone; broken ones with the reason.

    What an earlier scan has seen and has not changed is not read again.
    """
    found = scanned(_checked(folders) if folders else [*preferences().model_folders, models_folder()])
    if json:
        typer.echo(json_text.dumps(scan_form(found)))
        return
    for file in in_order(found):
        typer.echo(line_of(file))
        for reason in file.why if why else ():
            typer.echo(f"    because {reason}")
    typer.echo(summary(found), err=True)


def scanned(folders: list[Path]) -> list[ModelFile]:
    """With a progress bar where somebody looks."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    found: list[ModelFile] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Looking for models", total=None)
        for step in scan_folders(folders):
            progress.update(task, completed=step.done, total=step.total or None)
            if step.file is not None:
                found.append(step.file)
    return found


def in_order(files: list[ModelFile]) -> list[ModelFile]:
    """By kind, family and name."""
    kinds = list(FileKind)
    return sorted(files, key=lambda file: (kinds.index(file.kind), file.family, file.name.casefold()))


def file_form(file: ModelFile) -> dict[str, Any]:
    """The facts as JSON; `family` is the first of `families`."""
    return {**to_json(file), "family": file.family}


def scan_form(files: list[ModelFile]) -> dict[str, Any]:
    return {
        "files": [file_form(file) for file in in_order(files) if not file.problem],
        "broken": [{"path": str(file.path), "reason": file.problem} for file in files if file.problem],
    }


def line_of(file: ModelFile) -> str:
    if file.problem:
        return f"{file.path}\n    cannot be used: {file.problem}"
    facts = [file.kind.value, file.family_titles, file.variant, file.precision, bytes_in_words(file.bytes)]
    facts += [f"word {', '.join(file.triggers[:3])!r}" if file.triggers else "", file.licence]
    return f"{file.name}\n    {', '.join([*filter(None, facts), str(file.path)])}"


def summary(files: list[ModelFile]) -> str:
    counts = Counter(file.kind for file in files)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in FileKind if counts[kind])
    return f"{len(files):,} found: {told}." if files else "No models were found there."


def _checked(folders: list[Path]) -> list[Path]:
    for folder in folders:
        if not folder.exists():
            raise ModelNotFound(f"There is no folder {folder}. Choose another.", path=str(folder))
    return folders
