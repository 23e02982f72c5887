"""`lienzo`: no words open the window, with words it is the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

TAKES_A_VALUE = ("--trace", "--model", "--language", "--log")
COMMAND_LINE_ONLY = ("--help", "--version")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `lienzo` with `arguments` (without the program's name) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if is_for_command_line(words):
        from engine.cli import main as command_line

        return command_line(words)
    # Qt would abort the process where these are missing, so it is asked first and imported after
    from engine.display import problem_with_window

    problem = problem_with_window()
    if problem:
        sys.stderr.write(f"lienzo: {problem}\n")
        return 1
    from desktop.app import main as window

    return window(words)


def is_for_command_line(words: Sequence[str]) -> bool:
    """True for a command, `--help` and `--version`; options and pictures alone are for the window."""
    first = first_word(words)
    if first is None:
        return any(word in COMMAND_LINE_ONLY for word in words)
    return not Path(first).exists() or first in ("generate", "models", "inspect", "doctor")


def first_word(words: Sequence[str]) -> str | None:
    """The first that is neither an option nor an option's value."""
    is_value = False
    for word in words:
        if not word.startswith("-") and not is_value:
            return word
        is_value = word in TAKES_A_VALUE
    return None


if __name__ == "__main__":
    sys.exit(main())
