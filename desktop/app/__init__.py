"""`lienzo` without words: from the command line's options to a running window, and to its end."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop.app.options import Options, parse_options, refuse
from desktop.app.profile import profile
from engine.api.errors import CannotSave


def main(arguments: Sequence[str] = ()) -> int:
    """Run the window; the exit code. A second start hands its files to the first and ends with 0."""
    options = parse_options(arguments)
    # what is imported and built before the first paint stays: looking through it for garbage takes a tenth
    # of the start. `desktop.app.garbage` collects from then on
    gc.disable()
    with profile(options.temp):
        try:
            return _run(options)
        except CannotSave as error:  # a folder of the profile cannot be made: there is no window to say it
            sys.stderr.write(f"lienzo: {error.message}\n")
            return 1


def _run(options: Options) -> int:
    # Qt is loaded when it is known that a window is wanted, its widgets when it is the first
    from desktop.app import logs
    from desktop.app.language import available
    from desktop.app.single_instance import SingleInstance, hand_over
    from engine.library import folders

    if options.language and options.language not in available():
        refuse(f"--language {options.language} is not there, only {', '.join(available())}")
    if options.trace is not None:
        _trace_to(options.trace)
    instance = SingleInstance.of_profile(folders.data_folder())
    if not instance.take():
        return hand_over(instance, options.files, "Lienzo is running already")
    logs.begin(options.log, options.debug)
    try:
        from desktop.app.running import run

        return run(options, instance)
    finally:
        instance.release()
        logs.end()


def _trace_to(path: Path) -> None:
    from engine.trace import to_file

    try:
        to_file(path)
    except OSError as error:
        refuse(f"--trace cannot write {path} ({error.strerror})")
