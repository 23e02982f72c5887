"""The command line: the same functions as the window. See `engine.cli.app`."""

from engine.cli.app import main

__all__ = ["main"]
