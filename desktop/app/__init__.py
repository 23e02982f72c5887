"""`lienzo` without words: from the command line's options to a running window, and to its end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from desktop.app.options import Options, parse_options
from desktop.app.profile import profile


def main(arguments: Sequence[str] = ()) -> int:
    """Run the window; the exit code. A second start hands its files to the first and ends with 0."""
    options = parse_options(arguments)
    with profile(options.temp):
        return _run(options)


def _run(options: Options) -> int:
    # Qt is loaded when it is known that a window is wanted, its widgets when it is the first
    from desktop.app import logs
    from desktop.app.single_instance import SingleInstance
    from engine.library import folders
    from engine.trace import to_file

    if options.trace is not None:
        to_file(options.trace)
    instance = SingleInstance(folders.data_folder())
    if not instance.take():
        return _hand_over([str(Path(file).absolute()) for file in options.files], instance.hand_over)
    logs.begin(options.log, options.debug)
    try:
        from desktop.app.running import run

        return run(options, instance)
    finally:
        instance.release()
        logs.end()


def _hand_over(files: list[str], give) -> int:
    if give(files):
        return 0
    sys.stderr.write("Lienzo is running already, but it does not answer. End it and start again.\n")
    return 1
