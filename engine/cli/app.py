"""`lienzo WORDS...`: the commands, and what a mistake, Ctrl+C or a closed pipe ends with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast

import typer

import engine
from engine.api.errors import BadRequest, EngineError
from engine.cli import (
    doctor,
    draw_map,
    generate,
    inspect,
    library,
    models,
    select,
    sheet,
    speed,
    train,
    train_beside,
    train_data,
    train_evaluate,
    train_teach,
    upscale,
    words,
)
from engine.cli.caret import pointed
from engine.cli.options import Temp, Trace

UsageError = cast(type[Exception], typer.BadParameter.__base__)
"""Click's; newer typers bring a click of their own, so it is not imported by name."""
INTERRUPTED, PIPE_CLOSED = 130, 141
"""128 + the signal's number, as shells count."""
COMMANDS: dict[str, Callable[..., None]] = {
    "generate": generate.generate,
    "upscale": upscale.upscale,
    "sheet": sheet.sheet,
    "map": draw_map.draw_map,
    "speed": speed.speed,
    "select": select.select,
    "words": words.words,
    "inspect": inspect.inspect,
    "doctor": doctor.doctor,
}
TRAINING: dict[str, Callable[..., None]] = {
    "data": train_data.data,
    "words": train_data.words,
    **train_teach.COMMANDS,
    **train_beside.COMMANDS,
    **train_evaluate.COMMANDS,
}
"""Of `lienzo train`, besides its own `starter`."""


EXIT_CODES = {
    0: "done",
    1: "something failed that should not",
    2: "a value or word is not understood",
    3: "no such model",
    4: "a model of a kind that cannot be run",
    5: "a damaged, unsafe or unreadable file",
    6: "out of memory",
    7: "the numbers overflowed",
    8: "the engine was lost",
    9: "could not save",
    11: "a download failed",
    inspect.UNLIKE: "inspect --verify: other pixels",
    INTERRUPTED: "stopped by Ctrl+C",
    PIPE_CLOSED: "who read the output has gone",
}


def exit_codes() -> str:
    """What each exit code means, for `--help`."""
    return "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."


def say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lienzo {engine.__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=say_version, is_eager=True, help="Say the version and end.")
]


def lienzo(version: Version = False, temp: Temp = False, trace: Trace = None) -> None:
    """Pictures from words, offline.

    Without a command the window opens, with pictures to open in it if you name some. It takes --temp,
    --trace FILE, --model NAME, --language en or es, --in-process (the engine without a process of its own),
    --log TOPICS and --debug.
    """


def build_app() -> typer.Typer:
    app = typer.Typer(
        name="lienzo", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    app.callback(epilog=exit_codes())(lienzo)
    for name, function in COMMANDS.items():
        app.command(name, epilog=exit_codes())(function)
    training = train.build_app(exit_codes())
    for name, function in TRAINING.items():
        training.command(name, epilog=exit_codes())(function)
    app.add_typer(training, name="train")
    app.add_typer(library.build_app(exit_codes()), name="library")
    app.add_typer(models.build_app(exit_codes()), name="models")
    return app


def main(typed: Sequence[str]) -> int:
    """Run one command and return its exit code; never raises for what a user can act on."""
    open_missing_streams()
    try:
        # not its `main`, which makes codes of its own out of Ctrl+C and closed pipes
        command = typer.main.get_command(build_app())
        with command.make_context("lienzo", list(typed)) as context:
            command.invoke(context)
        sys.stdout.flush()
        return 0
    except typer.Exit as ending:
        return ending.exit_code
    except EngineError as error:
        return say_error(error, typed)
    except UsageError as error:
        return say_misuse(error, typed)
    except (KeyboardInterrupt, typer.Abort):
        say("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        return leave_closed_pipes()


def say_error(error: EngineError, words: Sequence[str], see: str = "") -> int:
    """The sentence on stderr; for scripts that asked for JSON, the error as JSON on stdout too."""
    try:
        if any(word in ("--json", "--json-lines") for word in words):
            print(json.dumps(error.to_data()), flush=True)  # noqa: T201
        say(f"lienzo: {error.message}{see}{pointed(error)}")
    except BrokenPipeError:
        leave_closed_pipes()
    return error.exit_code


def say_misuse(error: Any, words: Sequence[str]) -> int:
    command = error.ctx.command_path if error.ctx else "lienzo"
    said = error.format_message().replace("Value error, ", "")  # typer lets pydantic's own words through
    misuse = BadRequest("option", said)
    misuse.message = misuse.reason  # the sentence names its option itself
    return say_error(misuse, words, f"\nSee: {command} --help")


def say(text: str) -> None:
    """A line on stderr, whatever letters it can show."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stderr.flush()


def leave_closed_pipes() -> int:
    """Who read us has gone (`| head`): nothing more is said, also not by Python at its end."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    return PIPE_CLOSED


def open_missing_streams() -> None:
    """A shell's `>&-` leaves a stream closed; the next file opened would take its place and its prints."""
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            stream = os.fdopen(number, "r" if number == 0 else "w")  # saves: nothing, it is the null device
            setattr(sys, name, stream)
