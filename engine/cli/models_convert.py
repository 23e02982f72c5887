"""`lienzo models convert FILE`: a pickle checkpoint made into safetensors."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.models_scan import file_form, line_of
from engine.cli.options import Json, Temp, Trace
from engine.models.pickles.convert import convert as convert_file

Source = Annotated[Path, typer.Argument(help="A .ckpt, .pt, .pth or .bin file.")]
Target = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The new file. Else beside the old one, as .safetensors."),
]


def convert(
    file: Source, output: Target = None, json: Json = False, temp: Temp = False, trace: Trace = None
) -> None:
    """Make safetensors of a pickle, which can run code: in a process without network and programs.

    Only weights come out of it. The old file stays, and its hash is in the new one.
    """
    made = convert_file(file, output)
    assert made is not None  # nobody cancels here
    typer.echo(json_text.dumps(file_form(made)) if json else line_of(made))
