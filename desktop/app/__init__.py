"""`lienzo` without words: from the command line's options to a running window, and to its end."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What the window can be told at its start."""

    temp: bool = False
    """A throw-away profile: settings, queue and pictures in a folder that is removed at the end."""
    in_process: bool = False
    """The engine in this process, for debuggers."""
    trace: Path | None = None
    model: str = ""
    """A name, a folder or a file instead of the last one used."""
    language: str = ""
    """`en`, `es`, ... instead of the preference."""
    log: tuple[str, ...] = ()
    """Topics to write to the terminal: canvas, jobs, engine, library, app."""
    debug: bool = False
    """Everything to the terminal."""
    files: tuple[str, ...] = ()
    """Pictures to start from, or models."""


def main(options: Options | None = None) -> int:
    """Run the window; the exit code. A second start hands its files to the first and ends with 0."""
    options = options or Options()
    # Qt is loaded when it is known that a window is wanted
    from desktop.app import logs
    from desktop.app.profile import profile
    from desktop.app.single_instance import SingleInstance
    from engine.library import folders
    from engine.trace import to_file

    with profile(options.temp):
        if options.trace is not None:
            to_file(options.trace)
        logs.begin(options.log, options.debug)
        instance = SingleInstance(folders.data_folder())
        if not instance.take():
            return _hand_over(instance, options)
        try:
            from desktop.app.running import run

            return run(options, instance)
        finally:
            instance.release()
            logs.end()


def _hand_over(instance, options: Options) -> int:
    files = [str(Path(file).absolute()) for file in options.files]
    if instance.hand_over(files):
        return 0
    print("Lienzo is running already, but it does not answer. End it and start again.", file=sys.stderr)  # noqa: T201 - no window to say it in
    return 1
