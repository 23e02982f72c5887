"""What the window can be told at its start."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

TOPICS = ("canvas", "jobs", "engine", "library", "app")
"""The names of the loggers that `--log` knows."""


@dataclass(frozen=True)
class Options:
    temp: bool = False
    in_process: bool = False
    trace: Path | None = None
    model: str = ""
    language: str = ""
    log: tuple[str, ...] = ()
    debug: bool = False
    files: tuple[str, ...] = ()


class OneSentence(argparse.ArgumentParser):
    """Says what is wrong, not the whole usage."""

    def error(self, message: str) -> NoReturn:
        refuse(message)


def refuse(message: str) -> NoReturn:
    """End the process with one sentence about an option."""
    sys.stderr.write(f"lienzo: {message}. `lienzo --help` lists what it understands.\n")
    sys.exit(2)


def parse_options(words: Sequence[str]) -> Options:
    """Ends the process with a sentence for a word that is not known."""
    parser = OneSentence("lienzo", description="Open the window.", allow_abbrev=False)
    parser.add_argument("--temp", action="store_true", help="a throw-away profile, removed at the end")
    parser.add_argument("--in-process", action="store_true", help="the engine in this process, for debuggers")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write one JSON line for each event")
    parser.add_argument("--model", default="", help="a name, a folder or a .safetensors file")
    parser.add_argument(
        "--language", default="", metavar="CODE", help="en, es, ... instead of the preference"
    )
    parser.add_argument("--log", default="", metavar="TOPICS", help=f"to the terminal: {','.join(TOPICS)}")
    parser.add_argument("--debug", action="store_true", help="all topics to the terminal")
    parser.add_argument("files", nargs="*", help="pictures to start from, or a model")
    told = parser.parse_args(words)
    topics = tuple(topic.strip() for topic in told.log.split(",") if topic.strip())
    for topic in topics:
        if topic not in TOPICS:
            refuse(f"--log knows no topic {topic!r}, only {', '.join(TOPICS)}")
    return Options(**{**vars(told), "log": topics, "files": tuple(told.files)})
