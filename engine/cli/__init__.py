"""The command line: the same functions as the window. See `engine.cli.app`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import engine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:  # what scripts ask most is answered before the commands are imported
        print(f"lienzo {engine.__version__}")  # noqa: T201
        return 0
    from engine.cli.app import main as run

    return run(words)


__all__ = ["main"]
