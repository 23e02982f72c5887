"""`lienzo doctor`: what this machine has, what is wrong, and how to mend it."""

from __future__ import annotations

import json as json_text

import typer

from engine.api.form import to_json
from engine.cli.options import Json, Temp, Trace, preferences
from engine.doctor import examine


def doctor(json: Json = False, temp: Temp = False, trace: Trace = None) -> None:
    """Look at device, versions, folders, models and display. Exit code 1 where something must be mended."""
    wanted = preferences()
    report = examine(wanted.library, wanted.model_folders, wanted.device, wanted.name_template)
    if json:
        typer.echo(json_text.dumps({**to_json(report), "is_well": report.is_well}))
    else:
        width = max(len(fact.name) for fact in report.facts) + 2
        for fact in report.facts:
            typer.echo(f"{fact.name:{width}}{fact.value}")
        for problem in report.problems:
            typer.echo(f"\n{'Note' if problem.is_minor else 'Problem'}: {problem.what}\n    {problem.mend}")
        typer.echo("\nAll is well." if report.is_well else "\nSome things need mending.")
    if not report.is_well:
        raise typer.Exit(1)
