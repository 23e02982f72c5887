"""The options that every command has, and what the commands read of the artist's preferences."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from engine import trace as tracing
from engine.api.errors import CannotSave
from engine.library import folders
from engine.library.pictures import SUFFIXES, Format


def use_temporary_home(wanted: bool) -> None:
    """Settings, caches and pictures of this run in a folder that is removed at its end."""
    if wanted and not os.environ.get("LIENZO_TEMP"):
        home = tempfile.mkdtemp(prefix="lienzo-")
        os.environ["LIENZO_HOME"] = os.environ["LIENZO_TEMP"] = home
        atexit.register(shutil.rmtree, home, ignore_errors=True)


def start_trace(path: Path | None) -> None:
    if path is None:
        return
    try:
        tracing.to_file(path)
    except OSError as error:
        raise CannotSave(
            f"The trace {path} cannot be written ({error.strerror}). Choose another file.", path=str(path)
        ) from error


def several(name: str, metavar: str, help: str) -> Any:
    """An option that takes a value each time that it is given."""
    return typer.Option(name, metavar=metavar, help=f"{help} Can be given several times.")


Temp = Annotated[
    bool, typer.Option("--temp", callback=use_temporary_home, is_eager=True, help="Use a throw-away profile.")
]
Trace = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        callback=start_trace,
        is_eager=True,
        help="Write what happens when, one JSON line an event.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@dataclass(frozen=True)
class Preferences:
    """What the window's settings file says, as far as the command line follows it."""

    default_model: str = "starter"
    model_folders: tuple[Path, ...] = ()
    library_folder: Path | None = None
    name_template: str = "{date}/{number:05} {prompt}"
    picture_format: Format = "png"
    picture_quality: int = 95
    device: str = "auto"

    @property
    def library(self) -> Path:
        return self.library_folder or folders.default_library_folder()


def preferences() -> Preferences:
    """Read from the settings file; a value that is missing or of the wrong kind takes its default."""
    try:
        told: Any = json.loads(folders.settings_file().read_bytes())
    except (CannotSave, OSError, ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    default = Preferences()

    def get(name: str) -> Any:
        value, standard = told.get(name), getattr(default, name)
        return value if type(value) is type(standard) and value else standard

    library = told.get("library_folder")
    model_folders = told.get("model_folders")
    return Preferences(
        default_model=get("default_model"),
        model_folders=tuple(Path(item) for item in model_folders if isinstance(item, str))
        if isinstance(model_folders, list)
        else (),
        library_folder=Path(library) if isinstance(library, str) and library else None,
        name_template=get("name_template"),
        picture_format=format if (format := get("picture_format")) in SUFFIXES else default.picture_format,
        picture_quality=min(max(get("picture_quality"), 1), 100),
        device=get("device"),
    )
