"""What the window can be told at its start."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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


def parse_options(words: Sequence[str]) -> Options:
    """Ends the process with a usage line for a word that is not known."""
    parser = argparse.ArgumentParser("lienzo", description="Open the window.", allow_abbrev=False)
    parser.add_argument("--temp", action="store_true", help="a throw-away profile, removed at the end")
    parser.add_argument("--in-process", action="store_true", help="the engine in this process, for debuggers")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write one JSON line for each event")
    parser.add_argument("--model", default="", help="a name, a folder or a .safetensors file")
    parser.add_argument(
        "--language", default="", metavar="CODE", help="en, es, ... instead of the preference"
    )
    parser.add_argument(
        "--log", default="", metavar="TOPICS", help="to the terminal: canvas,jobs,engine,library,app"
    )
    parser.add_argument("--debug", action="store_true", help="all topics to the terminal")
    parser.add_argument("files", nargs="*", help="pictures to start from, or a model")
    told = parser.parse_args(words)
    topics = tuple(topic.strip() for topic in told.log.split(",") if topic.strip())
    return Options(**{**vars(told), "log": topics, "files": tuple(told.files)})
